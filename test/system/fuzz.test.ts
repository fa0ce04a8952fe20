import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { isHostFactoryTokens } from '#api/host-factory-wire.ts'
import { readAdminKey } from '../../scripts/server-process.ts'
import type { ServerProcess } from '../../scripts/server-process.ts'
import { Random } from '../domain/random.ts'
import { openClient } from '../http/client.ts'
import type { Client, Question, Reply } from '../http/client.ts'
import { openJudgeOf } from '../http/judge.ts'
import type { Judge } from '../http/judge.ts'
import { requestFor, targetsOf } from './fuzz-requests.ts'
import type { FuzzedDocument, Fuzzer, Target } from './fuzz-requests.ts'
import { ACCOUNT, authorizationOf, mustBe, mustBeLoaded, policyPath } from './rest.ts'
import type { Rest } from './rest.ts'
import { serverHome } from './server-home.ts'

/** For how long, from which seed, and by how many callers at once the server is asked. */
const SECONDS = Number(process.env['STRONGROOM_FUZZ_SECONDS'] ?? 15)
const SEED = Number(process.env['STRONGROOM_FUZZ_SEED'] ?? 1)
const CALLERS = 8

/** After so long everything is made as it was at the beginning, since much of what is asked destroys something. */
const ROUND_MS = 2000

/** A value that nobody but the administrator may see. */
const CANARY = 'canary-8f14e45fceea167a5a36dedd4bea2543'

const WORLD = `
- !policy fuzz
- !variable fuzz/canary
- !variable fuzz/open
- !host fuzz/workload
- !user fuzz-alice
- !group fuzz/readers
- !layer fuzz/apps
- !host-factory { id: fuzz/factory, layers: [!layer fuzz/apps] }
- !policy fuzz/branch
- !policy conjur/authn-jwt
- !policy { id: conjur/authn-jwt/ci, body: [!webservice , !webservice status, !variable jwks-uri] }
- !grant { role: !group fuzz/readers, member: !host fuzz/workload }
- !permit { role: !group fuzz/readers, privileges: [read, execute], resource: !variable fuzz/open }
- !permit { role: !host fuzz/workload, privileges: [read], resource: !policy fuzz/branch }
`

const PATHS = [
  'fuzz/open',
  'fuzz/canary',
  'fuzz/workload',
  'fuzz/factory',
  'fuzz/readers',
  'fuzz/branch',
]
const KINDS = ['variable', 'host', 'user', 'group', 'policy', 'webservice', 'host_factory']
const IDS = [
  'variable:fuzz/open',
  'host:fuzz/workload',
  'user:fuzz-alice',
  'group:fuzz/readers',
  'host_factory:fuzz/factory',
].map((id) => `${ACCOUNT}:${id}`)

/** What stands in requests that are meant well, by the name of what it is. */
const WORDS: Fuzzer['words'] = new Map(
  Object.entries({
    '': [...PATHS, ...KINDS, ...IDS, ACCOUNT, 'admin', 'read', 'x', '1', 'x.y.z', '10.0.0.0/8'],
    account: [ACCOUNT],
    id: [...PATHS, 'fuzz-alice', 'root', 'fuzz/new', 'new-one'],
    kind: KINDS,
    '{kind}/{id}': IDS.map((id) => id.slice(ACCOUNT.length + 1).replace(':', '/')),
    'policy/{id}': ['policy/root', 'policy/fuzz/branch'],
    '{type}/{name}': ['jwt/ci', 'jwt/new-one', 'gcp/default'],
    '{group}/members': ['fuzz/readers/members'],
    login: ['admin', 'fuzz-alice', 'host/fuzz/workload'],
    role: [...IDS, 'host:fuzz/workload', 'user:fuzz-alice'],
    member: IDS,
    privilege: ['read', 'execute', 'update'],
    group: ['fuzz/readers'],
    service: ['ci'],
    authenticator: ['authn-jwt', 'authn-gcp'],
    type: ['jwt', 'authn-jwt', 'gcp', 'aws'],
    name: ['ci', 'new-one', 'default'],
    branch: ['/', 'fuzz', 'fuzz/branch'],
    host_factory: [`${ACCOUNT}:host_factory:fuzz/factory`],
    expiration: ['2050-12-31T00:00:00Z'],
    cidr: ['10.0.0.0/8', '127.0.0.0/8', '::1/128'],
    variable_ids: IDS,
    enabled: ['true', 'false'],
    page_token: ['', 'AQIDBA'],
    ttl: ['PT1H'],
  }),
)

/** What callers claim to be, besides who they are. */
const CLAIMS: readonly string[] = [
  '',
  '',
  'Token token=""',
  'Token token="x"',
  `Token token="${'A'.repeat(5000)}"`,
  `Token token="${Buffer.from('{"protected":"e30","payload":"e30=","signature":"x"}').toString('base64')}"`,
  `Token token="${Buffer.from('['.repeat(3000)).toString('base64')}"`,
  'Basic',
  'Basic ////',
  `Basic ${Buffer.from('admin:').toString('base64')}`,
  `Basic ${Buffer.from('fuzz-alice:wrong').toString('base64')}`,
  `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`,
  'Bearer x.y.z',
  'Negotiate',
]

/** Who asks, by the `Authorization` header; besides them whoever claims something. */
interface Callers {
  readonly admin: string
  readonly workload: string
  /** By HTTP Basic. */
  readonly user: string
  /** By a token of a host factory. */
  readonly newcomer: string
  /** An API key that is good. */
  readonly key: string
}

/** Makes the world as it was, whatever was done to it, and logs everybody in anew. */
async function restore(rest: Rest, adminKey: string): Promise<Callers> {
  await rest.logIn('admin', adminKey)
  // What is there may have become the owner or a member of anything.
  mustBeLoaded(await rest.send({ method: 'PUT', path: policyPath('root'), body: '- !group left' }))
  mustBeLoaded(await rest.load(WORLD))
  mustBe(201, await rest.write('fuzz/canary', CANARY))
  mustBe(201, await rest.write('fuzz/open', 'open'))
  const [key, userKey] = [
    await newKeyOf(rest, 'host:fuzz/workload'),
    await newKeyOf(rest, 'user:fuzz-alice'),
  ]
  const order = `host_factory=${ACCOUNT}:host_factory:fuzz/factory&expiration=2050-12-31T00:00:00Z`
  const path = `/host_factory_tokens?${order}`
  const tokens: unknown = JSON.parse(
    mustBe(200, await rest.send({ method: 'POST', path })).body.toString(),
  )
  assert.ok(isHostFactoryTokens(tokens))
  return {
    admin: authorizationOf(mustBe(200, await rest.authenticate('admin', adminKey))),
    workload: authorizationOf(mustBe(200, await rest.authenticate('host/fuzz/workload', key))),
    user: `Basic ${Buffer.from(`fuzz-alice:${userKey}`).toString('base64')}`,
    newcomer: `Token token="${tokens[0]?.token ?? ''}"`,
    key,
  }
}

async function newKeyOf(rest: Rest, role: string): Promise<string> {
  const path = `/authn/${ACCOUNT}/api_key?role=${encodeURIComponent(role)}`
  return mustBe(200, await rest.send({ method: 'PUT', path, body: '' })).body.toString()
}

/** The resident memory of a process, in megabytes. */
const memoryOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024

/** What was asked and what came of it, so that a failure can be repeated. */
const shown = ({ method, path, headers, body = '' }: Question): string =>
  JSON.stringify({
    method,
    path: path.slice(0, 300),
    headers: Object.entries(headers ?? {}).map(
      ([name, value]) =>
        `${name}: ${name === 'Authorization' ? value.slice(0, 12) : value.slice(0, 80)}`,
    ),
    body: Buffer.from(body).toString('latin1').slice(0, 300),
  })

/** Whether an answer says no more than where an operator finds what went wrong. */
const isFailure = ({ text }: Reply): boolean => text.includes("see the server's log for")

/** What is asked of a server, and what is known of its answers so far. */
interface Run {
  readonly client: Client
  readonly document: FuzzedDocument
  readonly targets: readonly Target[]
  readonly judge: Judge
  /** How often each operation answered with each status. */
  readonly statuses: Map<string, Map<number, number>>
  readonly problems: string[]
}

/** Somebody who asks one thing after the other. */
interface Asker {
  readonly seed: number
  readonly random: Random
  /** How much was asked already. */
  count: number
}

/** Asks for a while, or until something is found. */
async function ask(run: Run, asker: Asker, callers: Callers): Promise<void> {
  const until = Date.now() + ROUND_MS
  while (Date.now() < until && run.problems.length === 0) {
    const { admin, workload, user, newcomer, key } = callers
    const credentials = new Map([
      ['accessToken', [admin, admin, workload]],
      ['basic', [user]],
      ['hostFactoryToken', [newcomer]],
    ])
    const words = new Map([...WORDS, ['text/plain', [key, 'Str0ng Pass-word']]])
    const { random } = asker
    const fuzzer = { random, document: run.document, words, credentials, claims: CLAIMS }
    // Each operation in its turn, so that none is left out.
    const target = run.targets[asker.count % run.targets.length] ?? assert.fail('nothing to ask')
    const question = requestFor(fuzzer, target)
    const reply = await run.client.caller().send(question)
    note(run, target, reply)
    const found = [...run.judge(question, reply), ...leaksIn(question, reply, admin)]
    if (isFailure(reply)) found.push(`it answers ${reply.text}`)
    run.problems.push(
      ...found.map(
        (problem) => `seed ${asker.seed}, request ${asker.count}: ${problem}\n${shown(question)}`,
      ),
    )
    asker.count += 1
  }
}

function note({ statuses }: Run, { operationId }: Target, { status }: Reply): void {
  const counts = statuses.get(operationId) ?? new Map<number, number>()
  statuses.set(operationId, counts)
  counts.set(status, (counts.get(status) ?? 0) + 1)
}

/** INVARIANT: whoever is not the administrator never sees the canary, in whatever spelling. */
function leaksIn(
  { headers }: Question,
  { text, headers: answered }: Reply,
  admin: string,
): readonly string[] {
  if (headers?.['Authorization'] === admin) return []
  const all = text + JSON.stringify(answered)
  return spellingsOf(CANARY).some((spelling) => all.includes(spelling))
    ? ['it shows the canary']
    : []
}

const spellingsOf = (secret: string): readonly string[] => [
  secret,
  Buffer.from(secret).toString('base64').slice(0, -4),
  Buffer.from(secret).toString('hex'),
]

test('`json-dos`, `path`, `kind-confusion`, `error-canary`: whatever is asked in whatever form, every answer is a described one, none is a failure, and the server lives on', async (t) => {
  await using home = await serverHome()
  const server = await home.start({ flags: ['--tls', 'off', '--log-level', 'debug'] })
  using client = openClient(Number(new URL(server.url).port))
  const adminKey = await readAdminKey(server.dataDir)
  const rest = await home.admin(server, adminKey)
  const document = await documentOf(client)
  const targets = targetsOf(document)
  const run: Run = {
    client,
    document,
    targets,
    judge: openJudgeOf({}),
    statuses: new Map(),
    problems: [],
  }
  const before = memoryOf(server.pid)
  const until = Date.now() + SECONDS * 1000
  const askers = Array.from({ length: CALLERS }, (_, caller): Asker => {
    const seed = SEED + caller
    return { seed, random: new Random(seed), count: 0 }
  })
  while (Date.now() < until && run.problems.length === 0) {
    const callers = await restore(rest, adminKey)
    await Promise.all(askers.map((asker) => ask(run, asker, callers)))
  }
  const after = memoryOf(server.pid)
  report(t, run, [before, after])
  const errors = server.lines.filter((line) => line.includes('"level":"error"'))
  assert.deepEqual([...run.problems, ...errors], [], `repeat with STRONGROOM_FUZZ_SEED=${SEED}`)
  mustBe(200, await rest.get('/whoami'))
  assert.deepEqual(
    [...run.statuses.keys()].toSorted(),
    targets.map((one) => one.operationId).toSorted(),
  )
  assert.ok(after < MAX_MEMORY, `${before} MB became ${after} MB`)
  mustBeQuiet(server, adminKey)
})

/** The most memory that the server may need for all that, in megabytes: it levels off at some 430, however long it is asked. */
const MAX_MEMORY = 640

async function documentOf(client: Client): Promise<FuzzedDocument> {
  const reply = await client.caller().get('/openapi.json')
  assert.equal(reply.status, 200)
  return reply.json as FuzzedDocument
}

function report(
  t: TestContext,
  { statuses }: Run,
  [before, after]: readonly [number, number],
): void {
  const total = new Map<number, number>()
  for (const [status, count] of [...statuses.values()].flatMap((counts) => [...counts])) {
    total.set(status, (total.get(status) ?? 0) + count)
  }
  const counts = [...total].toSorted(([one], [other]) => one - other)
  t.diagnostic(
    `STRONGROOM_FUZZ_SEED=${SEED}, ${SECONDS} s, ${before.toFixed(0)} to ${after.toFixed(0)} MB`,
  )
  t.diagnostic(counts.map(([status, count]) => `${status}: ${count}`).join(', '))
  const never = [...statuses].filter(([, each]) => ![...each.keys()].some((status) => status < 300))
  t.diagnostic(`never succeeded: ${never.map(([operation]) => operation).join(', ')}`)
}

/** The log knows of every refusal, and of no secret. */
function mustBeQuiet({ lines }: ServerProcess, adminKey: string): void {
  assert.ok(lines.length > 100)
  const log = lines.join('\n')
  for (const spelling of [...spellingsOf(CANARY), ...spellingsOf(adminKey)]) {
    assert.ok(!log.includes(spelling), 'the log holds a secret')
  }
}
