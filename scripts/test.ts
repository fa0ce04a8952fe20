/**
 * Runs a part of the tests: `fast` in one process (no files, no network, no other program), `system` with a process for each
 * file (real databases, servers and programs, built anew), two at a time but for those that must be alone. What needs no other program but
 * asks thousands of questions is for the second part as well. `node scripts/test.ts system NAME…` runs only files that contain one of
 * the names.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const HARDENED = ['--disallow-code-generation-from-strings', '--disable-proto=throw']

/** System tests that hold time or memory against something, and so have the machine to themselves. */
const ALONE = new Set(
  ['denial-of-service', 'fuzz', 'policy-compiler', 'regex-dos', 'timing'].map(
    (name) => `test/system/${name}.test.ts`,
  ),
)

/** Tests that would keep whoever saves a file waiting: random worlds, and every route asked in every way. */
const THOROUGH = new Set(
  [
    'app/random-escalation',
    'domain/role-graph-random',
    'http/canary',
    'http/cross-owner-revoke',
    'http/deny-wins',
    'http/enumeration',
    'http/escalation',
    'http/path-spellings',
    'policy/access-diff',
    'policy/effective-policy-random',
    'policy/kind-confusion',
  ].map((name) => `test/${name}.test.ts`),
)

const [part, ...names] = process.argv.slice(2)
const isSystem = (file: string): boolean => file.startsWith('test/system/') || THOROUGH.has(file)
const wanted = (file: string): boolean =>
  names.length === 0 || names.some((name) => file.includes(name))
const files = globSync('test/**/*.test.ts')
  .filter((file) => isSystem(file) === (part === 'system') && wanted(file))
  .toSorted()

if (part === 'system') {
  mustSucceed(['scripts/build.ts'])
  mustPass(
    ['--test-concurrency=2'],
    files.filter((file) => !ALONE.has(file)),
  )
  mustPass(
    ['--test-concurrency=1'],
    files.filter((file) => ALONE.has(file)),
  )
} else {
  mustPass(['--test-isolation=none', '--test-timeout=60000'], files)
}

function mustPass(isolation: readonly string[], these: readonly string[]): void {
  if (these.length > 0) mustSucceed([...HARDENED, '--test', ...isolation, ...these])
}

function mustSucceed(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
