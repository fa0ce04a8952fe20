import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import type { Recognised } from '#app/authenticator.ts'
import { Failure } from '#lib/failure.ts'
import { issuerKey, jwksOf, NOW, signed } from '../jwt/issuer.ts'
import {
  accountClaims,
  authenticatorIn,
  CONFIGURATION,
  engine,
  google,
  instanceClaims,
  key,
  KEYS,
  present,
  presentTo,
  PROVIDER,
  token,
} from './google.ts'

const second = NOW / 1000

const told = async (recognised: Recognised): Promise<Readonly<Record<string, string>>> => {
  const { role } = recognised
  const attributes = await recognised.attributes({ role, annotations: new Map(), stated: [] }, [])
  assert.ok(attributes.every(({ source }) => source === 'token'))
  return Object.fromEntries(attributes.map(({ name, values }) => [name, values.join()]))
}

const account = {
  'gcp.service-account.id': '112179062720391305885',
  'gcp.service-account.email': 'cart@shop-prod.iam.gserviceaccount.com',
}

test('an instance is told by its project, its zone, its name and id, and its service account', async () => {
  const recognised = await present()
  assert.equal(recognised.role, 'acme:host:shop/cart')
  assert.deepEqual(await told(recognised), {
    ...account,
    'gcp.project': 'shop-prod',
    'gcp.project.number': '1071284184436',
    'gcp.zone': 'europe-west1-b',
    'gcp.instance.name': 'cart-1',
    'gcp.instance.id': '4570452845155348778',
  })
})

test('what is no instance is told by its service account alone', async () => {
  const recognised = await presentTo(authenticatorIn(google()), await signed(accountClaims, key))
  assert.deepEqual(await told(recognised), account)
})

test('claims that are no texts tell nothing', async () => {
  for (const odd of [
    null,
    [],
    'x',
    { compute_engine: null },
    { compute_engine: { project_id: ['shop-prod'], instance_name: { x: 1 }, zone: '' } },
  ]) {
    assert.deepEqual(await told(await present({ google: odd })), account)
  }
})

test('the audience names the role: a host, or a user', async () => {
  for (const [login, role] of [
    ['host/cart', 'acme:host:cart'],
    ['host/shop/eu/cart', 'acme:host:shop/eu/cart'],
    ['alice', 'acme:user:alice'],
    ['user/alice', 'acme:user:alice'],
  ] as const) {
    assert.equal((await present({ aud: `conjur/acme/${login}` })).role, role)
  }
})

/** Each claim that counts, changed alone, and what becomes of it. */
const REFUSED: readonly (readonly [claim: string, value: unknown, message: RegExp])[] = [
  ['iss', 'accounts.google.com', /^CONJ00015E .*'iss'/],
  ['iss', `${PROVIDER}/`, /^CONJ00015E .*'iss'/],
  ['iss', 'https://accounts.google.com.evil.example', /^CONJ00015E .*'iss'/],
  ['iss', undefined, /^CONJ00091E .*'iss'/],
  ['exp', second, /^CONJ00016E/],
  ['exp', undefined, /^CONJ00091E .*'exp'/],
  ['iat', second + 6, /^CONJ00015E .*'iat'/],
  ['nbf', second + 6, /^CONJ00015E .*'nbf'/],
  ['aud', undefined, /^CONJ00051E .*'aud'/],
  ['aud', '', /^CONJ00051E .*'aud'/],
  ['aud', 'https://cart.example', /^CONJ00067E/],
  ['aud', 'conjur/acme', /^CONJ00067E/],
  ['aud', 'conjur/acme/', /^CONJ00067E/],
  ['aud', 'conjur//host/shop/cart', /^CONJ00067E/],
  ['aud', 'Conjur/acme/host/shop/cart', /^CONJ00067E/],
  ['aud', '/conjur/acme/host/shop/cart', /^CONJ00067E/],
  ['aud', ['conjur/acme/host/shop/cart'], /^CONJ00067E/],
  ['aud', { 0: 'conjur/acme/host/shop/cart' }, /^CONJ00067E/],
  ['aud', 'conjur/beta/host/shop/cart', /^CONJ00070E/],
  ['aud', 'conjur/acme2/host/shop/cart', /^CONJ00070E/],
  ['aud', 'conjur/ACME/host/shop/cart', /^CONJ00070E/],
  ['aud', 'conjur/acme/host/shop\ncart', /^CONJ00007E/],
  ['aud', 'conjur/acme/host/', /^CONJ00007E/],
  ['sub', undefined, /^CONJ00051E .*'sub'/],
  ['sub', '', /^CONJ00051E .*'sub'/],
  ['sub', ['112179062720391305885'], /^CONJ00051E .*'sub'/],
  ['email_verified', false, /^CONJ00015E .*'email'/],
  ['email_verified', 'true', /^CONJ00015E .*'email'/],
  ['email_verified', undefined, /^CONJ00015E .*'email'/],
]

for (const [claim, value, message] of REFUSED) {
  test(`\`jwt\`: a token whose ${claim} is ${JSON.stringify(value) ?? 'absent'} is refused`, async () => {
    await present()
    await assert.rejects(present({ [claim]: value }), { message })
  })
}

test('`jwt`: no other algorithm than that of Google counts, whoever has the key', async () => {
  const [ps256, es256] = await Promise.all([issuerKey('PS256', 'a'), issuerKey('ES256', 'b')])
  const authenticator = authenticatorIn(google(jwksOf(key, ps256, es256)))
  await presentTo(authenticator, await token())
  for (const forged of [
    await token({}, ps256),
    await token({}, es256),
    new UnsecuredJWT({ ...instanceClaims }).encode().replace(/\.$/, '.AA'),
    await new SignJWT({ ...instanceClaims })
      .setProtectedHeader({ alg: 'HS256', kid: 'google-1' })
      .sign(Buffer.from(JSON.stringify(key.jwk))),
  ]) {
    await assert.rejects(presentTo(authenticator, forged), { message: /^CONJ00015E .*algorithm/ })
  }
})

test('`jwt`: a key of nobody, one that the token brings along, and a body without a token are refused', async () => {
  const stranger = await issuerKey('RS256', 'google-1')
  const authenticator = authenticatorIn(google())
  for (const header of [{}, { jwk: stranger.jwk, jku: 'https://evil.example', x5u: 'x' }]) {
    await assert.rejects(presentTo(authenticator, await token({}, stranger, header)), {
      message: /^CONJ00015E .*no key/,
    })
  }
  await assert.rejects(presentTo(authenticator, ''), {
    code: 'bad_request',
    message: /^CONJ00009E/,
  })
  await assert.rejects(presentTo(authenticator, 'x'), { message: /^CONJ00077E/ })
})

test('`tenancy`: the token of a role of one account is nothing in another', async () => {
  const authenticator = authenticatorIn(google())
  const forBeta = await token({ aud: 'conjur/beta/host/shop/cart' })
  assert.equal((await presentTo(authenticator, forBeta, 'beta')).role, 'beta:host:shop/cart')
  await assert.rejects(presentTo(authenticator, forBeta), { message: /^CONJ00070E/ })
})

test('Google is asked for its keys once, at its own address', async () => {
  const outside = google()
  const authenticator = authenticatorIn(outside)
  for (const changes of [{}, { aud: 'conjur/acme/host/x' }, {}]) {
    await presentTo(authenticator, await token(changes))
  }
  assert.deepEqual(outside.asked, [CONFIGURATION, KEYS])
})

test('a provider that cannot be had, or speaks for another, lets nobody in', async () => {
  const speaking = google()
  speaking.pages.set(CONFIGURATION, JSON.stringify({ issuer: 'https://x.example', jwks_uri: KEYS }))
  const plain = google()
  plain.pages.set(CONFIGURATION, JSON.stringify({ issuer: PROVIDER, jwks_uri: 'http://x.example' }))
  const mute = google()
  mute.pages.delete(CONFIGURATION)
  const keyless = google()
  keyless.pages.delete(KEYS)
  const tooLate = new Failure('unreachable', 'cannot be reached', {
    cause: new DOMException('the time is over', 'TimeoutError'),
  })
  const get = async (): Promise<never> => {
    throw tooLate
  }
  for (const [outside, message] of [
    [speaking, /^CONJ00011E .*another issuer/],
    [plain, /^CONJ00011E .*secure/],
    [mute, /^CONJ00011E The provider cannot be discovered: no such page/],
    [keyless, /^CONJ00012E The keys of the provider cannot be fetched: no such page/],
    [
      { ...mute, outbound: { ...mute.outbound, get } },
      /^CONJ00010E The provider did not answer in time/,
    ],
  ] as const) {
    await assert.rejects(presentTo(authenticatorIn(outside), await token()), {
      code: 'unauthorized',
      message,
    })
  }
})

test('a key that Google takes away and a new one count from the moment they are known', async () => {
  const outside = google()
  const authenticator = authenticatorIn(outside)
  await presentTo(authenticator, await token())
  const next = await issuerKey('RS256', 'google-2')
  outside.pages.set(KEYS, jwksOf(next))
  await presentTo(authenticator, await token({}, next))
  await assert.rejects(presentTo(authenticator, await token()), { message: /^CONJ00015E/ })
})

test('once keys are known, a provider that hangs holds up nobody', async () => {
  const outside = google()
  const authenticator = authenticatorIn(outside)
  await presentTo(authenticator, await token())
  outside.hanging.add(CONFIGURATION)
  await presentTo(authenticator, await token())
})

test('`error-canary`: a refusal names claims and never their values', async () => {
  for (const changes of [
    { aud: 'CANARY' },
    { aud: 'conjur/CANARY/host/x' },
    { iss: 'CANARY' },
    { email: 'CANARY', email_verified: false },
    { google: { compute_engine: { ...engine, project_id: 'CANARY' } }, sub: '' },
  ]) {
    await assert.rejects(
      present(changes),
      (error) => error instanceof Error && !/CANARY/.test(error.message),
    )
  }
})
