import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { Failure } from '#lib/failure.ts'
import { issuerKey, jwksOf, NOW, signed } from '../jwt/issuer.ts'
import {
  authenticatorIn,
  azure,
  CONFIGURATION,
  identityClaims,
  key,
  KEYS,
  machineClaims,
  present,
  presentTo,
  PRINCIPAL,
  PROVIDER,
  settings,
  SUBSCRIPTION,
  SYSTEM_ASSIGNED,
  TENANT,
  token,
} from './tenant.ts'

const OTHER = '11111111-2222-4333-8444-555555555555'
const second = NOW / 1000

/** What is known of somebody, as an object. */
const told = async (
  claims: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, string>>> => {
  const recognised = await presentTo(authenticatorIn(azure()), await signed(claims, key))
  const attributes = await recognised.attributes(
    { role: recognised.role, annotations: new Map(), stated: [] },
    [],
  )
  assert.ok(attributes.every(({ source }) => source === 'token'))
  return Object.fromEntries(attributes.map(({ name, values }) => [name, values.join()]))
}

const common = {
  'azure.tenant': TENANT,
  'azure.subscription': SUBSCRIPTION,
  'azure.resource-group': 'shop-prod',
  'azure.principal': PRINCIPAL,
  'azure.resource': SYSTEM_ASSIGNED.toLowerCase(),
}

test('a machine that is its own identity is told by its resource and its principal', async () => {
  const expected = { ...common, 'azure.identity.kind': 'system-assigned' }
  assert.deepEqual(await told(machineClaims), expected)
  const { role } = await present()
  assert.equal(role, 'acme:host:shop/cart')
})

test('an identity that a machine was given is told by its name, and with the machine', async () => {
  const expected = {
    ...common,
    'azure.identity.kind': 'user-assigned',
    'azure.identity': 'cart',
  }
  assert.deepEqual(await told(identityClaims), expected)
  const { 'azure.resource': _, ...alone } = expected
  assert.deepEqual(await told({ ...identityClaims, xms_az_rid: undefined }), alone)
  assert.deepEqual(await told({ ...identityClaims, xms_az_rid: 'cart' }), alone)
})

test('a resource within another is told as the bearer of an identity', async () => {
  const slot = `${SYSTEM_ASSIGNED}/extensions/x`
  const all = await told({ ...identityClaims, xms_az_rid: slot })
  assert.equal(all['azure.resource'], slot.toLowerCase())
})

test('a token of version 2 is one of the provider of that version', async () => {
  const provider = `https://login.microsoftonline.com/${TENANT}/v2.0`
  const outside = azure()
  outside.pages.set(
    `${provider}/.well-known/openid-configuration`,
    JSON.stringify({ issuer: provider, jwks_uri: KEYS }),
  )
  const configuration = new Map([['provider-uri', provider]])
  const ofTwo = await token({ iss: provider, ver: '2.0' })
  await presentTo(authenticatorIn(outside), ofTwo, configuration)
  await assert.rejects(presentTo(authenticatorIn(outside), await token(), configuration), {
    message: /^CONJ00015E .*'iss'/,
  })
  await assert.rejects(presentTo(authenticatorIn(outside), ofTwo), {
    message: /^CONJ00015E .*'iss'/,
  })
})

test('the slash at the end of the provider is one that tokens may have or not', async () => {
  for (const uri of [PROVIDER, PROVIDER.slice(0, -1)]) {
    for (const iss of [PROVIDER, PROVIDER.slice(0, -1)]) {
      const recognised = await present({ iss }, new Map([['provider-uri', uri]]))
      assert.equal(recognised.role, 'acme:host:shop/cart')
    }
  }
  await assert.rejects(present({ iss: `${PROVIDER}/` }), { message: /^CONJ00015E .*'iss'/ })
})

/** Each claim that counts, changed alone, and what becomes of it. */
const REFUSED: readonly (readonly [claim: string, value: unknown, message: RegExp])[] = [
  ['iss', `https://sts.windows.net/${OTHER}/`, /^CONJ00015E .*'iss'/],
  ['iss', PROVIDER.toUpperCase(), /^CONJ00015E .*'iss'/],
  ['iss', [PROVIDER], /^CONJ00015E .*'iss'/],
  ['iss', '', /^CONJ00090E .*'iss'/],
  ['iss', undefined, /^CONJ00091E .*'iss'/],
  ['tid', OTHER, /^CONJ00015E .*'tid'/],
  ['tid', [TENANT], /^CONJ00051E .*'tid'/],
  ['tid', '', /^CONJ00051E .*'tid'/],
  ['tid', undefined, /^CONJ00051E .*'tid'/],
  ['exp', second, /^CONJ00016E/],
  ['exp', undefined, /^CONJ00091E .*'exp'/],
  ['exp', `${second + 60}`, /^CONJ00015E .*'exp'/],
  ['nbf', second + 6, /^CONJ00015E .*'nbf'/],
  ['iat', second + 6, /^CONJ00015E .*'iat'/],
  ['oid', undefined, /^CONJ00051E .*'oid'/],
  ['oid', '', /^CONJ00051E .*'oid'/],
  ['oid', 7, /^CONJ00051E .*'oid'/],
  ['oid', 'cart', /^CONJ00051E .*'oid'/],
  ['xms_mirid', undefined, /^CONJ00051E .*'xms_mirid'/],
  ['xms_mirid', '', /^CONJ00051E .*'xms_mirid'/],
  ['xms_mirid', { a: 1 }, /^CONJ00051E .*'xms_mirid'/],
  ['xms_mirid', 'cart', /^CONJ00053E/],
]

for (const [claim, value, message] of REFUSED) {
  test(`\`jwt\`: a token whose ${claim} is ${JSON.stringify(value) ?? 'absent'} is refused`, async () => {
    await present()
    await assert.rejects(present({ [claim]: value }), { message })
  })
}

test('the clocks may differ by as much as for authn-jwt', async () => {
  await present({ nbf: second + 5, iat: second + 5, exp: second + 1 })
})

test('where an audience is set, a token for another service is refused', async () => {
  const configuration = new Map([...settings, ['audience', 'api://strongroom']])
  await present({ aud: 'api://strongroom' }, configuration)
  for (const aud of ['https://management.azure.com/', 'api://strongroom/', ['api://x'], 7]) {
    await assert.rejects(present({ aud }, configuration), { message: /^CONJ00015E .*'aud'/ })
  }
  await assert.rejects(present({ aud: undefined }, configuration), { message: /^CONJ00091E/ })
  await assert.rejects(present({ aud: '' }, configuration), { message: /^CONJ00090E/ })
})

test('`jwt`: no other algorithm than that of Azure counts, whoever has the key', async () => {
  const [rs512, es256] = await Promise.all([issuerKey('RS512', 'a'), issuerKey('ES256', 'b')])
  const outside = azure(jwksOf(key, rs512, es256))
  const authenticator = authenticatorIn(outside)
  await presentTo(authenticator, await token())
  const secret = Buffer.from(JSON.stringify(key.jwk))
  for (const forged of [
    await token({}, rs512),
    await token({}, es256),
    new UnsecuredJWT({ ...machineClaims }).encode().replace(/\.$/, '.AA'),
    await new SignJWT({ ...machineClaims })
      .setProtectedHeader({ alg: 'HS256', kid: 'azure-1' })
      .sign(secret),
  ]) {
    await assert.rejects(presentTo(authenticator, forged), { message: /^CONJ00015E .*algorithm/ })
  }
})

test('`jwt`: a key of nobody, one that the token brings along, and a body without a token are refused', async () => {
  const stranger = await issuerKey('RS256', 'azure-1')
  const authenticator = authenticatorIn(azure())
  await assert.rejects(presentTo(authenticator, await token({}, stranger)), {
    message: /^CONJ00015E .*no key/,
  })
  const brought = await token({}, stranger, { jwk: stranger.jwk, jku: 'https://evil.example' })
  await assert.rejects(presentTo(authenticator, brought), { message: /^CONJ00015E .*no key/ })
  await assert.rejects(presentTo(authenticator, ''), {
    code: 'bad_request',
    message: /^CONJ00009E/,
  })
  await assert.rejects(presentTo(authenticator, 'a.b'), { message: /^CONJ00077E/ })
})

test('a request that names nobody, or not an authenticator, is refused', async () => {
  const authenticator = authenticatorIn(azure())
  await assert.rejects(presentTo(authenticator, await token(), settings, ''), {
    code: 'unauthorized',
    message: /^CONJ00007E/,
  })
  const nameless = { account: 'acme', login: 'host/x', body: Buffer.of(), clientIp: '' }
  await assert.rejects(authenticator.recognise(nameless, settings), { message: /^CONJ00097E/ })
})

test('an address that is not that of one tenant is no provider, and nobody is asked', async () => {
  for (const uri of [
    'https://sts.windows.net/common/',
    'https://login.microsoftonline.com/organizations/v2.0',
    'https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0',
    `https://sts.windows.net/${TENANT}/x/`,
    `https://sts.windows.net/x/${TENANT}/`,
    `https://sts.windows.net/${TENANT}?x`,
    `https://sts.windows.net/${TENANT}#x`,
    `https://a@sts.windows.net/${TENANT}/`,
    `http://sts.windows.net/${TENANT}/`,
    `${PROVIDER}\nx`,
    TENANT,
  ]) {
    const outside = azure()
    await assert.rejects(
      presentTo(authenticatorIn(outside), await token(), new Map([['provider-uri', uri]])),
      { code: 'unauthorized', message: /^CONJ00037E/ },
      uri,
    )
    assert.deepEqual(outside.asked, [])
  }
  await assert.rejects(present({}, new Map()), { message: /^CONJ00036E/ })
  await assert.rejects(present({}, new Map([['provider-uri', undefined]])), {
    message: /^CONJ00037E/,
  })
})

test('a tenant in capitals is the same', async () => {
  const uri = `https://sts.windows.net/${TENANT.toUpperCase()}/`
  const outside = azure()
  outside.pages.set(
    `https://sts.windows.net/${TENANT.toUpperCase()}/.well-known/openid-configuration`,
    JSON.stringify({ issuer: uri, jwks_uri: KEYS }),
  )
  const configuration = new Map([['provider-uri', uri]])
  await presentTo(authenticatorIn(outside), await token({ iss: uri }), configuration)
})

test('a provider that cannot be had, or speaks for another tenant, lets nobody in', async () => {
  const speaking = azure()
  speaking.pages.set(
    CONFIGURATION,
    JSON.stringify({ issuer: `https://sts.windows.net/${OTHER}/`, jwks_uri: KEYS }),
  )
  const mute = azure()
  mute.pages.delete(CONFIGURATION)
  const keyless = azure()
  keyless.pages.delete(KEYS)
  const tooLate = new Failure('unreachable', 'cannot be reached', {
    cause: new DOMException('the time is over', 'TimeoutError'),
  })
  const get = async (): Promise<never> => {
    throw tooLate
  }
  for (const [outside, message] of [
    [speaking, /^CONJ00011E .*another issuer/],
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

test('a key that the provider takes away and a new one count from the moment they are known', async () => {
  const outside = azure()
  const authenticator = authenticatorIn(outside)
  await presentTo(authenticator, await token())
  const next = await issuerKey('RS256', 'azure-2')
  outside.pages.set(KEYS, jwksOf(next))
  await presentTo(authenticator, await token({}, next))
  await assert.rejects(presentTo(authenticator, await token()), { message: /^CONJ00015E/ })
})

test('a provider that hangs holds up nobody who logs in by another', async () => {
  const outside = azure()
  const authenticator = authenticatorIn(outside)
  const other = `https://sts.windows.net/${OTHER}/`
  outside.hanging.add(`${other}.well-known/openid-configuration`)
  const hung = presentTo(
    authenticator,
    await token({ iss: other, tid: OTHER }),
    new Map([['provider-uri', other]]),
  ).then(() => 'answered')
  const configuration = new Map([['provider-uri', PROVIDER]])
  const answered = authenticator
    .recognise(
      {
        account: 'acme',
        service: 'test',
        login: 'host/x',
        body: Buffer.from(`jwt=${await token()}`),
        clientIp: '',
      },
      configuration,
    )
    .then(({ role }) => role)
  assert.equal(await Promise.race([hung, answered]), 'acme:host:x')
})

test('`error-canary`: a refusal names claims and never their values', async () => {
  for (const changes of [
    { xms_mirid: '/subscriptions/CANARY/resourcegroups/x/providers/a/b/c' },
    { xms_mirid: 'CANARY' },
    { tid: 'CANARY' },
    { oid: 'CANARY' },
    { iss: 'CANARY' },
  ]) {
    await assert.rejects(
      present(changes),
      (error) => error instanceof Error && !/CANARY/.test(error.message),
    )
  }
})
