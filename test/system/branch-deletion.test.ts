import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer, Call } from '#client/transport.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { ask, assertRefused, bodyOf } from './v2.ts'

let scene: Scene

before(async () => {
  scene = await startScene([['root', '- !user alice\n- !policy data\n']])
})
after(() => scene[Symbol.asyncDispose]())

const v2 = (login: string, method: Call['method'], path: string, body?: unknown): Promise<Answer> =>
  ask(scene, login, [method, `/branches/acme${path}`], body)

test('`branch-root`: the root is never deleted, however it is spelled', async () => {
  for (const path of ['', '/', '/root', '/%2Froot', '/%2F', '//root']) {
    assert.equal((await v2('admin', 'DELETE', path)).status, 404, path)
  }
  assert.equal((await v2('admin', 'GET', '/data')).status, 200)
})

test('deletion takes everything below, secrets included, and nothing beside', async () => {
  const body = `
- !policy
  id: inner
  body: [ !variable v, !host h, !group g ]
- !variable v
`
  for (const name of ['doomed', 'doomed-not']) {
    bodyOf(await v2('admin', 'POST', '', { name, branch: '/' }), 201)
    await scene.load(name, body)
    await scene.set(`${name}/inner/v`, 'secret')
  }
  assert.equal((await v2('admin', 'DELETE', '/doomed')).status, 204)
  const left = await scene.get('admin', '/resources/acme?search=doomed&limit=100')
  assert.ok(Array.isArray(left))
  assert.deepEqual(
    left.map(({ id }: { id: string }) => id),
    [
      'acme:group:doomed-not/inner/g',
      'acme:host:doomed-not/inner/h',
      'acme:policy:doomed-not',
      'acme:policy:doomed-not/inner',
      'acme:variable:doomed-not/inner/v',
      'acme:variable:doomed-not/v',
    ],
  )
  // A host that is gone has no token any more.
  assert.equal((await scene.as('host/doomed/inner/h', 'GET', '/whoami')).status, 401)
  bodyOf(await v2('admin', 'POST', '', { name: 'doomed', branch: '/' }), 201)
  await scene.load('doomed', body)
  const path = '/secrets/acme/variable/doomed%2Finner%2Fv'
  assert.equal((await scene.as('admin', 'GET', path)).status, 404)
})

test('deletion needs `update` on everything that would go, and names nothing that cannot be seen', async () => {
  await scene.load(
    'root',
    `
- !policy
  id: mixed
  body:
    - !policy seen
    - !policy unseen
- !permit { role: !user alice, privileges: [update], resource: !policy mixed }
- !permit { role: !user alice, privileges: [read], resource: !policy mixed/seen }
`,
  )
  const refused = await v2('alice', 'DELETE', '/mixed')
  assert.equal(refused.status, 404)
  assert.ok(!refused.body.toString().includes('unseen'))
  const [event] = await scene.trail(1)
  assert.match(
    String(event?.['reason']),
    /lacks the privilege update on acme:policy:mixed\/(un)?seen/,
  )
  assert.equal((await v2('admin', 'GET', '/mixed/unseen')).status, 200)
})

test('deletion does not reach what a role of the branch owns elsewhere without `update` on that', async () => {
  await scene.load('root', '- !policy { id: nest, body: [ !group g ] }')
  await scene.load(
    'root',
    `
- !variable { id: prod, owner: !group nest/g }
- !permit { role: !user alice, privileges: [update], resources: [ !policy nest, !group nest/g ] }
`,
  )
  assertRefused(
    await v2('alice', 'DELETE', '/nest'),
    404,
    "Branch 'nest' not found in account 'acme'",
  )
  await scene.set('prod', 'still there')
})
