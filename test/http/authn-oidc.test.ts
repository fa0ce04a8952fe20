import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOidcProviders } from '#api/oidc-wire.ts'
import { isAccessToken } from '#api/wire.ts'
import { answer, idToken, SECRET, tokenFor, world } from '../authn/oidc/provider.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertError, assertSilent, at, authorizationOf, mustBe, NOW } from './harness.ts'
import {
  AUTHENTICATE,
  claims,
  comeBack,
  lifeOf,
  list,
  provider,
  queryOf,
  TOKENS,
  VALUES,
  withProvider,
} from './oidc-scene.ts'

const second = NOW / 1000

test('the providers by which somebody can log in are listed for everybody', async () => {
  await using node = await withProvider()
  const reply = await list(node)
  assert.equal(reply.headers['cache-control'], 'no-store')
  const { service_id, type, name, nonce, code_verifier, state, redirect_uri } = await provider(node)
  assert.deepEqual([service_id, type, name], ['idp', 'authn-oidc', 'Idp'])
  assert.match(nonce, /^[0-9a-f]{50,}$/)
  assert.match(code_verifier, /^[0-9a-f]{50}$/)
  assert.match(state ?? '', /^[\w-]{43}$/)
  const { searchParams } = new URL(redirect_uri)
  assert.deepEqual(
    [...searchParams.keys()],
    [
      'client_id',
      'response_type',
      'scope',
      'nonce',
      'code_challenge',
      'code_challenge_method',
      'redirect_uri',
    ],
  )
  assert.ok(!reply.text.includes(SECRET))
})

test('`cache-tenancy`: an account lists its own providers, and one that does not exist lists none', async () => {
  await using node = await withProvider()
  await node.createAccount('beta')
  for (const account of ['beta', 'nowhere']) {
    assert.deepEqual((await list(node, '', account)).json, [])
  }
})

test('`oidc`: open redirect: where somebody is sent back to is never for the request to say', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const evil = encodeURIComponent('https://evil.example/')
  const { json } = await list(node, `?redirect_uri=${evil}&state=x&client_id=evil`)
  assert.ok(isOidcProviders(json))
  const { redirect_uri, nonce, code_verifier, name } = json[0] ?? assert.fail('none')
  const { searchParams } = new URL(redirect_uri)
  assert.equal(searchParams.get('redirect_uri'), VALUES['idp/redirect-uri'])
  assert.equal(searchParams.get('state'), null)
  outside.token = tokenFor(
    { nonce, codeVerifier: code_verifier, url: redirect_uri, name, state: '' },
    claims(),
  )
  const query = queryOf({ code: 'c', nonce, code_verifier })
  const reply = mustBe(200, await node.anyone.get(`${AUTHENTICATE}?${query}&redirect_uri=${evil}`))
  assert.equal(reply.headers['location'], undefined)
  const [sent] = outside.requests
  const form = new URLSearchParams(Buffer.from(sent?.request.body ?? '').toString())
  assert.equal(form.get('redirect_uri'), VALUES['idp/redirect-uri'])
})

test('somebody who comes back from the provider gets a token that lives as long as the instance says', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const reply = mustBe(200, await comeBack(node, outside))
  assert.equal(reply.headers['cache-control'], 'no-store')
  assert.ok(isAccessToken(reply.json))
  assert.equal(lifeOf(reply.json), 1800)
  const bearer = node.client.caller({ Authorization: authorizationOf(reply.json) })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /"username":"alice"/)
  const event = (await node.trail()).findLast(({ kind }) => kind === 'authn')
  assert.deepEqual(
    [event?.operation, event?.result, event?.user, event?.subject],
    [
      'authenticate',
      'success',
      'acme:user:alice',
      { authenticator: 'authn-oidc', service: 'acme:webservice:conjur/authn-oidc/idp' },
    ],
  )
})

test('no instance makes tokens live longer than five hours', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  await node.set('conjur/authn-oidc/idp/token-ttl', 'P30D')
  const { json } = mustBe(200, await comeBack(node, outside))
  assert.equal(lifeOf(json), 18_000)
})

test('an ID token, in a form or as a bearer token, gives a token as it is asked for', async () => {
  await using node = await withProvider()
  const token = await idToken(claims())
  mustBe(200, await node.anyone.post(TOKENS, `id_token=${token}`))
  const bearer = { Authorization: `Bearer ${token}` }
  assert.ok(isAccessToken(mustBe(200, await node.anyone.post(TOKENS, '', bearer)).json))
  const encoding = { ...bearer, 'Accept-Encoding': 'base64' }
  const word = mustBe(200, await node.anyone.post(TOKENS, '', encoding)).text
  mustBe(200, await node.client.caller({ Authorization: `Token token="${word}"` }).get('/whoami'))
  const host = await idToken(claims({ preferred_username: 'host/app' }))
  mustBe(200, await node.anyone.post(TOKENS, `id_token=${host}`))
})

test('whoever is refused hears no reason, and the trail has it', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const elsewhere = node.client.caller({ 'X-Forwarded-For': '198.51.100.1' })
  const body = `id_token=${await idToken(claims())}`
  const refusals: readonly (readonly [Reply, RegExp])[] = [
    [await comeBack(node, outside, { nonce: 'x' }), /^CONJ00153E /],
    [await comeBack(node, outside, { preferred_username: 'nobody' }), /^CONJ00007E /],
    [await comeBack(node, outside, { preferred_username: 'admin' }), /^CONJ00017E /],
    [
      await comeBack(node, outside, { preferred_username: 'fenced' }, elsewhere),
      /address rejected/,
    ],
    [await comeBack(node, outside, { preferred_username: 'picky' }), /^CONJ00049E /],
    [await node.anyone.get(`${AUTHENTICATE}?code=c&nonce=n&code_verifier=v`), /^CONJ00153E /],
    [await node.anyone.post(AUTHENTICATE, body), /^CONJ00130E /],
    [await node.anyone.post(`/authn-oidc/half/${ACCOUNT}/authenticate`, body), /^CONJ00036E /],
    [await node.anyone.post(`/authn-oidc/away/${ACCOUNT}/authenticate`, body), /^CONJ00004E /],
    [await node.anyone.post(`/authn-oidc/none/${ACCOUNT}/authenticate`, body), /^CONJ00004E /],
    [await node.anyone.post(`/authn-oidc/${ACCOUNT}/authenticate`, body), /^CONJ00004E /],
    [await node.anyone.get(`/authn-oidc/${ACCOUNT}/authenticate?code=c`), /^CONJ00004E /],
    [
      await node.anyone.post(TOKENS, `id_token=${await idToken(claims({ aud: 'x' }))}`),
      /^CONJ00015E /,
    ],
  ]
  for (const [reply] of refusals) assertSilent(401, reply)
  const events = (await node.trail()).filter(({ kind }) => kind === 'authn')
  assert.equal(events.length, refusals.length)
  for (const [index, { result, reason }] of events.entries()) {
    assert.equal(result, 'failure')
    assert.match(reason ?? '', refusals[index]?.[1] ?? /^$/)
  }
})

test('without the privilege it is forbidden, without a proof a bad request, and an expired proof says so', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  assertSilent(403, await comeBack(node, outside, { preferred_username: 'outsider' }))
  for (const query of ['', '?code=c', '?code=c&nonce=n', '?nonce=n&code_verifier=v']) {
    mustBe(400, await node.anyone.get(AUTHENTICATE + query))
  }
  mustBe(400, await node.anyone.post(TOKENS, 'token=x'))
  mustBe(413, await node.anyone.post(TOKENS, `id_token=${'a'.repeat(65_536)}`))
  const error = { code: 'unauthorized', message: 'CONJ00016E Token expired' }
  const expired = await idToken(claims({ exp: second - 1 }))
  assertError(401, error, await node.anyone.post(TOKENS, `id_token=${expired}`))
})

test('`oidc`: reflected descriptions: what a provider sent somebody back with is never repeated', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const script = '<script>alert(1)</script>'
  const query = queryOf({ error: script, error_description: script, state: script })
  const reply = mustBe(400, await node.anyone.get(`${AUTHENTICATE}?${query}`))
  const { nonce, code_verifier } = await provider(node)
  outside.token = () => answer(400, { error: 'invalid_grant', error_description: script })
  const back = queryOf({ code: script, nonce, code_verifier })
  assertSilent(401, await node.anyone.get(`${AUTHENTICATE}?${back}`))
  assert.ok(!`${reply.text}${JSON.stringify(reply.headers)}`.includes('script'))
  assert.ok(!JSON.stringify(await node.trail()).includes('script'))
  assert.ok(!node.logged.join('').includes('script'))
})

test('`error-canary`: neither logs nor the trail have the code, the nonce, the verifier, the secret or a token', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const { nonce, code_verifier } = await provider(node)
  const query = queryOf({ code: 'c4n4ryc0de', nonce, code_verifier })
  outside.token = () => answer(400, { error: 'invalid_grant' })
  assertSilent(401, await node.anyone.get(`${AUTHENTICATE}?${query}`))
  mustBe(200, await comeBack(node, outside))
  const told = JSON.stringify([node.logged, await node.trail()])
  for (const canary of ['c4n4ry', 'c0de', nonce, code_verifier, 'eyJ', 'opaque']) {
    assert.ok(!told.includes(canary), canary)
  }
})

test('`stale-token`: a token of a login ends with the user, and the next login with the privilege', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  const { json } = mustBe(200, await comeBack(node, outside))
  assert.ok(isAccessToken(json))
  const bearer = node.client.caller({ Authorization: authorizationOf(json) })
  const revoke = '- !revoke { role: !group conjur/oidc-users, member: !user alice }'
  await node.load(revoke, { method: 'PATCH' })
  assertSilent(403, await comeBack(node, outside))
  await node.load('- !delete { record: !user alice }', { method: 'PATCH' })
  assertSilent(401, await comeBack(node, outside))
  mustBe(401, await bearer.get('/whoami'))
})

test('a login is limited to users whose mapped roles the provider confirms, and it gives nobody a role', async () => {
  const outside = world()
  await using node = await withProvider(outside)
  await node.load('- !variable conjur/authn-oidc/idp/group-roles', { method: 'POST' })
  await node.set('conjur/authn-oidc/idp/group-roles', '{"operators":"group:ops"}')
  const operators = { groups: ['operators'] }
  assertSilent(401, await comeBack(node, outside, operators))
  const path = `/roles/${ACCOUNT}/group/ops`
  assert.deepEqual(at(mustBe(200, await node.admin.get(path)).json, 'members', '1'), undefined)
  await node.load('- !grant { role: !group ops, member: !user alice }')
  mustBe(200, await comeBack(node, outside, operators))
  assertSilent(401, await comeBack(node, outside, { groups: ['staff'] }))
  const event = (await node.trail()).findLast(({ kind }) => kind === 'authn')
  assert.deepEqual(event?.attestation, [
    {
      attribute: 'oidc.groups',
      outcome: 'failed',
      statedBy: 'group-roles for acme:group:ops',
      source: 'ID token',
      values: ['staff'],
    },
  ])
})

test('whoever runs the authenticator may ask why somebody is not recognised', async () => {
  await using node = await withProvider()
  await node.load('- !variable conjur/authn-oidc/tokens/group-roles')
  await node.set('conjur/authn-oidc/tokens/group-roles', '{"ops":"group:ops"}')
  await node.load('- !grant { role: !group ops, member: !user alice }')
  const proof = `id_token=${await idToken(claims({ groups: ['staff'] }))}`
  const question = JSON.stringify({ role: 'user:alice', proof })
  const path = `/authn-oidc/tokens/${ACCOUNT}/explain`
  const json = { 'Content-Type': 'application/json' }
  const told = mustBe(200, await node.admin.post(path, question, json)).json
  assert.equal(at(told, 'outcome'), 'refused')
  assert.equal(at(told, 'conditions', '0', 'stated_by'), 'group-roles for acme:group:ops')
  assert.equal(at(told, 'conditions', '0', 'outcome'), 'failed')
})

test('the status names what is wrong and what to do about it', async () => {
  await using node = await withProvider()
  const status = async (): Promise<unknown> =>
    (await node.admin.get(`/authn-oidc/idp/${ACCOUNT}/status`)).json
  assert.deepEqual(await status(), { status: 'ok' })
  const mistakes: readonly (readonly [string, string, string, string])[] = [
    ['claim-mapping', '/x', 'ways to log in', 'CONJ00129E'],
    ['token-ttl', 'one hour', 'values', 'CONJ00037E'],
    ['redirect-uri', 'nowhere', 'values', 'CONJ00037E'],
    ['provider-uri', 'https://nowhere.example', 'provider', 'CONJ00011E'],
  ]
  for (const [variable, value, check, code] of mistakes) {
    await node.set(`conjur/authn-oidc/idp/${variable}`, value)
    const told = await status()
    const checks = at(told, 'checks')
    assert.ok(Array.isArray(checks))
    const failed: unknown = checks.find((one) => at(one, 'result') === 'failed')
    assert.equal(at(failed, 'name'), check)
    assert.match(String(at(failed, 'error')), new RegExp(`^${code} `))
    assert.notEqual(at(failed, 'hint') ?? '', '')
    await node.set(`conjur/authn-oidc/idp/${variable}`, VALUES[`idp/${variable}`] ?? '')
  }
  assert.deepEqual(await status(), { status: 'ok' })
})
