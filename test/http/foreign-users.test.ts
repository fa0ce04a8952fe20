import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import { at, keyIn, loadAs, mustBe, openNode, resourcePath, secretPath } from './harness.ts'
import type { LoadOptions, TestNode } from './harness.ts'

/** Who may load into `a` names the users of `a/b` as those of `a-b` are named. */
const WORLD = `
- !user dev
- !user bob@my-corp.com
- !policy { id: a }
- !policy { id: my }
- !policy
  id: a-b
  body:
  - !user alice
  - !variable v
  - !permit { role: !user alice, privileges: [read, execute], resource: !variable v }
- !permit { role: !user dev, privileges: [read, create, update], resources: [!policy a, !policy my] }
`

const ADVICE =
  'Slashes in the path of a policy become hyphens in the names of its users, so that users of two policies can meet in one name: choose another'

/** A node with a developer who may load into `a` and `my`. */
async function openWorld(): Promise<TestNode & { readonly dev: Caller }> {
  const node = await openNode()
  await node.load(WORLD)
  await node.set('a-b/v', 'secret')
  return Object.assign(node, { dev: await node.as('dev') })
}

/** That a load was refused because it reaches for the user. */
function assertForeign(user: string, reply: Reply): void {
  const { json } = mustBe(422, reply)
  assert.equal(at(json, 'error', 'code'), 'policy_invalid')
  assert.ok(reply.text.includes(`User '${user}' is of another policy`), reply.text)
  assert.ok(reply.text.includes(ADVICE), reply.text)
}

const inB = (statement: string): string => `- !policy { id: b, body: [ ${statement} ] }`

test('`escalation`: no load takes over a user of another policy whose name it can spell', async () => {
  await using node = await openWorld()
  const before = mustBe(200, await node.admin.get(resourcePath('user', 'alice@a-b'))).json
  const loads: readonly (readonly [text: string, method?: LoadOptions['method']])[] = [
    [inB('!grant { role: !user alice, member: !user /dev }')],
    [inB('!permit { role: !user /dev, privileges: [update], resource: !user alice }')],
    [inB('!user alice')],
    [inB('!user { id: alice, owner: !user /dev }'), 'PATCH'],
    [inB('!user { id: alice, restricted_to: [192.0.2.1] }')],
    [inB('!user { id: alice, public_keys: ["ssh-rsa AAAA me@laptop"] }')],
    [inB('!user { id: alice, annotations: { authn-jwt/ci/sub: dev } }'), 'PATCH'],
    ['- !policy b\n- !delete { record: !user b/alice }', 'PATCH'],
    [inB('!user alice'), 'PUT'],
  ]
  for (const [text, method = 'POST'] of loads) {
    assertForeign('alice@a-b', await loadAs(node.dev, text, { branch: 'a', method }))
  }
  mustBe(404, await node.dev.get(secretPath('a-b/v')))
  mustBe(404, await node.dev.get(resourcePath('user', 'alice@a-b')))
  mustBe(404, await node.admin.get(resourcePath('policy', 'a/b')))
  mustBe(200, await (await node.as('alice@a-b')).get(secretPath('a-b/v')))
  assert.deepEqual(
    mustBe(200, await node.admin.get(resourcePath('user', 'alice@a-b'))).json,
    before,
  )
})

test('`escalation`: a user whose name is an e-mail address is of no policy that spells the domain', async () => {
  await using node = await openWorld()
  const text =
    '- !policy { id: corp.com, body: [ !grant { role: !user bob, member: !user /dev } ] }'
  assertForeign('bob@my-corp.com', await loadAs(node.dev, text, { branch: 'my' }))
})

test('`escalation`: a name that was taken in one policy is not declared as the user of another', async () => {
  await using node = await openWorld()
  const squat = inB('!user { id: carol, owner: !user /dev }')
  mustBe(201, await loadAs(node.dev, squat, { branch: 'a' }))
  const text = `
- !user carol
- !permit { role: !user carol, privileges: [read, execute], resource: !variable v }
`
  assertForeign(
    'carol@a-b',
    await loadAs(node.admin, `- !policy\n  id: a-b\n  body:\n  - !user carol`),
  )
  mustBe(
    201,
    await loadAs(
      node.admin,
      '- !permit { role: !user dev, privileges: [create], resource: !policy a-b }',
    ),
  )
  assertForeign('carol@a-b', await loadAs(node.dev, text, { branch: 'a-b' }))
})

test('the users of a branch are its own, whoever loaded them', async () => {
  await using node = await openWorld()
  await node.load(`
- !policy
  id: a
  body:
  - !group owners
  - !policy
    id: b
    body: [ !user alan, !user { id: anna, owner: !group /a/owners } ]
`)
  const loaded = await node.load(inB('!user amy'), { branch: 'a', by: node.dev })
  assert.ok(keyIn(loaded, 'user:amy@a-b'))
  const grants = ['alan', 'anna', 'amy'].map(
    (user) => `!grant { role: !group team, member: !user ${user} }`,
  )
  const text = inB(['!group team', ...grants, '!user alan', '!user anna', '!user amy'].join(', '))
  await node.load(text, { branch: 'a', by: node.dev })
  await node.load('- !delete { record: !user b/amy }', {
    branch: 'a',
    by: node.dev,
    method: 'PATCH',
  })
  mustBe(404, await node.admin.get(resourcePath('user', 'amy@a-b')))
})

test('who owns a user may name it from any branch', async () => {
  await using node = await openWorld()
  const text = inB('!grant { role: !user alice, member: !user /dev }')
  await node.load(text, { branch: 'a' })
  mustBe(200, await node.dev.get(secretPath('a-b/v')))
})

test('a branch grants to users of others as it likes', async () => {
  await using node = await openWorld()
  const text = `
- !group team
- !grant { role: !group team, members: [ !user /alice@a-b, !user /bob@my-corp.com ] }
- !user alice
`
  const loaded = await node.load(text, { branch: 'a', by: node.dev })
  assert.ok(keyIn(loaded, 'user:alice@a'))
})
