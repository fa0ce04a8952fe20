import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacking } from './debian-packages.ts'

const REQUIREMENTS = fileURLToPath(
  new URL('../test/system/python/requirements.txt', import.meta.url),
)
const HOME = fileURLToPath(new URL('../node_modules/.cache/strongroom-python', import.meta.url))
const INSTALLED = join(HOME, 'requirements.txt')

/** The Python that has CyberArk's own client, as the requirements of the tests name it. */
export const PYTHON: string = join(HOME, 'bin', 'python')

const isThere = (): boolean =>
  existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(REQUIREMENTS, 'utf8')

/** Why a test that runs the client cannot run here, for its `skip`; `false` when it can. */
export const lackingPythonClient = (): string | false =>
  !isThere() && 'it needs conjur-api from PyPI, which `node scripts/test.ts system` installs'

/** Installs the client into a folder of its own, unless it is there. Where that cannot be done it says so; in CI that is a failure. */
export function installPythonClient(): boolean {
  if (isThere()) return true
  process.stdout.write('Installing for the tests: conjur-api from PyPI\n')
  rmSync(HOME, { recursive: true, force: true })
  const installed =
    lacking('python3-venv') === false &&
    isDone('/usr/bin/python3', ['-m', 'venv', HOME]) &&
    isDone(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS])
  if (installed) copyFileSync(REQUIREMENTS, INSTALLED)
  else process.stderr.write('Could not; tests that need it will skip.\n')
  return installed || process.env['CI'] === undefined
}

const isDone = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
