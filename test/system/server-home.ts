import assert from 'node:assert/strict'
import { join } from 'node:path'
import {
  readAdminKey,
  ServerDidNotStart,
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from '../../scripts/server-process.ts'
import { temporaryFolder } from './database.ts'
import { eventually, isAlive, postmasterOf, signalTo } from './processes.ts'
import { openRest, type Rest } from './rest.ts'

/** How a server of the tests is started: everything but where its data is. */
export type HomeStart = Partial<ServerProcessOptions>

/** A folder in which real servers are started; after the test no process of them is left, nor the folder. */
export interface ServerHome extends AsyncDisposable {
  /** Everybody may enter it. */
  readonly folder: string
  /** The data directory, which the first start makes. */
  readonly dataDir: string
  start(options?: HomeStart): Promise<ServerProcess>
  /** How a start ends that must fail: what was printed, and the exit code. */
  refusal(options?: HomeStart): Promise<Refusal>
  /** The administrator of a server, logged in, with the key that its first start left unless another is given. */
  admin(server: ServerProcess, key?: string): Promise<Rest>
}

/** A server that would not start. */
export interface Refusal {
  readonly exitCode: number | null
  readonly text: string
}

const STOP_MS = 15_000
const GONE_MS = 10_000

/** Makes a {@link ServerHome}. */
export async function serverHome(): Promise<ServerHome> {
  const folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const servers: ServerProcess[] = []
  const clients: Rest[] = []
  const start = async (options: HomeStart = {}): Promise<ServerProcess> => {
    const server = await startServerProcess({ dataDir, ...options })
    servers.push(server)
    return server
  }
  return {
    folder: folder.path,
    dataDir,
    start,
    refusal: (options) => refusalOf(start(options)),
    async admin(server, key) {
      const rest = openRest(server)
      clients.push(rest)
      await rest.logIn('admin', key ?? (await readAdminKey(server.dataDir)))
      return rest
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await Promise.all(servers.map(endServer))
      const dirs = new Set([dataDir, ...servers.map((server) => server.dataDir)])
      await Promise.all([...dirs].map(endDatabase))
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function refusalOf(starting: Promise<ServerProcess>): Promise<Refusal> {
  const error: unknown = await starting.then(
    () => assert.fail('the server started'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ServerDidNotStart)) throw error
  return { exitCode: error.exitCode, text: error.lines.join('\n') }
}

/** Stops a server, and kills it when it does not stop. */
async function endServer(server: ServerProcess): Promise<void> {
  const late = setTimeout(() => void server.kill(), STOP_MS)
  await server.stop()
  clearTimeout(late)
}

/** Ends the database that a killed server left behind. */
export async function endDatabase(dataDir: string): Promise<void> {
  const pid = postmasterOf(dataDir)
  if (pid === undefined) return
  signalTo(pid, 'SIGCONT')
  signalTo(pid, 'SIGQUIT')
  await eventually(`the database ${pid} ends`, GONE_MS, () => !isAlive(pid) || undefined)
}
