/** The short flags of `conjurctl server`, and ours (reference/conjur-api.md 7.7). */
const FLAGS: Readonly<Record<string, string>> = {
  '-a': '--account',
  '-p': '--port',
  '-b': '--bind-address',
}

/** The arguments of `conjurctl server` as `strongroom server` takes them; what is not known there is refused there. */
export const serverArguments = (argv: readonly string[]): readonly string[] =>
  argv.map((argument) => FLAGS[argument] ?? argument)
