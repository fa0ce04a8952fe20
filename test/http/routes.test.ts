import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, assertError, mustBe, openNode } from './harness.ts'

/** Every route that there is, and who may call it: a new one is not open to anybody unnoticed. */
const EXPECTED = `
GET / open
GET /healthz open
GET /readyz open
GET /whoami token
GET /authn/:account/login basic
POST /authn/:account/:login/authenticate open
POST /authn-jwt/:service/:account/authenticate open
POST /authn-jwt/:service/:account/:login/authenticate open
PUT /authn/:account/api_key either
GET /authn/:account/api_key either
PUT /authn/:account/password either
POST /authn-cert/:service/:account/authenticate open
POST /authn-cert/:service/:account/:login/authenticate open
POST /authn-azure/:service/:account/:login/authenticate open
POST /authn-gcp/:account/authenticate open
POST /authn-iam/:service/:account/:login/authenticate open
POST /authn-k8s/:service/inject_client_cert open
POST /authn-k8s/:service/:account/:login/authenticate open
POST /authn-k8s/:service/:account/ca token
GET /authn-ldap/:service/:account/login basic
POST /authn-ldap/:service/:account/:login/authenticate open
GET /authn-oidc/:account/providers open
POST /authn-oidc/:service/:account/authenticate open
GET /authn-oidc/:service/:account/authenticate open
POST /authn-oidc/:account/authenticate open
GET /authn-oidc/:account/authenticate open
GET /mfa/:account/factors token
DELETE /mfa/:account/factors token
POST /mfa/:account/factors/totp token
POST /mfa/:account/factors/totp/:id/confirmation token
DELETE /mfa/:account/factors/:id token
POST /mfa/:account/recovery-codes token
POST /mfa/:account/verification token
POST /mfa/:account/passkey-ceremonies token
GET /mfa/:account/passkey-ceremonies/:id open
POST /mfa/:account/passkey-ceremonies/:id/response open
POST /mfa/:account/passkey-ceremonies/:id/completion token
GET /mfa open
GET /mfa/page.js open
GET /mfa/page.css open
GET /secrets/:account/:kind/**:id token
POST /secrets/:account/:kind/**:id token
DELETE /secrets/:account/:kind/**:id token
GET /secrets token
POST /secrets/values token
GET /resources token
GET /resources/:account token
GET /resources/:account/:kind token
GET /resources/:account/:kind/**:id token
GET /roles/:account/:kind/**:id token
POST /roles/:account/:kind/**:id token
DELETE /roles/:account/:kind/**:id token
GET /policies/:account/policy/**:id token
POST /policies/:account/policy/**:id token
PATCH /policies/:account/policy/**:id token
PUT /policies/:account/policy/**:id token
GET /audit/:account token
GET /access/:account/:kind/**:id token
GET /accounts token
POST /accounts token
DELETE /accounts/:account token
POST /host_factory_tokens token
DELETE /host_factory_tokens/:token token
POST /host_factories/hosts open
POST /issuers/:account token
GET /issuers/:account token
GET /issuers/:account/:id token
PATCH /issuers/:account/:id token
DELETE /issuers/:account/:id token
GET /public_keys/:account/user/**:id open
GET /public_keys/:account/public_key/**:id open
POST /ca/:account/:service/sign token
GET /authenticators open
PATCH /:authenticator/:account token
PATCH /:authenticator/:service/:account token
GET /:authenticator/:account/status token
GET /:authenticator/:service/:account/status token
POST /:authenticator/:account/explain token
POST /:authenticator/:service/:account/explain token
GET /authenticators/:account token
POST /authenticators/:account token
GET /authenticators/:account/:type/:name token
PATCH /authenticators/:account/:type/:name token
DELETE /authenticators/:account/:type/:name token
POST /branches/:account token
GET /branches/:account token
GET /branches/:account/**:id token
PATCH /branches/:account/**:id token
DELETE /branches/:account/**:id token
POST /groups/:account/**:path token
DELETE /groups/:account/**:path token
GET /openapi.json open
`

/** A path of a route, its names filled in with something that exists. */
const example = (path: string): string =>
  path
    .replace(':account', ACCOUNT)
    .replace(':kind', 'variable')
    .replace('**:id', 'db')
    .replace('**:path', 'db/members')
    .replace(':login', 'admin')
    .replace(':service', 'ci')

test('`edge-internal-routes`: these are all routes, with who may call them', async () => {
  await using node = await openNode()
  const listed = node.routes.map(({ method, path, access }) => `${method} ${path} ${access}`)
  assert.deepEqual(listed, EXPECTED.trim().split('\n'))
})

test('`edge-internal-routes`: no route with a token gate answers without a token, wherever the request comes from', async () => {
  await using node = await openNode()
  await node.load('- !variable db')
  await node.set('db', 'secret')
  const disguises = [
    {},
    { 'X-Forwarded-For': '127.0.0.1' },
    {
      'X-Forwarded-For': '::1',
      Host: 'localhost',
      'X-Original-URL': '/',
      'X-Rewrite-URL': '/healthz',
    },
    {
      'X-Conjur-Privilege': 'read',
      'Conjur-Audit-Roles': 'acme:user:admin',
      'X-HTTP-Method-Override': 'GET',
    },
  ]
  const gated = node.routes.filter(({ access }) => access === 'token' || access === 'either')
  assert.ok(gated.length > 10)
  for (const { method, path } of gated) {
    for (const headers of disguises) {
      const reply = mustBe(401, await node.anyone.send({ method, path: example(path), headers }))
      assert.equal(reply.text, 'Authorization missing')
    }
  }
})

test('a path that does not exist is told to the bearers of a token alone', async () => {
  await using node = await openNode()
  for (const [method, path] of [
    ['GET', '/nowhere'],
    ['GET', '/authn'],
    ['DELETE', '/whoami'],
    ['POST', '/resources'],
    ['GET', `/policies/${ACCOUNT}/group/root`],
    ['OPTIONS', '/'],
    ['GET', '/metrics'],
  ] as const) {
    assert.equal(
      mustBe(401, await node.anyone.send({ method, path })).text,
      'Authorization missing',
    )
    const error = { code: 'not_found', message: 'there is no such route' }
    assertError(404, error, await node.admin.send({ method, path }))
  }
})

test('a bug is answered with nothing but the id under which the log has it', async () => {
  await using node = await openNode({
    between: () => ({
      details: () => Promise.reject(new TypeError('secret detail of the inside')),
    }),
  })
  await node.load('- !variable db')
  const path = `/resources/${ACCOUNT}/variable/db?x=y`
  const reply = await node.admin.get(path, { 'X-Request-Id': 'request-7' })
  assertError(500, { code: 'internal_error', message: "see the server's log for request-7" }, reply)
  const line: unknown = JSON.parse(node.logged.at(-1) ?? '')
  assert.match(JSON.stringify(line), /"level":"error".*request-7.*secret detail of the inside/)
  assert.doesNotMatch(JSON.stringify(line), /x=y/)
  const event = (await node.trail()).at(-1)
  assert.deepEqual([event?.result, event?.reason], ['failure', 'internal error'])
})
