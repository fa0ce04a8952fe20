import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MemoryStore } from '../app/memory-store.ts'
import type { Question, Reply } from './client.ts'
import { ACCOUNT, basic, keyIn, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = '- !user alice\n- !user keyless\n- !host app\n- !group ops\n'
const PASSWORD = 'Correct-Horse-4-Staples'

interface Name {
  readonly account: string
  readonly login: string
}

/** Names that are somebody's, with a password and without, and names that are nobody's. */
const FEW: readonly Name[] = [
  { account: ACCOUNT, login: 'alice' },
  { account: ACCOUNT, login: 'keyless' },
  { account: ACCOUNT, login: 'nobody' },
  { account: 'nowhere', login: 'alice' },
]

/** More of both; a guess at a password costs too much for all of them. */
const NAMES: readonly Name[] = [
  ...FEW,
  ...['admin', 'host/app', 'host/nobody', 'group/ops', 'ops', 'x'.repeat(2000), 'al\u200bice'].map(
    (login) => ({ account: ACCOUNT, login }),
  ),
]

/** Every way to prove a name by a key or a password. */
const WAYS: Readonly<Record<string, (name: Name, secret: string) => Question>> = {
  authenticate: ({ account, login }, secret) => ({
    method: 'POST',
    path: `/authn/${account}/${encodeURIComponent(login)}/authenticate`,
    body: secret,
  }),
  login: ({ account, login }, secret) => ({
    method: 'GET',
    path: `/authn/${account}/login`,
    headers: basic(login, secret),
  }),
  'change of a password': ({ account, login }, secret) => ({
    method: 'PUT',
    path: `/authn/${account}/password`,
    headers: basic(login, secret),
    body: 'Another-Horse-5-Staples',
  }),
  'rotation of a key': ({ account, login }, secret) => ({
    method: 'PUT',
    path: `/authn/${account}/api_key`,
    headers: basic(login, secret),
  }),
  'look at a rotation': ({ account, login }, secret) => ({
    method: 'GET',
    path: `/authn/${account}/api_key`,
    headers: basic(login, secret),
  }),
}

/** A node, and the calls of its store, method by method, since they were last taken. */
interface Watched extends TestNode {
  readonly taken: () => readonly string[]
}

/** A store that notes the name of every method that is called. */
function noting(store: MemoryStore, note: (name: string) => void): Partial<MemoryStore> {
  const methods = Object.entries(store).map(([name, method]) => [
    name,
    (...args: readonly unknown[]) => {
      note(name)
      return Reflect.apply(method as () => unknown, store, args) as unknown
    },
  ])
  return Object.fromEntries(methods) as Partial<MemoryStore>
}

async function watched(): Promise<Watched> {
  const calls: string[] = []
  const node = await openNode({
    between: (store) => noting(store, (name) => calls.push(name)),
    // Without a lock-out the hundredth guess is worked on like the first.
    settings: { loginAttempts: 0 },
  })
  const key = keyIn(await node.load(POLICY), 'user:alice')
  mustBe(204, await node.anyone.put(`/authn/${ACCOUNT}/password`, PASSWORD, basic('alice', key)))
  // So that no later request has to catch up with the password.
  mustBe(200, await node.admin.get('/whoami'))
  return Object.assign(node, { taken: () => calls.splice(0) })
}

/** All that a client sees of a reply but when it came and under which id. */
function seen({ status, headers, text }: Reply): unknown {
  const { date, 'x-request-id': id, ...rest } = headers
  assert.ok(date !== undefined && id !== undefined)
  return { status, headers: rest, text }
}

for (const [way, ask] of Object.entries(WAYS)) {
  test(`\`timing\`: a refused ${way} is the same answer and the same work, whoever the name is`, async () => {
    await using node = await watched()
    node.taken()
    const outcomes = []
    for (const name of way === 'authenticate' ? NAMES : FEW) {
      const reply = mustBe(401, await node.anyone.send(ask(name, 'wrong')))
      outcomes.push({ name, seen: seen(reply), calls: node.taken() })
    }
    const [first, ...others] = outcomes
    assert.ok(first !== undefined)
    assert.ok(first.calls.includes('credential') && first.calls.includes('record'))
    for (const other of others) {
      assert.deepEqual(
        { seen: other.seen, calls: other.calls },
        { seen: first.seen, calls: first.calls },
        `${other.name.account} ${other.name.login.slice(0, 20)}`,
      )
    }
  })
}
