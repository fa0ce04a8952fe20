import type { ExecScript } from '#authn/kubernetes/exec.ts'

/** Where the client of Conjur looks for its certificate (reference/kubernetes.md 1.1). */
const TARGET = '/etc/conjur/ssl/client.pem'

/**
 * A script for any `sh` that puts a certificate where the client waits for it: first beside it, then in its place in one step, so that nobody reads
 * half of it (reference/kubernetes.md 1.12). What goes wrong is told on its standard error, and in a file for those who look into the container;
 * that this file cannot be written is no reason to fail. It writes no other file, so that it works where nothing else is writable.
 */
export const placementScript = (pem: string, proof: string): ExecScript => ({
  proof,
  text: `target='${TARGET}'
place() {
  umask 022 &&
  printf '%s' '${pem}' > "$target.tmp" &&
  chmod 644 "$target.tmp" &&
  mv -f "$target.tmp" "$target"
}
report=$( (place) 2>&1 )
status=$?
[ "$status" -eq 0 ] || rm -f "$target.tmp" 2> /dev/null
(printf '%s\\n' "$report" > "\${TMPDIR:-/tmp}/conjur_copy_text_output.log") 2> /dev/null
[ -z "$report" ] || printf '%s\\n' "$report" >&2
[ "$status" -ne 0 ] || printf '%s\\n' '${proof}'
exit "$status"
`,
})
