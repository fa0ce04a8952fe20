import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#lib/failure.ts'
import { openLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import { isHeldByAnother, lockDirectory } from '#storage/embedded/lock.ts'
import { clearOrphan } from '#storage/embedded/orphan.ts'
import { writePrivate } from './server/private-file.ts'
import { adminKeyFile } from './server/admin-key.ts'
import { fileFailure } from './server/file-failure.ts'
import { settingsOf } from './server/settings.ts'
import type { Settings } from './server/settings.ts'
import { startServer } from './server/start.ts'
import type { RunningServer } from './server/start.ts'
import { VERSION } from './version.ts'

// The server of `strongroom tutorial`, in a process that the tutorial starts with a channel to it: `node tutorial-server.js DATA [--anew]`. It
// sends its URL, or what it failed with (and before, that it waits for another server to end), and ends when the channel does, which is also when the tutorial is killed.

/** How long the server of a tutorial that was killed may take to end, in milliseconds. */
const PATIENCE_MS = 15_000

/** How often it is looked whether it has. */
const PAUSE_MS = 100

async function serve(dataDir: string, isAnew: boolean): Promise<void> {
  const log = openLog(
    'text',
    'info',
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const ended = end()
  try {
    if (ended.aborted) return
    if (isAnew) await removeData(dataDir, log)
    const settings = tutorialSettings(dataDir)
    const server = await whenFree(() => start(settings, log, ended))
    if (!ended.aborted) process.send?.({ url: server.url })
    await aborted(ended)
    await server.stop()
  } catch (error) {
    if (!ended.aborted) tell(error, log)
  }
}

/** Nothing but this is asked: no file of settings and no environment of the machine's own server. */
const tutorialSettings = (dataDir: string): Settings =>
  settingsOf({
    said: new Map(
      Object.entries({
        'data-dir': dataDir,
        'bind-address': '127.0.0.1',
        port: '0',
        account: 'tutorial',
      }).map(([name, value]) => [name, { value, where: 'the tutorial' }]),
    ),
    ignored: [],
  })

const start = (settings: Settings, log: Log, signal: AbortSignal): Promise<RunningServer> =>
  startServer(settings, {
    log,
    version: VERSION,
    keepAdminKey: (key) => writePrivate(adminKeyFile(settings), `${key}\n`),
    signal,
  })

/** The folder stays, with nothing in it: the database that a killed server left behind is ended first. */
async function removeData(dataDir: string, log: Log): Promise<void> {
  const entries = await readdir(dataDir).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0) return
  const unlock = await whenFree(async () => lockDirectory(dataDir))
  try {
    await clearOrphan(join(dataDir, 'postgres', 'data'), (line) => log.info(line))
    await Promise.all(
      (await readdir(dataDir)).map((name) => rm(join(dataDir, name), { recursive: true })),
    )
  } finally {
    unlock()
  }
}

/** What `take` gives once no other process has the folder; throws like it when that takes too long. */
async function whenFree<Taken>(take: () => Promise<Taken>): Promise<Taken> {
  const deadline = performance.now() + PATIENCE_MS
  for (let attempt = 0; ; attempt++) {
    try {
      return await take()
    } catch (error) {
      if (!isHeldByAnother(error) || performance.now() > deadline) throw error
    }
    if (attempt === 0) process.send?.({ waiting: true })
    await delay(PAUSE_MS)
  }
}

/** Aborted when the tutorial is gone or wants this process to end. */
function end(): AbortSignal {
  const ending = new AbortController()
  process.once('disconnect', () => ending.abort())
  // It may have closed while this program was loaded.
  if (!process.connected) ending.abort()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      ending.abort()
      if (process.connected) process.disconnect()
    })
  }
  return ending.signal
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

function tell(error: unknown, log: Log): void {
  log.error('cannot serve', { error })
  const failure = error instanceof Failure ? error : fileFailure(error)
  process.exitCode = failure?.exitCode ?? 1
  if (failure !== undefined) {
    const { code, message, hint } = failure
    process.send?.({ code, message, hint })
  }
  process.disconnect?.()
}

await serve(process.argv[2] ?? '', process.argv.includes('--anew'))
