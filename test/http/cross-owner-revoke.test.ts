import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, at, basic, keyIn, loadAs, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const WORLD = `
- !policy
  id: a
  body:
    - !host web
    - !user ann
    - !group team
    - !variable v
    - !layer
    - !host-factory { id: factory, layers: [!layer ] }
    - !grant { role: !group team, member: !host web }
    - !permit { role: !group team, privileges: [read, execute], resource: !variable v }
- !policy
  id: b
  body:
    - !host other
- !user keeper
- !user viewer
- !permit { role: !user keeper, privileges: [read, create, update], resource: !policy b }
- !permit
  role: !user viewer
  privileges: [read, execute]
  resources: [!policy a, !host a/web, !user ann@a, !group a/team, !variable a/v, !host-factory a/factory, !layer a]
`

interface World extends AsyncDisposable {
  readonly node: TestNode
  readonly webKey: string
  readonly token: string
  /** What must stay as it is whatever strangers do. */
  state(): Promise<unknown>
}

async function openWorld(): Promise<World> {
  const node = await openNode()
  const loaded = await node.load(WORLD)
  await node.set('a/v', 'value')
  const webKey = keyIn(loaded, 'host:a/web')
  const query = 'expiration=2050-01-01T00:00:00Z&host_factory=acme:host_factory:a/factory'
  const made = mustBe(200, await node.admin.post(`/host_factory_tokens?${query}`)).json
  const token = String(at(made, '0', 'token'))
  const login = `/authn/${ACCOUNT}/host%2Fa%2Fweb/authenticate`
  return {
    node,
    webKey,
    token,
    async state() {
      const web = await node.as('host/a/web')
      const members = await node.admin.get(`/roles/${ACCOUNT}/group/a%2Fteam?members`)
      const factory = await node.admin.get(`/resources/${ACCOUNT}/host_factory/a%2Ffactory`)
      return [
        (await node.anyone.post(login, webKey)).status,
        (await web.get(`/secrets/${ACCOUNT}/variable/a%2Fv`)).text,
        members.json,
        factory.json,
      ]
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

/** Everything that takes something of somebody's away, or renews it. */
const requests = (
  token: string,
): readonly (readonly [method: string, path: string, body?: string])[] => [
  ['PUT', `/authn/${ACCOUNT}/api_key?role=host:a/web`],
  ['PUT', `/authn/${ACCOUNT}/api_key?role=user:ann@a`],
  ['DELETE', `/roles/${ACCOUNT}/group/a%2Fteam?members&member=acme:host:a/web`],
  ['DELETE', `/host_factory_tokens/${token}`],
  ['POST', `/secrets/${ACCOUNT}/variable/a%2Fv?expirations`],
  ['DELETE', `/secrets/${ACCOUNT}/variable/a%2Fv`],
  ['PATCH', `/policies/${ACCOUNT}/policy/a`, '- !delete { record: !host web }'],
  ['PATCH', `/policies/${ACCOUNT}/policy/a`, '- !revoke { role: !group team, member: !host web }'],
  ['PUT', `/policies/${ACCOUNT}/policy/a`, '[]'],
  ['PATCH', `/policies/${ACCOUNT}/policy/root`, '- !delete { record: !policy a }'],
  ['PATCH', `/policies/${ACCOUNT}/policy/b`, '- !delete { record: !host /a/web }'],
  ['PATCH', `/policies/${ACCOUNT}/policy/b`, '- !delete { record: !host ../a/web }'],
  [
    'PATCH',
    `/policies/${ACCOUNT}/policy/b`,
    '- !revoke { role: !group /a/team, member: !host /a/web }',
  ],
  [
    'PATCH',
    `/policies/${ACCOUNT}/policy/b`,
    '- !deny { role: !group /a/team, privileges: [read, execute], resource: !variable /a/v }',
  ],
]

/** What a load of another branch may answer besides a refusal: that it did something to nothing. */
const HARMLESS = new Set([401, 403, 404, 422])

test('`cross-owner-revoke`: nobody revokes, rotates or renews what is another’s: neither by rights elsewhere nor by sight', async () => {
  await using world = await openWorld()
  const { node } = world
  const before = await world.state()
  for (const login of ['keeper', 'viewer', 'host/b/other']) {
    const caller = await node.as(login)
    for (const [method, path, body = ''] of requests(world.token)) {
      const { status, text } = await caller.send({ method, path, body })
      assert.ok(
        HARMLESS.has(status) ||
          (login === 'keeper' && status === 201 && text.includes('no effect')),
        `${login} ${method} ${path} ${body}: ${status} ${text}`,
      )
      assert.deepEqual(await world.state(), before, `${login} ${method} ${path} ${body}`)
    }
  }
})

test('`cross-owner-revoke`: a password is changed by who knows it, a key rotated by who has it', async () => {
  await using world = await openWorld()
  const { node, webKey } = world
  const before = await world.state()
  for (const wrong of [`${webKey}x`, '', node.adminKey]) {
    mustBe(401, await node.anyone.put(`/authn/${ACCOUNT}/api_key`, '', basic('host/a/web', wrong)))
    const password = basic('ann@a', wrong)
    mustBe(401, await node.anyone.put(`/authn/${ACCOUNT}/password`, 'New-Passw0rd!x', password))
  }
  assert.deepEqual(await world.state(), before)
})

test('`cross-owner-revoke`: a grant and a permission are taken back by the policy that gave them alone', async () => {
  await using world = await openWorld()
  const { node } = world
  await node.load('- !policy inner', { branch: 'a' })
  const before = await world.state()
  const reply = await loadAs(
    node.admin,
    '- !revoke { role: !group team, member: !host web }\n- !deny { role: !group team, privileges: [read, execute], resource: !variable v }\n',
    { branch: 'a', method: 'PATCH' },
  )
  // They came through the root policy, and this is a load of the branch.
  assert.match(mustBe(201, reply).text, /"warnings":\["Line 1: .* has no effect/)
  assert.deepEqual(await world.state(), before)
})
