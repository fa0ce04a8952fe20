/**
 * Runs a part of the tests: `fast` in one process (no files, no network, no other program), `system` with a process for each
 * file (real databases, servers and programs, built anew). `node scripts/test.ts system NAME…` runs only files that contain one of the names.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const HARDENED = ['--disallow-code-generation-from-strings', '--disable-proto=throw']

const [part, ...names] = process.argv.slice(2)
const isSystem = (file: string): boolean => file.startsWith('test/system/')
const wanted = (file: string): boolean =>
  names.length === 0 || names.some((name) => file.includes(name))
const files = globSync('test/**/*.test.ts')
  .filter((file) => isSystem(file) === (part === 'system') && wanted(file))
  .toSorted()

const isolation =
  part === 'system' ? ['--test-concurrency=1'] : ['--test-isolation=none', '--test-timeout=60000']

if (part === 'system') mustSucceed(['scripts/build.ts'])
mustSucceed([...HARDENED, '--test', ...isolation, ...files])

function mustSucceed(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
