import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { issuerKey } from '../jwt/issuer.ts'
import {
  answer,
  authenticatorIn,
  begin,
  changed,
  CLIENT,
  codeSettings,
  idToken,
  metadata,
  second,
  SECRET,
  TOKEN_ENDPOINT,
  tokenFor,
  tokenSettings,
  world,
} from './provider.ts'

const refusedWith = (code: string): { readonly code: string; readonly message: RegExp } => ({
  code: 'unauthorized',
  message: new RegExp(`^CONJ${code} `),
})

test('an invitation leads to the provider with all that the protocol asks for', async () => {
  const { invitation } = await begin(world())
  const url = new URL(invitation.url)
  assert.equal(url.origin + url.pathname, metadata['authorization_endpoint'])
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: CLIENT,
    response_type: 'code',
    scope: 'openid email profile',
    nonce: invitation.nonce,
    code_challenge: createHash('sha256').update(invitation.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    redirect_uri: 'http://127.0.0.1:8888/callback',
  })
  assert.equal(invitation.name, 'Idp')
  assert.match(invitation.codeVerifier, /^[0-9a-f]{50}$/)
  assert.match(invitation.nonce, /^[0-9a-f]{50,300}$/)
  assert.match(invitation.state, /^[\w-]{43}$/)
  assert.ok(!invitation.url.includes(invitation.codeVerifier))
})

test('an invitation asks for further scopes, keeps the query of the provider and has the name that was set', async () => {
  const outside = world({ authorization_endpoint: 'https://idp.example/authorize?tenant=7' })
  const settings = changed(codeSettings, {
    name: 'Our Provider',
    'provider-scope': 'groups  email roles',
    'redirect-uri': null,
  })
  const { invitation } = await begin(outside, settings)
  const { searchParams } = new URL(invitation.url)
  assert.equal(searchParams.get('scope'), 'openid email profile groups roles')
  assert.equal(searchParams.get('tenant'), '7')
  assert.equal(searchParams.has('redirect_uri'), false)
  assert.equal(invitation.name, 'Our Provider')
})

test('each invitation is another', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const some = await Promise.all([1, 2, 3].map(() => begin(outside, codeSettings, authenticator)))
  for (const part of ['nonce', 'codeVerifier', 'state'] as const) {
    assert.equal(new Set(some.map(({ invitation }) => invitation[part])).size, 3)
  }
  assert.equal(outside.asked.length, 2)
})

test('nobody is invited by an instance for ID tokens alone, or by a provider without a place to log in', async () => {
  await assert.rejects(begin(world(), tokenSettings), refusedWith('00130E'))
  await assert.rejects(begin(world({ authorization_endpoint: undefined })), refusedWith('00130E'))
})

test('who comes back with the code is the user whom the claim names', async () => {
  const outside = world()
  const { back, invitation } = await begin(outside)
  const recognised = await back({ state: invitation.state })
  assert.equal(recognised.role, 'acme:user:alice')
  assert.equal(recognised.tokenSeconds, 3600)
  const [sent, ...more] = outside.requests
  assert.deepEqual(more, [])
  assert.equal(sent?.url, TOKEN_ENDPOINT)
  assert.equal(sent.request.purpose, 'oidc')
  const form = new URLSearchParams(Buffer.from(sent.request.body ?? '').toString())
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: 'authorization_code',
    code: 'c0de',
    code_verifier: invitation.codeVerifier,
    redirect_uri: 'http://127.0.0.1:8888/callback',
  })
  const [id, secret] = Buffer.from(
    (sent.request.headers['authorization'] ?? '').replace('Basic ', ''),
    'base64',
  )
    .toString()
    .split(':')
    .map((part) => new URLSearchParams(`x=${part}`).get('x'))
  assert.deepEqual([id, secret], [CLIENT, SECRET])
})

test('a provider that takes the secret in the form alone gets it there', async () => {
  const outside = world({
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_post'],
  })
  const { back } = await begin(outside)
  await back()
  const [sent] = outside.requests
  const form = new URLSearchParams(Buffer.from(sent?.request.body ?? '').toString())
  assert.deepEqual([form.get('client_id'), form.get('client_secret')], [CLIENT, SECRET])
  assert.equal(sent?.request.headers['authorization'], undefined)
})

/** Every claim that is held against the login, changed alone. */
const MUTATIONS: readonly (readonly [
  what: string,
  changes: Record<string, unknown>,
  code: string,
])[] = [
  ['no nonce', { nonce: undefined }, '00153E'],
  ['another nonce', { nonce: 'x' }, '00153E'],
  ['another issuer', { iss: 'https://evil.example' }, '00015E'],
  ['another audience', { aud: 'other-app' }, '00015E'],
  ['another client that it was given to', { azp: 'other-app' }, '00128E'],
  ['several audiences and no client that it was given to', { aud: [CLIENT, 'x'] }, '00128E'],
  ['a making long before the login', { iat: second - 301 }, '00128E'],
  ['a making in the future', { iat: second + 60 }, '00015E'],
  ['no making', { iat: undefined }, '00091E'],
  ['the digest of another code', { c_hash: 'AAAA' }, '00128E'],
  ['the digest of another access token', { at_hash: 'AAAA' }, '00128E'],
  ['a digest that is no text', { at_hash: 7 }, '00128E'],
  ['nobody named', { preferred_username: undefined }, '00013E'],
  ['the administrator', { preferred_username: 'admin' }, '00017E'],
  ['a host', { preferred_username: 'host/app' }, '00007E'],
  ['a kind before the name', { preferred_username: 'user/alice' }, '00007E'],
]

for (const [what, changes, code] of MUTATIONS) {
  test(`a code whose ID token has ${what} is refused`, async () => {
    const outside = world()
    const { back, invitation } = await begin(outside)
    outside.token = tokenFor(invitation, changes)
    await assert.rejects(back(), refusedWith(code))
  })
}

test('the digests of the code and of the access token are held against them, by the algorithm of the signature', async () => {
  for (const [alg, digest] of [
    ['RS256', 'sha256'],
    ['ES384', 'sha384'],
    ['PS512', 'sha512'],
    ['Ed25519', 'sha512'],
  ] as const) {
    const signer = await issuerKey(alg, alg)
    const outside = world()
    outside.pages.set('https://idp.example/keys', JSON.stringify({ keys: [signer.jwk] }))
    const half = (text: string): string => {
      const bytes = createHash(digest).update(text).digest()
      return bytes.subarray(0, bytes.length / 2).toString('base64url')
    }
    const { back, invitation } = await begin(outside)
    const digests = { c_hash: half('c0de'), at_hash: half('opaque') }
    outside.token = tokenFor(invitation, digests, signer)
    assert.ok(await back())
    const again = await begin(outside)
    outside.token = tokenFor(again.invitation, { at_hash: half('other') }, signer)
    await assert.rejects(again.back(), refusedWith('00128E'))
  }
})

test('an ID token of the code flow is verified like any other', async () => {
  const outside = world()
  const { back, invitation } = await begin(outside)
  outside.token = tokenFor(invitation, {}, await issuerKey('RS256', 'idp-1'))
  await assert.rejects(back(), refusedWith('00015E'))
  const parts = (await idToken({ nonce: invitation.nonce })).split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  outside.token = () => answer(200, { id_token: `${none}.${parts[1]}.` })
  await assert.rejects(back(), refusedWith('00015E'))
  outside.token = tokenFor(invitation, { exp: second - 10 })
  await assert.rejects(back(), { code: 'token_expired', message: 'CONJ00016E Token expired' })
})

test('`oidc`: reflected descriptions: nothing of what a provider answers is repeated but the code of an error', async () => {
  const script = '<script>alert(1)</script>'
  for (const [status, body, told] of [
    [400, { error: 'invalid_grant', error_description: script }, 'invalid_grant (400)'],
    [401, { error: script }, 'nothing that we know (401)'],
    [302, '', 'nothing that we know (302)'],
    [500, script, 'nothing that we know (500)'],
    [200, script, undefined],
    [200, { access_token: 'a', id_token: 7 }, undefined],
    [200, { access_token: 'a.b.c' }, undefined],
  ] as const) {
    const outside = world()
    const { back } = await begin(outside)
    outside.token = () => answer(status, body)
    await assert.rejects(back(), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /^CONJ00133E Failed to exchange the code: /)
      assert.ok(!error.message.includes('script'))
      if (told !== undefined) assert.ok(error.message.endsWith(told), error.message)
      return true
    })
  }
})

test('a provider without a safe place for codes gets none', async () => {
  for (const token_endpoint of [undefined, 'http://idp.example/token']) {
    const outside = world({ token_endpoint })
    const coming = begin(outside).then(({ back }) => back())
    await assert.rejects(coming, refusedWith('00130E'))
    assert.deepEqual(outside.requests, [])
  }
})

test('the life of access tokens is what the instance says', async () => {
  for (const [ttl, seconds] of [
    ['PT5M', 300],
    ['P1D', 86_400],
  ] as const) {
    const { back } = await begin(world(), changed(codeSettings, { 'token-ttl': ttl }))
    assert.equal((await back()).tokenSeconds, seconds)
  }
})

test('an instance for ID tokens alone takes no codes', async () => {
  const outside = world()
  const { back } = await begin(outside)
  await assert.rejects(back({}, {}, tokenSettings), refusedWith('00130E'))
  assert.deepEqual(outside.requests, [])
})
