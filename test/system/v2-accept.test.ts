import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { ask, assertRefused, V2 } from './v2.ts'

let scene: Scene

before(async () => {
  scene = await startScene([['root', '- !policy data\n']])
})
after(() => scene[Symbol.asyncDispose]())

test('the version must be accepted, and nobody is served without a token', async () => {
  const message = `CONJ00194W The api belongs to v2 APIs but it missing the version "${V2}" in the Accept header`
  for (const accept of [undefined, '*/*', 'application/x.secretsmgr.v2+json', 'application/json']) {
    for (const [method, path] of [
      ['GET', '/branches/acme'],
      ['GET', '/branches/acme/data'],
      ['POST', '/branches/acme'],
      ['PATCH', '/branches/acme/data'],
      ['DELETE', '/branches/acme/data'],
      ['POST', '/groups/acme/data/g/members'],
      ['DELETE', '/groups/acme/data/g/members/host/h'],
      ['GET', '/authenticators/acme'],
      ['POST', '/authenticators/acme'],
      ['GET', '/authenticators/acme/jwt/ci'],
      ['PATCH', '/authenticators/acme/jwt/ci'],
      ['DELETE', '/authenticators/acme/jwt/ci'],
    ] as const) {
      const headers = accept === undefined ? {} : { Accept: accept }
      assertRefused(await scene.as('admin', method, path, { headers }), 400, message)
    }
  }
  for (const path of ['/branches/acme', '/authenticators/acme', '/authenticators/acme/jwt/ci']) {
    const stranger = await scene.node.send({ method: 'GET', path })
    assert.deepEqual([stranger.status, stranger.body.toString()], [401, 'Authorization missing'])
    assertSilent(401, await scene.node.send({ method: 'GET', path, headers: { Accept: V2 } }))
  }
})

test('a client that accepts the version among others is served, and is not echoed', async () => {
  const headers = { Accept: `text/html, ${V2}` }
  const answer = await scene.as('admin', 'GET', '/branches/acme/data', { headers })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], V2)
})

test('who accepts exactly the version hears of failures in its words, on v1 routes as well', async () => {
  const missing = await ask(scene, 'admin', ['GET', '/resources/acme/variable/nothing'])
  assertRefused(missing, 404, "Variable 'nothing' not found in account 'acme'")
  const headers = { Accept: V2 }
  assertSilent(401, await scene.node.send({ method: 'GET', path: '/whoami', headers }))
})
