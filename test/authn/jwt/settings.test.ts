import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticatorType } from '#app/authenticator-table.ts'
import { createOutbound } from '#authn/outbound.ts'
import { AUTHENTICATORS } from '#authn/table.ts'
import { Failure } from '#lib/failure.ts'
import {
  authenticatorIn,
  door,
  JWKS_URI,
  jwksOf,
  key,
  podClaims,
  settingsWith,
  signed,
  world,
} from './issuer.ts'

const publicKeys = JSON.stringify({ type: 'jwks', value: { keys: [key.jwk] } })
const provider = 'https://issuer.example/realms/shop'
const discovery = `${provider}/.well-known/openid-configuration`
const providerPages = {
  [discovery]: JSON.stringify({ issuer: provider, jwks_uri: 'https://issuer.example/keys' }),
  'https://issuer.example/keys': jwksOf(key),
}

/** Settings with another source of keys. */
const from = (
  source: Readonly<Record<string, string | null | undefined>>,
): ReadonlyMap<string, string | undefined> => settingsWith({ 'jwks-uri': null, ...source })

test('the table lists authn-jwt with the names of its settings', () => {
  assert.ok(AUTHENTICATORS.includes('authn-jwt'))
  assert.deepEqual(authenticatorIn(world()).settings, authenticatorType('jwt')?.fields)
})

test('a setting that is declared but empty refuses everybody, and names the variable', async () => {
  const { settings } = authenticatorIn(world())
  const recognise = door()
  const token = await signed()
  for (const { variable: name } of settings) {
    for (const value of [undefined, '', ' \n']) {
      await assert.rejects(recognise(token, { settings: settingsWith({ [name]: value }) }), {
        code: 'unauthorized',
        message: `CONJ00037E Missing value for resource: acme:variable:conjur/authn-jwt/kube/${name}`,
      })
    }
  }
})

test('white space around a value does no harm', async () => {
  const settings = settingsWith({ 'jwks-uri': `${JWKS_URI}\n`, audience: ' strongroom ' })
  assert.ok(await door()(await signed(), { settings }))
})

test('exactly one source of keys is configured', async () => {
  const recognise = door()
  const token = await signed()
  for (const settings of [
    from({}),
    settingsWith({ 'provider-uri': provider }),
    settingsWith({ 'public-keys': publicKeys }),
    from({ 'provider-uri': provider, 'public-keys': publicKeys }),
    from({ 'public-keys': publicKeys, 'ca-cert': 'PEM' }),
    from({ 'public-keys': publicKeys, issuer: null }),
  ]) {
    await assert.rejects(recognise(token, { settings }), {
      code: 'unauthorized',
      message: /^CONJ00122E/,
    })
  }
})

test('keys come from a setting, without a call', async () => {
  const outside = world()
  assert.ok(await door(outside)(await signed(), { settings: from({ 'public-keys': publicKeys }) }))
  assert.deepEqual(outside.asked, [])
})

test('public-keys that are malformed are refused, and not quoted', async () => {
  const token = await signed()
  for (const [value, message] of [
    ['CANARY', /^CONJ00120E/],
    ['[]', /^CONJ00120E/],
    ['{"type":"jwks"}', /^CONJ00120E/],
    [`{"type":"pem","value":{"keys":[]}}`, /^CONJ00121E/],
    [jwksOf(key), /^CONJ00121E/],
    ['{"type":"jwks","value":{"keys":[]}}', /^CONJ00088E/],
    ['{"type":"jwks","value":{"keys":{}}}', /^CONJ00088E/],
    ['{"type":"jwks","value":{"keys":[1,{}]}}', /^CONJ00088E/],
  ] as const) {
    await assert.rejects(door()(token, { settings: from({ 'public-keys': value }) }), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, message)
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /CANARY/)
      return true
    })
  }
})

test('keys come from where a provider says that they are', async () => {
  const outside = world(providerPages)
  const settings = from({ 'provider-uri': provider, issuer: null })
  assert.ok(await door(outside)(await signed({ ...podClaims, iss: provider }), { settings }))
  assert.deepEqual(outside.asked, [discovery, 'https://issuer.example/keys'])
})

test('a slash at the end of the provider is part of the issuer and not of the path', async () => {
  const outside = world(providerPages)
  const settings = from({ 'provider-uri': `${provider}/`, issuer: null })
  const enter = door(outside)
  assert.ok(await enter(await signed({ ...podClaims, iss: `${provider}/` }), { settings }))
  assert.equal(outside.asked[0], discovery)
  await assert.rejects(enter(await signed({ ...podClaims, iss: provider }), { settings }), {
    message: /^CONJ00015E/,
  })
})

test('a provider that speaks for another, or leads to plain HTTP, is refused', async () => {
  const token = await signed()
  for (const configuration of [
    'x',
    '[]',
    '{}',
    JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://issuer.example/keys' }),
    JSON.stringify({ issuer: provider }),
    JSON.stringify({ issuer: provider, jwks_uri: 'http://issuer.example/keys' }),
    JSON.stringify({ issuer: provider, jwks_uri: ['https://issuer.example/keys'] }),
  ]) {
    const outside = world({ ...providerPages, [discovery]: configuration })
    await assert.rejects(door(outside)(token, { settings: from({ 'provider-uri': provider }) }), {
      code: 'unauthorized',
      message: /^CONJ00011E/,
    })
    assert.deepEqual(outside.asked, [discovery])
  }
})

test('a source that does not answer, or not with keys, is refused with its reason as the cause', async () => {
  const token = await signed()
  await assert.rejects(door(world({}))(token), (error) => {
    assert.ok(error instanceof Error && error.cause instanceof Error)
    assert.match(error.message, /^CONJ00087E/)
    assert.equal(error.cause.message, 'no such page')
    return true
  })
  const settings = from({ 'provider-uri': provider })
  await assert.rejects(door(world({}))(token, { settings }), { message: /^CONJ00011E/ })
  for (const [page, message] of [
    ['<html>', /^CONJ00093E/],
    ['[]', /^CONJ00093E/],
    ['{}', /^CONJ00088E/],
    ['{"keys":[]}', /^CONJ00088E/],
  ] as const) {
    await assert.rejects(door(world({ [JWKS_URI]: page }))(token), {
      code: 'unauthorized',
      message,
    })
  }
})

test('the issuer is the configured one, else the provider, else the host of the keys', async () => {
  const named = await signed({ ...podClaims, iss: 'kube.example' })
  const settings = settingsWith({ issuer: null })
  assert.ok(await door()(named, { settings }))
  await assert.rejects(door()(await signed(), { settings }), { message: /^CONJ00015E/ })
  await assert.rejects(door()(named), { message: /^CONJ00015E/ })
})

test('a jwks-uri that is none, or that names no host, determines no issuer', async () => {
  const token = await signed()
  for (const [uri, message] of [
    ['kube.example', /^CONJ00080E/],
    ['https://', /^CONJ00080E/],
    ['file:///etc/passwd', /^CONJ00079E/],
  ] as const) {
    const settings = settingsWith({ 'jwks-uri': uri, issuer: null })
    await assert.rejects(door()(token, { settings }), { code: 'unauthorized', message })
  }
})

test('the authorities of ca-cert vouch for every call, and no others', async () => {
  const outside = world(providerPages)
  const settings = from({ 'provider-uri': provider, 'ca-cert': 'PEM', issuer: null })
  await door(outside)(await signed({ ...podClaims, iss: provider }), { settings })
  assert.deepEqual(outside.authorities, ['PEM', 'PEM'])
})

test('lists and paths that are malformed refuse everybody', async () => {
  const recognise = door()
  const token = await signed()
  for (const [name, value, message] of [
    ['token-app-property', 'a b', /^CONJ00117E/],
    ['token-app-property', '/sub', /^CONJ00117E/],
    ['token-app-property', 'a//b', /^CONJ00117E/],
    ['enforced-claims', 'a,,b', /^CONJ00107E/],
    ['enforced-claims', 'a,', /^CONJ00107E/],
    ['enforced-claims', 'a, a', /^CONJ00108E/],
    ['enforced-claims', 'a b', /^CONJ00104E/],
    ['enforced-claims', 'a,exp', /^CONJ00105E/],
    ['claim-aliases', 'a:b,', /^CONJ00110E/],
    ['claim-aliases', 'a', /^CONJ00111E/],
    ['claim-aliases', 'a:', /^CONJ00111E/],
    ['claim-aliases', 'a:b:c', /^CONJ00111E/],
    ['claim-aliases', 'a/b:c', /^CONJ00114E/],
    ['claim-aliases', 'a:b,a:c', /^CONJ00113E/],
    ['claim-aliases', 'a:c,b:c', /^CONJ00113E/],
    ['claim-aliases', 'a:b c', /^CONJ00104E/],
    ['claim-aliases', 'a:iss', /^CONJ00105E/],
    ['claim-aliases', 'aud:a', /^CONJ00105E/],
  ] as const) {
    const settings = settingsWith({ [name]: value })
    await assert.rejects(
      recognise(token, { settings }),
      { code: 'unauthorized', message },
      `${name}: ${value}`,
    )
  }
})

test('`jwt`: no jwks-uri or provider, and no keys of a provider, lead to the metadata of a cloud or to this server (SSRF)', async () => {
  const outbound = createOutbound({
    allow: [],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  })
  const token = await signed()
  for (const host of ['169.254.169.254', 'localhost', 'kube.example', '[::1]']) {
    for (const source of [
      { 'jwks-uri': `http://${host}/` },
      { 'provider-uri': `http://${host}` },
    ]) {
      await assert.rejects(
        door({ ...world(), outbound })(token, { settings: from(source) }),
        (error) => {
          assert.ok(error instanceof Failure && error.cause instanceof Failure)
          assert.equal(error.code, 'unauthorized')
          assert.equal(error.cause.code, 'forbidden')
          return true
        },
      )
    }
  }
})
