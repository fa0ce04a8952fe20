import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { printRecord } from '#audit/record.ts'
import type { Caller, Question, Reply } from './client.ts'
import { examplePath } from './example-path.ts'
import {
  ACCOUNT,
  at,
  authorizationOf,
  basic,
  keyIn,
  mustBe,
  openNode,
  secretPath,
} from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !variable db
- !variable binary
- !variable moved
- !user alice
- !user viewer
- !host web
- !layer made
- !host-factory { id: mill, layers: [!layer made] }
- !permit { role: !user viewer, privileges: [read], resources: [!variable db, !policy root] }
- !policy { id: conjur/authn-jwt/ci, body: [!webservice, !variable public-keys, !variable issuer] }
`

const VALUE = 'canary-7f3a"<ü>?&+=/value'
const PASSWORD = 'Canary-Horse-4-Staples'
const BODY = 'canary-body-1b9e'
const JWT = 'canary1.canary2.canary3'
const HEADER = 'canary-header-5d20'

/** The forms in which a canary may get out: as it is, escaped for JSON or a URL, in base64 (wherever it stands in it), in hex. */
function formsOf(canary: string | Buffer): readonly string[] {
  const bytes = Buffer.from(canary)
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(by === 0 ? 0 : 4, -2),
  )
  const text = bytes.toString('utf8')
  return [
    text,
    text.slice(0, text.length / 2),
    text.slice(text.length / 2),
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    ...shifted,
    ...shifted.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ].filter((form) => form.length >= 6)
}

/** What must never be found where it does not belong. */
class Canaries {
  readonly #forms: readonly string[]

  constructor(canaries: readonly (string | Buffer)[]) {
    this.#forms = canaries.flatMap(formsOf)
  }

  assertNoneIn(text: string, place: string): void {
    const found = this.#forms.filter((form) => text.includes(form))
    assert.deepEqual(found, [], place)
  }
}

interface Nest extends TestNode {
  readonly canaries: Canaries
  readonly token: TestNode['token']
  readonly aliceKey: string
  readonly bearer: Caller
}

/** A node full of canaries: values, keys, a password, a token, a proof, bodies. */
async function openNest(): Promise<Nest> {
  const node = await openNode({ settings: { metrics: true } })
  const loaded = await node.load(POLICY)
  const aliceKey = keyIn(loaded, 'user:alice')
  const binary = Buffer.from([0, 255, 254, ...Buffer.from('canary-binary'), 128])
  for (const [id, value] of [
    ['db', VALUE],
    ['binary', binary],
    ['moved', VALUE],
  ] as const) {
    await node.set(id, value)
  }
  mustBe(
    204,
    await node.anyone.put(`/authn/${ACCOUNT}/password`, PASSWORD, basic('alice', aliceKey)),
  )
  const { json } = await node.anyone.post(`/authn/${ACCOUNT}/alice/authenticate`, aliceKey)
  assert.ok(isAccessToken(json))
  const Authorization = authorizationOf(json)
  const canaries = new Canaries([
    VALUE,
    binary,
    PASSWORD,
    BODY,
    JWT,
    HEADER,
    await factoryToken(node),
    node.adminKey,
    aliceKey,
    keyIn(loaded, 'host:web'),
    json.signature,
    json.payload,
    Authorization.slice(20),
  ])
  return Object.assign(node, { canaries, aliceKey, bearer: node.client.caller({ Authorization }) })
}

/** A token of the host factory; it makes hosts, so it is a secret as much as a key is. */
async function factoryToken(node: TestNode): Promise<string> {
  const path = `/host_factory_tokens?host_factory=${ACCOUNT}:host_factory:mill&expiration=2050-01-01`
  const token = String(at(mustBe(200, await node.admin.post(path)).json, '0', 'token'))
  const bearer = node.client.caller({ Authorization: `Token token="${token}"` })
  mustBe(201, await bearer.post('/host_factories/hosts', 'id=made'))
  // A path that holds a secret is in the log, with the secret masked.
  mustBe(204, await node.admin.send({ method: 'DELETE', path: `/host_factory_tokens/${token}` }))
  return token
}

/** Headers that clients send by mistake, or to see what becomes of them. */
const STRAY_HEADERS = {
  'X-Vault-Token': HEADER,
  Cookie: `session=${HEADER}`,
  'Proxy-Authorization': `Bearer ${HEADER}`,
  Referer: `https://example.com/${HEADER}`,
  'Host-Id-Prefix': HEADER,
  'X-SSL-Client-Certificate': HEADER,
}

const BAD_QUERIES = [
  '',
  '?limit=x',
  '?role=x',
  '?check',
  '?dryRun=true',
  '?search=word%00',
  '?version=x',
  '?variable_ids=,',
]

/** Who asks: nobody, the bearer of a token, and some whose credentials are wrong or in the wrong place. */
const callersOf = async (node: Nest): Promise<readonly Caller[]> => [
  node.anyone,
  node.bearer,
  await node.as('viewer'),
  node.client.caller(basic('alice', `${PASSWORD}x`)),
  node.client.caller(basic(node.aliceKey, VALUE)),
  node.client.caller({ Authorization: `Token token="${Buffer.from(VALUE).toString('base64')}"` }),
]

const BODIES = [
  '',
  BODY,
  `jwt=${JWT}`,
  `- !variable ${BODY}: [`,
  Buffer.from(`\xff${BODY}`, 'latin1'),
]

const PLACES = [
  { id: 'db', account: ACCOUNT },
  { id: 'nothing', account: 'nowhere' },
  { id: 'moved%00', account: '%' },
]

const pathsOf = (path: string): readonly string[] => PLACES.map((place) => examplePath(path, place))

/** Asks every route as every caller, so that it refuses for every reason; `see` gets each question and its reply. */
async function askEverything(
  node: Nest,
  see: (question: Question, reply: Reply) => void,
): Promise<void> {
  const callers = await callersOf(node)
  for (const { method, path } of node.routes) {
    for (const target of pathsOf(path)) {
      const asked = callers.map(async (caller, index) => {
        const body = BODIES[(index + method.length) % BODIES.length] ?? ''
        const query = BAD_QUERIES[(index + path.length) % BAD_QUERIES.length] ?? ''
        const question = { method, path: `${target}${query}`, body, headers: STRAY_HEADERS }
        see(question, await caller.send(question))
      })
      await Promise.all(asked)
    }
  }
}

const whole = ({ status, headers, text }: Reply): string =>
  `${status} ${JSON.stringify(headers)} ${text}`

test('`error-canary`, `audit-canary`: no answer but the rightful one, no line of the log, no metric and no record of the trail holds a value, a key, a token, a header or a body', async () => {
  await using node = await openNest()
  let asked = 0
  await askEverything(node, ({ method, path }, reply) => {
    node.canaries.assertNoneIn(whole(reply), `${method} ${path}`)
    asked += 1
  })
  const rightful = mustBe(200, await node.admin.get(secretPath('db')))
  // The hunt can find: the rightful answer would be noticed.
  assert.throws(() => node.canaries.assertNoneIn(rightful.text, 'the rightful answer'))
  mustBe(200, await node.admin.get(secretPath('binary')))
  mustBe(200, await node.admin.get(`/secrets?variable_ids=${ACCOUNT}:variable:db`))
  mustBe(200, await node.anyone.get(`/authn/${ACCOUNT}/login`, basic('alice', PASSWORD)))
  mustBe(201, await node.admin.post(secretPath('db'), Buffer.from(`${BODY}\0`)))

  const trails = await Promise.all([ACCOUNT, 'nowhere', ''].map((account) => node.trail(account)))
  const events = trails.flat()
  assert.ok(asked > 300 && node.logged.length > 200 && events.length > 100)
  for (const line of node.logged) node.canaries.assertNoneIn(line, 'the log')
  for (const event of events) {
    node.canaries.assertNoneIn(JSON.stringify(event), 'the trail')
    node.canaries.assertNoneIn(printRecord(event), 'a line of the audit log')
  }
  const metrics = mustBe(200, await node.anyone.get('/metrics')).text
  assert.match(metrics, /^conjur_http_server_request_exceptions_total\{/m)
  node.canaries.assertNoneIn(metrics, 'the metrics')
})

test('`error-canary`: a value that was moved to another place in the database is given out nowhere', async () => {
  await using node = await openNest()
  await using other = await openNode({
    database: node.database,
    between: (store) => ({
      // Whoever writes to the database shows one variable the value of another.
      read: (wants) =>
        store.read(
          wants.map(
            (want) =>
              ({
                ...want,
                resource: want.resource.endsWith(':moved')
                  ? `${ACCOUNT}:variable:db`
                  : want.resource,
              }) as typeof want,
          ),
        ),
    }),
  })
  for (const path of [secretPath('moved'), `/secrets?variable_ids=${ACCOUNT}:variable:moved`]) {
    const reply = await other.admin.get(path, { 'X-Request-Id': 'request-3' })
    const message = "see the server's log for request-3"
    assert.deepEqual(
      [reply.status, reply.json],
      [500, { error: { code: 'internal_error', message } }],
    )
    const event = (await node.trail()).at(-1)
    assert.deepEqual(
      [event?.kind, event?.result, event?.subject],
      ['fetch', 'failure', { resource: `${ACCOUNT}:variable:moved` }],
    )
  }
  for (const line of other.logged) node.canaries.assertNoneIn(line, 'the log')
})
