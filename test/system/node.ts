import assert from 'node:assert/strict'
import { join } from 'node:path'
import { parseServerUrl } from '#client/server-address.ts'
import { openTransport } from '#client/transport.ts'
import type { Answer, Call } from '#client/transport.ts'
import { generateMasterKey } from '#crypto/master-key.ts'
import { jsonLog } from '#lib/log.ts'
import { readSettings } from '../../src/main/server/settings.ts'
import { startServer } from '../../src/main/server/start.ts'
import { openJudgeOf } from '../http/judge.ts'
import { startDatabase, temporaryFolder } from './database.ts'

/** One database for servers that a test starts in its own process. */
export interface Installation extends AsyncDisposable {
  /** For files of the test. */
  readonly folder: string
  /** The environment with which a server or an operator's command works on it. */
  readonly environment: Readonly<Record<string, string>>
  /** Starts one more server; `more` is added to its environment. */
  start(more?: Readonly<Record<string, string>>): Promise<TestNode>
}

/** A server of an {@link Installation}, and its HTTP API as a stranger or as the bearer of a token sees it. */
export interface TestNode {
  readonly url: string
  /** The administrator's key, when this start created the account `acme`. */
  readonly adminKey: string
  readonly log: readonly string[]
  send(call: Call): Promise<Answer>
  /** The same with a token. */
  as(token: string, call: Call): Promise<Answer>
  /** Logs in by HTTP Basic; resolves to the status. */
  login(login: string, secret: string, account?: string): Promise<number>
  /** The value of the `Authorization` header for the bearer of an API key. */
  tokenFor(login: string, key: string, account?: string): Promise<string>
  stop(): Promise<void>
}

/** Starts the database of an {@link Installation}; everything ends with it. */
export async function startInstallation(): Promise<Installation> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const database = stack.use(await startDatabase())
  const { host, user, database: name } = database.connection
  const environment = {
    STRONGROOM_DATA_DIR: join(folder.path, 'data'),
    STRONGROOM_DATABASE_URL: `postgres://${user}@/${name}?host=${encodeURIComponent(host)}`,
    STRONGROOM_MASTER_KEY: generateMasterKey(),
    STRONGROOM_ACCOUNT: 'acme',
    STRONGROOM_TLS: 'off',
    STRONGROOM_PORT: '0',
  }
  const all = stack.move()
  return {
    folder: folder.path,
    environment,
    async start(more = {}) {
      const node = await startNode({ ...environment, ...more })
      all.defer(() => node.stop())
      return node
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Starts a server with this environment. */
export async function startNode(environment: Readonly<Record<string, string>>): Promise<TestNode> {
  const lines: string[] = []
  const log = jsonLog(
    'info',
    (line) => lines.push(line),
    () => new Date(),
  )
  let adminKey = ''
  const keepAdminKey = async (key: string): Promise<void> => {
    adminKey = key
  }
  const parts = { log, version: 'test', keepAdminKey }
  const settings = readSettings([], environment)
  const server = await startServer(settings, parts)
  const transport = openTransport({ address: parseServerUrl(server.url), timeoutMs: 30_000 })
  const judge = openJudgeOf({
    hostFactories: settings.hostFactories,
    issuers: settings.dynamicSecrets,
    ...(settings.metrics ? { metrics: async () => [] } : {}),
  })
  const send = async (call: Call): Promise<Answer> => {
    const answer = await transport.send(call)
    // Whatever a test is about: no answer is one that its route does not tell of.
    assert.deepEqual(judge(call, { ...answer, bytes: answer.body }), [])
    return answer
  }
  return {
    url: server.url,
    adminKey,
    log: lines,
    send,
    as: (token, call) => send({ ...call, headers: { Authorization: token, ...call.headers } }),
    async login(login, secret, account = 'acme') {
      const credentials = Buffer.from(`${login}:${secret}`).toString('base64')
      const headers = { Authorization: `Basic ${credentials}` }
      return (await send({ method: 'GET', path: `/authn/${account}/login`, headers })).status
    },
    async tokenFor(login, key, account = 'acme') {
      const path = `/authn/${account}/${encodeURIComponent(login)}/authenticate`
      const answer = await send({ method: 'POST', path, body: key })
      assert.equal(answer.status, 200)
      return `Token token="${answer.body.toString('base64')}"`
    },
    async stop() {
      transport.close()
      await server.stop()
    },
  }
}

/** The JSON of an answer, which must have this status. */
export function jsonOf(answer: Answer, status = 200): unknown {
  assert.equal(answer.status, status, answer.body.toString())
  return JSON.parse(answer.body.toString())
}
