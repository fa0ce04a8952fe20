import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import { openLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import { VERSION } from './version.ts'
import { writePrivate } from './server/private-file.ts'
import { readSettings } from './server/settings.ts'
import type { Settings } from './server/settings.ts'
import { settingsHelp } from './server/settings-help.ts'
import { startServer } from './server/start.ts'
import type { RunningServer } from './server/start.ts'

/** `strongroom server`: serves until SIGTERM or SIGINT; resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(settingsHelp())
    return 0
  }
  try {
    await serve(readSettings(argv, process.env))
    return 0
  } catch (error) {
    return reportFailure(error)
  }
}

async function serve(settings: Settings): Promise<void> {
  const log = openLog(
    settings.logFormat,
    settings.logLevel,
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const { ignored } = settings
  if (ignored.length > 0) log.info('settings of Conjur that mean nothing here', { ignored })
  const asked = stopAsked()
  const server = await startServer(settings, { log, version: VERSION })
  await announce(server, settings, log)
  const signal = await asked
  log.info('stopping', { signal })
  await server.stop()
  log.info('stopped')
}

/** Resolves at the first request to stop; a second one does not wait for what is under way. */
function stopAsked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
}

/**
 * Says where the server is. The administrator's first API key goes to the terminal; when there is none it goes to a private file, so
 * that it never reaches whatever collects the output.
 */
async function announce(server: RunningServer, settings: Settings, log: Log): Promise<void> {
  const { url, fingerprint, adminKey } = server
  const { account, dataDir } = settings
  if (process.stdout.isTTY) process.stdout.write(welcome(server, account))
  else if (adminKey !== undefined) await keepAdminKey(adminKey, settings, log)
  log.info('ready', { url, fingerprint, version: VERSION, pid: process.pid, account, dataDir })
}

async function keepAdminKey(key: string, settings: Settings, log: Log): Promise<void> {
  const file = join(settings.dataDir, 'admin-api-key')
  await writePrivate(file, `${key}\n`)
  const { account } = settings
  const facts = { file, account, login: 'admin' }
  log.info('the API key of the administrator is in a file: log in with it, then delete it', facts)
}

function welcome({ url, fingerprint, adminKey }: RunningServer, account: string): string {
  const key =
    adminKey === undefined
      ? ''
      : `\n  The administrator's API key, shown this once:\n\n    ${adminKey}\n`
  return `
  Strongroom ${VERSION} is ready at ${url}
  account      ${account}
  certificate  ${fingerprint === undefined ? 'none: plain HTTP' : `SHA-256 ${fingerprint}`}
${key}
  In another terminal:

    strongroom init -u ${url} -a ${account}
    strongroom login -i admin

  Ctrl-C stops the server.
`
}

function reportFailure(error: unknown): number {
  if (!(error instanceof Failure)) throw error
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
  process.stderr.write(`strongroom server: ${error.message}${hint}\n`)
  return error.exitCode
}
