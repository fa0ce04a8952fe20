import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Failure, quoted } from '#lib/failure.ts'
import type { Environment } from './settings.ts'

/**
 * The operating system's store of passwords, as its own command-line tool gives it. Entries are named by a service and an account, as
 * those of the Conjur family's clients are. Secrets go to the tool on its standard input and come back on its standard
 * output, never on a command line. Every method throws `configuration` when the keyring cannot be used.
 */
export interface Keyring {
  /** What a person calls it. */
  readonly name: string
  /** `undefined` when there is no such entry. */
  get(service: string, account: string): Promise<string | undefined>
  set(service: string, account: string, secret: string): Promise<void>
  /** Does nothing when there is no such entry. */
  delete(service: string, account: string): Promise<void>
}

/** The keyring of this system; `undefined` where there is none, or no tool to reach it with. Nothing is asked of it yet. */
export function findKeyring(environment: Environment, platform: string): Keyring | undefined {
  if (platform === 'darwin') return toolOnPath('security', environment, keychain)
  // Without a bus there is no service, and asking for one would start it.
  const hasBus = (environment['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== ''
  return hasBus ? toolOnPath('secret-tool', environment, secretService) : undefined
}

function toolOnPath(
  name: string,
  environment: Environment,
  open: (run: RunTool) => Keyring,
): Keyring | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const tool = folders.map((folder) => join(folder, name)).find(isExecutable)
  return tool === undefined ? undefined : open(runnerOf(tool, environment))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** How a tool ended and what it said. */
interface ToolEnd {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

type RunTool = (argv: readonly string[], input?: string) => Promise<ToolEnd>

/** Long enough for a person who is asked to unlock the keyring. */
const PATIENCE_MS = 120_000

const runnerOf =
  (tool: string, environment: Environment): RunTool =>
  async (argv, input = '') => {
    const child = spawn(tool, argv, { env: environment, timeout: PATIENCE_MS, stdio: 'pipe' })
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve)
    })
    // Whoever does not read its input is judged by how it ends.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    try {
      const [stdout, stderr, exitCode] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        ended,
      ])
      return { exitCode, stdout, stderr }
    } catch (error) {
      throw new Failure('configuration', `cannot run ${quoted(tool)}`, { cause: error })
    }
  }

const refused = (name: string, { stderr }: ToolEnd): Failure =>
  new Failure('configuration', `the ${name} refused`, {
    cause: new Error(stderr),
    hint: 'unlock it, or keep logins in a file: set credential_storage to file',
  })

/** The Secret Service of freedesktop.org (GNOME Keyring, KWallet, KeePassXC), through `secret-tool`. */
function secretService(run: RunTool): Keyring {
  const name = 'keyring'
  const attributes = (service: string, account: string): readonly string[] => [
    'service',
    service,
    'username',
    account,
  ]
  return {
    name,
    async get(service, account) {
      const end = await run(['lookup', ...attributes(service, account)])
      if (end.exitCode === 0) return end.stdout
      // Only what went wrong is told: an entry that is not there is not.
      if (end.stderr.trim() === '') return undefined
      throw refused(name, end)
    },
    async set(service, account, secret) {
      const label = `--label=Password for '${account}' on '${service}'`
      const end = await run(['store', label, ...attributes(service, account)], secret)
      if (end.exitCode !== 0) throw refused(name, end)
    },
    async delete(service, account) {
      const end = await run(['clear', ...attributes(service, account)])
      if (end.exitCode !== 0 && end.stderr.trim() !== '') throw refused(name, end)
    },
  }
}

/** What `security` ends with when there is no such entry (errSecItemNotFound). */
const NOT_FOUND = 44

/** Marks a secret as base64, which needs no quoting; the Conjur family's clients know it. */
const BASE64 = 'go-keyring-base64:'

/** The longest line that `security -i` reads. */
const MAX_LINE = 4096

/** The keychain of macOS, through `security`. */
function keychain(run: RunTool): Keyring {
  const name = 'keychain'
  const get: Keyring['get'] = async (service, account) => {
    const end = await run(['find-generic-password', '-s', service, '-a', account, '-w'])
    if (end.exitCode === NOT_FOUND) return undefined
    if (end.exitCode !== 0) throw refused(name, end)
    const stored = end.stdout.replace(/\n$/, '')
    if (!stored.startsWith(BASE64)) return stored
    return Buffer.from(stored.slice(BASE64.length), 'base64').toString()
  }
  return {
    name,
    get,
    async set(service, account, secret) {
      const stored = BASE64 + Buffer.from(secret).toString('base64')
      const line = `add-generic-password -U -s ${word(service)} -a ${word(account)} -w ${stored}\n`
      if (line.length > MAX_LINE) throw new Failure('too_large', `the ${name} cannot hold so much`)
      const end = await run(['-i'], line)
      // Its exit code tells of the session and not of the command.
      if ((await get(service, account)) !== secret) throw refused(name, end)
    },
    async delete(service, account) {
      const end = await run(['delete-generic-password', '-s', service, '-a', account])
      if (end.exitCode !== 0 && end.exitCode !== NOT_FOUND) throw refused(name, end)
    },
  }
}

/** A word as `security -i` reads it; throws `configuration` for what could end the word or the line. */
function word(name: string): string {
  if (/["'\\\p{Cc}]/u.test(name)) {
    throw new Failure('configuration', `${quoted(name)} cannot be kept in the keychain`)
  }
  return `"${name}"`
}
