/**
 * Runs a part of the tests: `fast` in two processes (no files, no network, no other program), each with half of the files; `system` with a
 * process for each file (real databases, servers and programs, built anew), three at a time, since they mostly wait, but for those that
 * must be alone. What needs no other program but asks thousands of questions is for the second part as well. `node scripts/test.ts PART
 * NAME…` runs only files that contain one of the names.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { installMissing } from './debian-packages.ts'
import { installPythonClient } from './python-client.ts'

const HARDENED = ['--disallow-code-generation-from-strings', '--disable-proto=throw']

/** System tests that hold time or memory against something, and so have the machine to themselves. */
const ALONE = new Set(
  ['denial-of-service', 'fuzz', 'policy-compiler', 'regex-dos', 'timing'].map(
    (name) => `test/system/${name}.test.ts`,
  ),
)

/** Tests that would keep whoever saves a file waiting: random worlds, every route asked in every way, every part of a proof forged. */
const THOROUGH = new Set(
  [
    'app/random-escalation',
    'authn/azure/token',
    'authn/cert/path',
    'authn/cert/revocation',
    'authn/gcp/token',
    'authn/jwt/token',
    'compiler/slices',
    'domain/role-graph-random',
    'http/canary',
    'http/credential-race',
    'http/cross-owner-revoke',
    'http/deny-wins',
    'http/enumeration',
    'http/escalation',
    'http/passkeys-hostile',
    'http/path-spellings',
    'http/second-factor-demand',
    'http/status-matrix',
    'http/token-scope',
    'policy/access-diff',
    'policy/effective-policy-random',
    'policy/kind-confusion',
    'policy/random-policies',
  ].map((name) => `test/${name}.test.ts`),
)

const [part, ...names] = process.argv.slice(2)
const isSystem = (file: string): boolean => file.startsWith('test/system/') || THOROUGH.has(file)
const wanted = (file: string): boolean =>
  names.length === 0 || names.some((name) => file.includes(name))
const files = globSync('test/**/*.test.ts')
  .filter((file) => isSystem(file) === (part === 'system') && wanted(file))
  .toSorted()

if (files.length === 0) {
  process.stderr.write(`There is no ${part ?? ''} test of that name.\n`)
  process.exit(1)
}

if (part === 'system') {
  if (!installMissing() || !installPythonClient()) process.exit(1)
  mustSucceed(['scripts/build.ts'])
  mustPass(
    ['--test-concurrency=3'],
    files.filter((file) => !ALONE.has(file)),
  )
  mustPass(
    ['--test-concurrency=1'],
    files.filter((file) => ALONE.has(file)),
  )
} else {
  const halves = [0, 1].map((half) => files.filter((_, n) => n % 2 === half))
  const statuses = await Promise.all(halves.filter(({ length }) => length > 0).map(passTogether))
  process.exit(Math.max(...statuses))
}

/** The exit code of a process that runs all of these; what it prints comes when it is done, so that two do not mix. */
async function passTogether(these: readonly string[]): Promise<number> {
  const together = ['--test', '--test-isolation=none', '--test-timeout=60000']
  const child = spawn(process.execPath, [...HARDENED, ...together, ...these], {
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  const printed: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => printed.push(piece))
  await once(child, 'close')
  process.stdout.write(Buffer.concat(printed))
  return child.exitCode ?? 1
}

function mustPass(isolation: readonly string[], these: readonly string[]): void {
  if (these.length > 0) mustSucceed([...HARDENED, '--test', ...isolation, ...these])
}

function mustSucceed(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
