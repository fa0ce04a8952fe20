import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '#client/client.ts'
import { readAdminKey, startServerProcess } from '../scripts/server-process.ts'
import type { ServerProcess } from '../scripts/server-process.ts'

/** How many secrets the bench reads. */
export const SECRETS = 200

/** A server with secrets in it, and a token to read them with. */
export interface Fixture {
  readonly server: ServerProcess
  readonly adminKey: string
  /** Good for five hours. */
  readonly authorization: string
  /** Stops the server and starts it again on its data; resolves to the milliseconds until it was ready. */
  restart(): Promise<number>
  stop(): Promise<void>
}

/** Where a provider listens that never answers: the one loopback address that the server may call. */
export const HANGING_PORT = 18_791

const FLAGS = ['--tls=off', '--user-token-ttl=18000', `--outbound-allow=127.0.0.1:${HANGING_PORT}`]

const secretId = (index: number): string => `bench/service-${index % 10}/secret-${index}`

/** The path of each secret, and of batches of `size`. */
export const secretPaths: readonly string[] = Array.from(
  { length: SECRETS },
  (_, index) => `/secrets/default/variable/${encodeURIComponent(secretId(index))}`,
)

export const batchPaths = (size: number): readonly string[] =>
  Array.from({ length: SECRETS / size }, (_, batch) => {
    const ids = Array.from(
      { length: size },
      (__, index) => `default:variable:${secretId(batch * size + index)}`,
    )
    return `/secrets?variable_ids=${encodeURIComponent(ids.join(','))}`
  })

/** Starts a server on an empty folder and fills it. */
export async function openFixture(): Promise<Fixture> {
  const dataDir = join(process.env['BENCH_HOME'] ?? '/var/tmp', `strongroom-bench-${process.pid}`)
  let server = await startServerProcess({ dataDir, flags: FLAGS })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const filled = await fill(server).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    get server() {
      return server
    },
    ...filled,
    async restart() {
      await server.stop()
      const began = performance.now()
      server = await startServerProcess({ dataDir, flags: FLAGS })
      return performance.now() - began
    },
    stop,
  }
}

/** Puts the secrets there. */
async function fill(
  server: ServerProcess,
): Promise<{ readonly adminKey: string; readonly authorization: string }> {
  const adminKey = await readAdminKey(server.dataDir)
  const client = createClient({
    url: server.url,
    account: 'default',
    credentials: { kind: 'apiKey', login: 'admin', key: adminKey },
  })
  const lines = Array.from({ length: SECRETS }, (_, index) => `- !variable ${secretId(index)}\n`)
  await client.loadPolicy({ branch: 'root', text: lines.join(''), mode: 'load' })
  for (let index = 0; index < SECRETS; index += 1) {
    await client.setSecret(secretId(index), Buffer.from(`value of secret ${index}, 32 bytes or so`))
  }
  const authorization = await client.authenticate()
  client.close()
  return { adminKey, authorization }
}
