import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { absent, assertError, assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { DEVS, membersIn, membership, POLICIES, TEAM } from './team.ts'

let scene: Scene

before(async () => {
  scene = await startScene(POLICIES)
})
after(() => scene[Symbol.asyncDispose]())

const list = async (query: string, login = 'admin'): Promise<readonly unknown[]> =>
  membersIn(await scene.get(login, `${DEVS}?members${query}`))

const change = (
  login: string,
  method: 'POST' | 'DELETE',
  member: string,
  path = DEVS,
): ReturnType<Scene['as']> => scene.as(login, method, `${path}?members&member=${member}`)

test('who may create on the policy of a role adds members, once and for all nodes', async () => {
  const other = await scene.installation.start()
  const alice = 'acme:user:alice'
  assertSilent(204, await change('creator', 'POST', alice))
  assertSilent(204, await change('creator', 'POST', alice))
  assert.deepEqual(await scene.get('admin', `${DEVS}?members&kind=user`), [
    {
      admin_option: false,
      ownership: false,
      role: 'acme:group:team/devs',
      member: alice,
    },
    membership('acme:user:bob'),
  ])
  const admin = await other.tokenFor('admin', scene.node.adminKey)
  const path = '/roles/acme/user/alice?all&filter=group:everyone'
  const held = await other.as(admin, { method: 'GET', path })
  assert.equal(held.body.toString(), '["acme:group:everyone"]')
  assertSilent(403, await change('creator', 'DELETE', alice))
  assertSilent(204, await change('updater', 'DELETE', 'user:alice'))
  const gone = await other.as(admin, { method: 'GET', path })
  assert.equal(gone.body.toString(), '[]')
})

test('a member that was granted by policy can be taken away, until the policy grants it again', async () => {
  assertSilent(204, await change('updater', 'DELETE', 'acme:host:team/tool'))
  assert.deepEqual(await list('&kind=host'), ['host:team/app'])
  await scene.load('team', TEAM)
  assert.deepEqual(await list('&kind=host'), ['host:team/app', 'host:team/tool'])
})

test('a member that was added stays when the policy of the role is loaded anew', async () => {
  assertSilent(204, await change('creator', 'POST', 'acme:user:alice'))
  await scene.load('team', TEAM, 'PUT')
  assert.deepEqual(await list('&kind=user'), ['user:alice', 'user:bob'])
  assertSilent(204, await change('updater', 'DELETE', 'acme:user:alice'))
})

test('`escalation`: members are changed by nobody but who may do it to the policy of the role', async () => {
  for (const method of ['POST', 'DELETE'] as const) {
    assertSilent(403, await change('viewer', method, 'acme:user:viewer'))
    const denied = await change('stranger', method, 'acme:user:stranger')
    assertError(404, absent('acme:group:team/devs'), denied)
  }
  assertSilent(403, await change('updater', 'POST', 'acme:user:updater'))
  // The group of another policy: what one may do to the policy of the team counts for nothing.
  const everyone = '/roles/acme/group/everyone'
  assertSilent(403, await change('creator', 'POST', 'acme:user:creator', everyone))
  // What came through no policy gets no members at all, from nobody.
  for (const path of ['/roles/acme/user/admin', '/roles/acme/policy/root']) {
    assertSilent(403, await change('admin', 'POST', 'acme:user:bob', path))
  }
  assert.deepEqual(await scene.get('admin', `${DEVS}?members&count`), { count: 5 })
})

test('there is no member of whom nobody knows, and none is taken away that is none', async () => {
  const nobody = 'acme:user:nobody'
  assertError(404, absent(nobody), await change('creator', 'POST', nobody))
  assertError(404, absent(nobody), await change('updater', 'DELETE', nobody))
  assertError(404, absent('acme:user:alice'), await change('updater', 'DELETE', 'user:alice'))
  const variable = 'acme:variable:x'
  assertError(404, absent(variable), await change('creator', 'POST', variable))
})

test('`escalation`: no grant makes a circle of roles, and nobody loses what is owned', async () => {
  for (const member of ['group:team/devs', 'group:everyone', 'group:hidden']) {
    const answer = await change('creator', 'POST', `acme:${member}`)
    const message = `acme:${member} is held by acme:group:team/devs already: the grant would make a circle of roles`
    assertError(422, { code: 'unprocessable_entity', message }, answer)
  }
  const message =
    'acme:policy:team holds acme:group:team/devs because it owns it, which policy alone can change'
  const owned = await change('updater', 'DELETE', 'acme:policy:team')
  assertError(422, { code: 'unprocessable_entity', message }, owned)
})

test('a change of members names the member, and the key that it is about', async () => {
  const argument = { code: 'argument_error', message: 'member' }
  assertError(422, argument, await scene.as('admin', 'POST', `${DEVS}?members`))
  assertError(422, argument, await change('admin', 'DELETE', ''))
  const tokens = { code: 'argument_error', message: 'Expected at least 2 tokens in bob' }
  assertError(422, tokens, await change('admin', 'POST', 'bob'))
  const route = { code: 'not_found', message: 'there is no such route' }
  assertError(404, route, await scene.as('admin', 'POST', `${DEVS}?member=acme:user:bob`))
})

test('every change of members is in the trail with who did it, refused ones too', async () => {
  await change('creator', 'POST', 'acme:user:alice')
  await change('viewer', 'DELETE', 'acme:user:alice')
  await change('updater', 'DELETE', 'acme:user:alice')
  const subject = { role: 'acme:group:team/devs', member: 'acme:user:alice' }
  assert.deepEqual(
    (await scene.trail(3)).map(({ kind, operation, result, user, subject: of }) => [
      kind,
      operation,
      result,
      user,
      of,
    ]),
    [
      ['policy', 'remove', 'success', 'acme:user:updater', subject],
      ['policy', 'remove', 'failure', 'acme:user:viewer', subject],
      ['policy', 'add', 'success', 'acme:user:creator', subject],
    ],
  )
})

test('`stale-token`: a member that is taken away can do from then on what it could do without', async () => {
  await scene.load(
    'team',
    `- !variable db
- !permit { role: !group devs, privileges: [read, execute], resource: !variable db }`,
  )
  await scene.set('team/db', 'value')
  const read = (): ReturnType<Scene['as']> =>
    scene.as('alice', 'GET', '/secrets/acme/variable/team%2Fdb')
  assert.equal((await read()).status, 404)
  await change('creator', 'POST', 'acme:user:alice')
  assert.equal((await read()).status, 200)
  await change('updater', 'DELETE', 'acme:user:alice')
  assert.equal((await read()).status, 404)
})
