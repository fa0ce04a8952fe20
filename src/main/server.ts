import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import { openLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import { VERSION } from './version.ts'
import { fileFailure } from './server/file-failure.ts'
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
  const server = await startServer(settings, {
    log,
    version: VERSION,
    keepAdminKey: (key) => keepAdminKey(key, settings, log),
  })
  if (!process.stdout.isTTY) reloadWhenAsked(server, log)
  announce(server, settings, log)
  const signal = await asked
  log.info('stopping', { signal })
  await server.stop()
  log.info('stopped')
}

/** SIGHUP reloads the certificate. On a terminal it stops the server, because then the terminal is gone. */
function reloadWhenAsked(server: RunningServer, log: Log): void {
  process.on('SIGHUP', () => {
    server.reload().then(
      () => log.info('reloaded'),
      (error: unknown) => log.error('cannot reload', { error }),
    )
  })
}

/** Resolves at the first request to stop; a second one does not wait for what is under way. */
function stopAsked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const stops = [
      'SIGTERM',
      'SIGINT',
      ...(process.stdout.isTTY ? ['SIGHUP' as const] : []),
    ] as const
    for (const signal of stops) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
}

/** Says where the server is: to a person at the terminal, or to the log. */
function announce(server: RunningServer, settings: Settings, log: Log): void {
  const { url, fingerprint } = server
  const { account, dataDir } = settings
  if (process.stdout.isTTY) {
    process.stdout.write(welcome(server, account))
    return
  }
  log.info('ready', { url, fingerprint, version: VERSION, pid: process.pid, account, dataDir })
}

/**
 * The administrator's first API key goes to the terminal; when there is none it goes to a private file, so that it never reaches
 * whatever collects the output.
 */
async function keepAdminKey(key: string, settings: Settings, log: Log): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`\n  The administrator's API key, shown this once:\n\n    ${key}\n`)
    return
  }
  const file = join(settings.dataDir, 'admin-api-key')
  await writePrivate(file, `${key}\n`)
  const { account } = settings
  const facts = { file, account, login: 'admin' }
  log.info('the API key of the administrator is in a file: log in with it, then delete it', facts)
}

function welcome({ url, fingerprint }: RunningServer, account: string): string {
  return `
  Strongroom ${VERSION} is ready at ${url}
  account      ${account}
  certificate  ${fingerprint === undefined ? 'none: plain HTTP' : `SHA-256 ${fingerprint}`}

  In another terminal:

    ${program()} init -u ${url} -a ${account}
    ${program()} login -i admin

  Ctrl-C stops the server.
`
}

/** How whoever started this starts our programs. */
const program = (): string =>
  process.env['npm_command'] === 'exec' ? 'npx strongroom' : 'strongroom'

function reportFailure(error: unknown): number {
  const failure = error instanceof Failure ? error : fileFailure(error)
  // Anything else is a bug, and its stack is the best report of it.
  if (failure === undefined) throw error
  const hint = failure.hint === undefined ? '' : `\n  ${failure.hint}`
  process.stderr.write(`strongroom server: ${failure.message}${hint}\n`)
  return failure.exitCode
}
