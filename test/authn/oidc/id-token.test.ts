import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticatorType } from '#app/authenticator-table.ts'
import { AUTHENTICATORS } from '#authn/table.ts'
import { issuerKey } from '../jwt/issuer.ts'
import {
  authenticatorIn,
  changed,
  codeSettings,
  idClaims,
  idToken,
  ISSUER,
  present,
  second,
  tokenSettings,
  world,
} from './provider.ts'

const refusedWith = (code: string): { readonly code: string; readonly message: RegExp } => ({
  code: 'unauthorized',
  message: new RegExp(`^CONJ${code} `),
})

const presentedWith = async (
  changes: Readonly<Record<string, unknown>>,
  settings = tokenSettings,
): Promise<string> => (await present(world(), await idToken(changes), settings)).role

test('the table lists authn-oidc with its settings, and each proof names its user', () => {
  const authenticator = authenticatorIn(world())
  assert.ok(AUTHENTICATORS.includes(authenticator.type))
  assert.deepEqual(authenticator.settings, authenticatorType('oidc')?.fields)
  assert.equal(authenticator.namedBy(tokenSettings), 'proof')
})

test('an ID token of the provider names the user, or the host that it says', async () => {
  assert.equal(await presentedWith({}), 'acme:user:alice')
  assert.equal(await presentedWith({ preferred_username: 'host/app' }), 'acme:host:app')
  const nested = changed(tokenSettings, { 'id-token-user-property': 'profile/login' })
  const recognised = await present(world(), await idToken({ profile: { login: 'bob' } }), nested)
  assert.equal(recognised.role, 'acme:user:bob')
  assert.equal(recognised.tokenSeconds, undefined)
})

test('an ID token comes in a form or as a bearer token, and only one of them', async () => {
  const token = await idToken()
  const header = { authorization: `Bearer ${token}` }
  const nothing = { body: Buffer.of() }
  assert.ok(await present(world(), '', tokenSettings, { ...nothing, ...header }))
  await assert.rejects(present(world(), token, tokenSettings, header), refusedWith('00035E'))
  for (const body of ['', 'id_token=', 'id_token=%20', 'jwt=a.b.c']) {
    await assert.rejects(present(world(), '', tokenSettings, { body: Buffer.from(body) }), {
      code: 'bad_request',
      message: "CONJ00009E Field 'id_token' is missing or empty in request body",
    })
  }
  const twice = { body: Buffer.from(`id_token=${token}&id_token=${token}`) }
  await assert.rejects(present(world(), '', tokenSettings, twice), refusedWith('00035E'))
  await assert.rejects(present(world(), 'no.jwt'), refusedWith('00035E'))
  const huge = { body: Buffer.alloc(64 * 1024 + 1, 'a') }
  await assert.rejects(present(world(), '', tokenSettings, huge), { code: 'too_large' })
})

/** Every claim that is held against something, changed alone. */
const MUTATIONS: readonly (readonly [
  what: string,
  changes: Record<string, unknown>,
  code: string,
])[] = [
  ['another issuer', { iss: 'https://evil.example' }, '00015E'],
  ['an issuer with a slash more', { iss: `${ISSUER}/` }, '00015E'],
  ['no issuer', { iss: undefined }, '00091E'],
  ['another audience', { aud: 'other-app' }, '00015E'],
  ['an audience that only begins alike', { aud: 'strongroom-dev' }, '00015E'],
  ['no audience', { aud: undefined }, '00091E'],
  ['an empty list of audiences', { aud: [] }, '00090E'],
  ['several audiences and nobody that it was given to', { aud: ['strongroom', 'x'] }, '00128E'],
  ['another party that it was given to', { aud: ['strongroom', 'x'], azp: 'x' }, '00128E'],
  ['no end', { exp: undefined }, '00091E'],
  ['an end that is a text', { exp: '9999999999' }, '00015E'],
  ['a beginning in the future', { nbf: second + 60 }, '00015E'],
  ['a making in the future', { iat: second + 60 }, '00015E'],
  ['no making', { iat: undefined }, '00091E'],
  ['no subject', { sub: undefined }, '00091E'],
  ['an empty subject', { sub: '' }, '00091E'],
  ['nobody named', { preferred_username: undefined }, '00013E'],
  ['an empty name', { preferred_username: '' }, '00013E'],
  ['a name that is a number', { preferred_username: 7 }, '00013E'],
  ['a list of names', { preferred_username: ['alice'] }, '00013E'],
  ['a name that cannot be one', { preferred_username: 'a\u0000b' }, '00007E'],
  ['the administrator', { preferred_username: 'admin' }, '00017E'],
  ['the administrator as a user', { preferred_username: 'user/admin' }, '00017E'],
]

for (const [what, changes, code] of MUTATIONS) {
  test(`an ID token with ${what} is refused`, async () => {
    await assert.rejects(presentedWith(changes), refusedWith(code))
  })
}

test('an ID token for several services counts when it was given to the expected one', async () => {
  assert.equal(
    await presentedWith({ aud: ['x', 'strongroom'], azp: 'strongroom' }),
    'acme:user:alice',
  )
})

test('an expired ID token says so', async () => {
  await assert.rejects(presentedWith({ exp: second }), {
    code: 'token_expired',
    message: 'CONJ00016E Token expired',
  })
})

test('`oidc`: an address that its provider did not verify names nobody', async () => {
  const byEmail = changed(tokenSettings, {
    'id-token-user-property': 'email',
  }) as typeof tokenSettings
  assert.equal(await presentedWith({}, byEmail), 'acme:user:alice@example.com')
  assert.equal(
    await presentedWith({ email_verified: true }, byEmail),
    'acme:user:alice@example.com',
  )
  for (const verified of [false, 'false']) {
    await assert.rejects(
      presentedWith({ email_verified: verified }, byEmail),
      refusedWith('00013E'),
    )
  }
  assert.equal(await presentedWith({ email_verified: false }), 'acme:user:alice')
})

test('`aliases`: a name that only looks like another is somebody else', async () => {
  for (const name of ['Alice', 'alice ', ' alice', 'al\u200bice', 'аlice']) {
    assert.notEqual(await presentedWith({ preferred_username: name }), 'acme:user:alice')
  }
})

test('`oidc`: without an audience no ID token is accepted, since every service gets tokens of its users', async () => {
  const open = changed(tokenSettings, { audience: null })
  await assert.rejects(present(world(), await idToken(), open), refusedWith('00036E'))
})

test('the client id stands in for the audience', async () => {
  const both = changed(codeSettings, { 'id-token-user-property': 'preferred_username' })
  assert.ok(await present(world(), await idToken(), both))
  await assert.rejects(present(world(), await idToken({ aud: 'x' }), both), refusedWith('00015E'))
})

test('an instance for logins in a browser takes no ID tokens', async () => {
  await assert.rejects(present(world(), await idToken(), codeSettings), refusedWith('00130E'))
})

test('`jwt`: unsigned, symmetric and foreign signatures are refused', async () => {
  const forger = await issuerKey('RS256', 'idp-1')
  await assert.rejects(present(world(), await idToken({}, forger)), refusedWith('00015E'))
  const parts = (await idToken()).split('.')
  for (const alg of ['none', 'None', 'HS256']) {
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url')
    const token = [header, parts[1], parts[2]].join('.')
    const outside = world()
    await assert.rejects(present(outside, token), refusedWith('00015E'))
    assert.deepEqual(outside.asked, [])
  }
  await assert.rejects(present(world(), `${parts[0]}.${parts[1]}.`), refusedWith('00035E'))
  const embedded = await idToken({}, forger, { jwk: forger.jwk, jku: 'https://evil.example/keys' })
  const outside = world()
  await assert.rejects(present(outside, embedded), refusedWith('00015E'))
  assert.ok(outside.asked.every((url) => url.startsWith('https://idp.example/')))
})

test('what an ID token says is told as attributes, without what is about the token itself', async () => {
  const recognised = await present(world(), await idToken({ auth_time: 5, amr: ['mfa', 'pwd'] }))
  const told = await recognised.attributes(
    { role: recognised.role, annotations: new Map(), stated: [] },
    [],
  )
  assert.deepEqual(
    told.map(({ name, values, source }) => [name, values.join(' '), source]),
    [
      ['oidc.sub', idClaims['sub'], 'ID token'],
      ['oidc.email', 'alice@example.com', 'ID token'],
      ['oidc.preferred_username', 'alice', 'ID token'],
      ['oidc.auth_time', '5', 'ID token'],
      ['oidc.amr', 'mfa pwd', 'ID token'],
      ['oidc.groups', 'staff ops', 'ID token'],
    ],
  )
})

test('a setting that is declared and empty refuses everybody, and names the variable', async () => {
  for (const { variable } of authenticatorIn(world()).settings) {
    const settings = changed(tokenSettings, { [variable]: undefined })
    await assert.rejects(present(world(), await idToken(), settings), {
      code: 'unauthorized',
      message: `CONJ00037E Missing value for resource: acme:variable:conjur/authn-oidc/idp/${variable}`,
    })
  }
})

test('a setting that is malformed or lacks others refuses everybody', async () => {
  const mistakes: readonly (readonly [Record<string, string | null>, string])[] = [
    [{ 'provider-uri': null }, '00036E'],
    [{ 'id-token-user-property': null }, '00036E'],
    [{ 'client-id': 'c' }, '00036E'],
    [{ 'client-id': 'c', 'client-secret': 's' }, '00036E'],
    [{ 'claim-mapping': 'email' }, '00036E'],
    [{ 'id-token-user-property': '/x' }, '00129E'],
    [{ 'id-token-user-property': 'iss' }, '00129E'],
    [{ 'groups-claim': 'a b' }, '00129E'],
    [{ 'group-roles': 'ops' }, '00129E'],
    [{ 'group-roles': '[]' }, '00129E'],
    [{ 'group-roles': '{}' }, '00129E'],
    [{ 'group-roles': '{"ops":7}' }, '00129E'],
    [{ 'group-roles': '{"ops":"ops"}' }, '00129E'],
    [{ 'group-roles': '{"ops":"other:group:ops"}' }, '00129E'],
    [{ 'group-roles': '{"ops":"group:a","ops":"group:b"}' }, '00129E'],
    [{ 'token-ttl': '1h' }, '00134E'],
    [{ 'ca-cert': 'none' }, '00135E'],
    [{ 'ca-cert': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, '00135E'],
  ]
  for (const [changes, code] of mistakes) {
    const outside = world()
    const settings = changed(tokenSettings, changes)
    await assert.rejects(present(outside, await idToken(), settings), refusedWith(code))
    assert.deepEqual(outside.asked, [], JSON.stringify(changes))
  }
})

test('an instance without a name is none', async () => {
  const nameless = { account: 'acme', body: Buffer.of(), clientIp: '' }
  const authenticator = authenticatorIn(world())
  await assert.rejects(authenticator.recognise(nameless, tokenSettings), refusedWith('00075E'))
  const inviting = authenticator.invite?.({ account: 'acme' }, codeSettings)
  await assert.rejects(inviting ?? Promise.resolve(), refusedWith('00075E'))
})
