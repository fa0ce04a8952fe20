import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { Caller, Reply } from './client.ts'
import { examplePath } from './example-path.ts'
import { ACCOUNT, basic, keyIn, loadAs, mustBe, NOW, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

/** `alice` may do everything to the policy that holds her, to herself and to a factory of hosts. */
const POLICY = `
- !policy
  id: team
  body:
    - !user alice
    - !group members
    - !layer web
    - !host-factory { id: mill, layers: [!layer web] }
    - !variable db
- !permit
  role: !user alice@team
  privileges: [read, execute, create, update, delete, authenticate, use, sign]
  resources: [!policy team, !user alice@team, !group team/members, !host-factory team/mill, !variable team/db]
`
const ALICE = 'alice@team'
const PASSWORD = 'Correct-Horse-4-Staples'

interface Scene extends TestNode {
  readonly key: string
  readonly alice: Caller
}

async function openScene(): Promise<Scene> {
  const node = await openNode()
  const key = keyIn(await node.load(POLICY), `user:${ALICE}`)
  return Object.assign(node, { key, alice: await node.as(ALICE) })
}

/** Whether `secret` proves at the door that somebody is `alice`. */
async function proves(node: TestNode, secret: string): Promise<boolean> {
  const path = `/authn/${ACCOUNT}/${encodeURIComponent(ALICE)}/authenticate`
  const key = await node.anyone.post(path, secret)
  const login = await node.anyone.get(`/authn/${ACCOUNT}/login`, basic(ALICE, secret))
  return key.status === 200 || login.status === 200
}

/** Everything in a reply that looks like a proof. */
const proofsIn = ({ text }: Reply): readonly string[] =>
  text.match(/[0-9a-hjkmnp-tv-z]{30,56}/g) ?? []

const QUERIES = ['', `?role=user:${ALICE}`, `?role=${ACCOUNT}:user:${ALICE}`]
const VALUES = { login: encodeURIComponent(ALICE), kind: 'user', id: encodeURIComponent(ALICE) }

test('`token-scope`: no route exchanges a token for a token, a key or a password of its own role', async () => {
  await using node = await openScene()
  for (const { method, path } of node.routes) {
    if (path === '/openapi.json') continue
    for (const query of QUERIES) {
      const question = { method, path: `${examplePath(path, VALUES)}${query}`, body: PASSWORD }
      const reply = await node.alice.send(question)
      const place = `${method} ${question.path}: ${reply.status}`
      const isJson = String(reply.headers['content-type']).startsWith('application/json')
      assert.ok(!isJson || !isAccessToken(reply.json), place)
      for (const proof of proofsIn(reply)) assert.ok(!(await proves(node, proof)), place)
    }
  }
  assert.ok(!(await proves(node, PASSWORD)))
  // What was hers before is hers still: nothing of that took it away either.
  assert.ok(await proves(node, node.key))
})

test('`token-scope`: no load of a policy gives its loader a key of its own role', async () => {
  await using node = await openScene()
  const texts = [
    '- !user alice',
    '- !user { id: alice, restricted_to: [] }',
    '- !user alice\n- !user alice2\n- !grant { role: !group members, member: !user alice2 }',
    '- !delete { record: !user alice }\n- !user alice',
  ]
  for (const text of texts) {
    for (const method of ['POST', 'PATCH', 'PUT'] as const) {
      const bearer = await node.as(ALICE).catch(() => node.alice)
      const reply = await loadAs(bearer, text, { branch: 'team', method })
      for (const proof of proofsIn(reply))
        assert.ok(!(await proves(node, proof)), `${method} ${text}`)
    }
  }
})

test('`token-scope`: a token lives no longer than it says, however it is used meanwhile', async () => {
  await using node = await openScene()
  mustBe(200, await node.alice.get('/whoami'))
  node.now = NOW + 479_999
  mustBe(200, await node.alice.get('/whoami'))
  node.now = NOW + 480_000
  assert.equal(mustBe(401, await node.alice.get('/whoami')).text, 'Unauthorized: Invalid token')
})

test('`token-scope`: a token of one account is nobody in another, though a role of the same name is there', async () => {
  await using node = await openScene()
  await node.createAccount('other')
  const admin = await node.as('admin')
  for (const path of [
    '/resources/other',
    '/resources/other/policy/root',
    '/policies/other/policy/root',
    '/roles/other/user/admin',
    '/audit/other',
  ]) {
    const reply = await admin.get(path)
    assert.ok(reply.status === 404 || reply.status === 403 || reply.text === '[]', path)
  }
  mustBe(404, await admin.put('/authn/other/api_key?role=user:admin'))
})
