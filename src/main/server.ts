import { Failure } from '#lib/failure.ts'
import type { Log } from '#lib/log.ts'
import { VERSION } from './version.ts'
import { keepAdminKey } from './server/admin-key.ts'
import { fileFailure } from './server/file-failure.ts'
import { openLiveLog } from './server/live-log.ts'
import type { LiveLog } from './server/live-log.ts'
import { announceServer } from './server/running-servers.ts'
import type { PreparedNode } from './server/service.ts'
import type { SourceOptions } from './server/setting-sources.ts'
import { changedSettings, readConfiguration } from './server/settings-in-force.ts'
import type { Configuration } from './server/settings-in-force.ts'
import type { Settings } from './server/settings.ts'
import { settingsHelp } from './server/settings-help.ts'
import { startServer } from './server/start.ts'
import type { RunningServer, StartParts } from './server/start.ts'

/** What `conjurctl server` does otherwise than `strongroom server`. */
export interface ServeOptions
  extends Pick<StartParts, 'migrates'>, Pick<SourceOptions, 'standards'> {
  /** Done before it serves, in place of creating the account of the settings at a first start. */
  readonly prepare?: (node: PreparedNode, settings: Settings, log: Log) => Promise<void>
}

/** `strongroom server`: serves until SIGTERM or SIGINT; resolves to the exit code. */
export async function main(argv: readonly string[], options: ServeOptions = {}): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(settingsHelp())
    return 0
  }
  try {
    await serve(() => readConfiguration(argv, process.env, options), options)
    return 0
  } catch (error) {
    return reportFailure(error)
  }
}

async function serve(read: () => Configuration, options: ServeOptions): Promise<void> {
  const configuration = read()
  const { settings } = configuration
  const live = openLiveLog(settings)
  const { log } = live
  const { ignored } = settings
  if (ignored.length > 0) log.info('settings of Conjur that mean nothing here', { ignored })
  const stopping = new AbortController()
  const asked = stopAsked()
  // A stop that is asked for while the database is being waited for ends the wait.
  asked.then(() => stopping.abort(), undefined)
  const { prepare, migrates } = options
  const server = await startServer(settings, {
    log,
    ...(migrates === undefined ? {} : { migrates }),
    ...(prepare === undefined ? {} : { prepare: (node) => prepare(node, settings, log) }),
    version: VERSION,
    keepAdminKey: (key) => keepAdminKey(key, settings, log),
    signal: stopping.signal,
  })
  reloadWhenAsked({ server, live, read, configuration })
  await using stack = new AsyncDisposableStack()
  stack.use(await announced(settings, log))
  announce(server, settings, log)
  const signal = await asked
  log.info('stopping', { signal })
  await server.stop()
  log.info('stopped')
}

/** Whoever cannot be found cannot be told to reload by a command, but serves all the same. */
async function announced({ dataDir }: Settings, log: Log): Promise<AsyncDisposable | undefined> {
  try {
    return await announceServer(dataDir)
  } catch (error) {
    if (fileFailure(error, dataDir) === undefined) throw error
    log.warn('`configuration apply` will not find this server', { dataDir, error })
    return undefined
  }
}

/** A server that runs, and what its settings are read from. */
interface Reloadable {
  readonly server: RunningServer
  readonly live: LiveLog
  readonly read: () => Configuration
  readonly configuration: Configuration
}

/**
 * SIGUSR2 and SIGHUP read settings and certificate again, one after the other. On a terminal SIGHUP stops the server, because then
 * the terminal is gone.
 */
function reloadWhenAsked({ server, live, read, configuration }: Reloadable): void {
  const { log } = live
  let inForce = configuration
  let last: Promise<void> = Promise.resolve()
  const reload = async (): Promise<void> => {
    try {
      const next = read()
      await server.reload(next.settings)
      live.use(next.settings)
      const { live: changed } = changedSettings(inForce.sources, next.sources)
      const { restart } = changedSettings(configuration.sources, next.sources)
      inForce = next
      log.info('reloaded', { changed })
      if (restart.length > 0) log.warn('settings that need a restart have changed', { restart })
    } catch (error) {
      log.error('cannot reload', { error })
    }
  }
  const signals = process.stdout.isTTY ? (['SIGUSR2'] as const) : (['SIGUSR2', 'SIGHUP'] as const)
  for (const signal of signals) process.on(signal, () => void (last = last.then(reload)))
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
