import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchKeys } from '#authn/jwt/fetch-keys.ts'
import type { KeySet } from '#authn/jwt/key-set.ts'
import { createSigningKeys } from '#authn/jwt/signing-keys.ts'
import {
  door,
  issuerKey,
  JWKS_URI,
  jwksOf,
  key,
  NOW,
  podClaims,
  settingsWith,
  signed,
  world,
} from './issuer.ts'

const next = await issuerKey('ES256', 'key-2')
const forger = await issuerKey('ES256', 'key-9')
const lasting = { ...podClaims, exp: NOW / 1000 + 86_400 }

test('keys are fetched once for many tokens', async () => {
  const outside = world()
  const enter = door(outside)
  const token = await signed()
  await Promise.all(Array.from({ length: 20 }, () => enter(token)))
  await enter(token)
  assert.equal(outside.asked.length, 1)
})

test('`jwt`: a key rotation race ends with one refresh for all tokens of the new key', async () => {
  const outside = world()
  const enter = door(outside)
  await enter(await signed())
  outside.pages.set(JWKS_URI, jwksOf(key, next))
  const { promise, resolve } = Promise.withResolvers<undefined>()
  outside.gate = promise
  const entries = Array.from({ length: 20 }, async () => enter(await signed(podClaims, next)))
  const old = enter(await signed())
  await old
  resolve(undefined)
  await Promise.all(entries)
  assert.equal(outside.asked.length, 2)
})

test('who finds that the keys were refreshed meanwhile does not refresh them again', async () => {
  const outside = world()
  const enter = door(outside)
  await enter(await signed())
  outside.pages.set(JWKS_URI, jwksOf(key, next))
  for (let count = 0; count < 5; count += 1) await enter(await signed(podClaims, next))
  assert.equal(outside.asked.length, 2)
})

test('a key that was replaced under its old name is found by a refresh', async () => {
  const outside = world()
  const enter = door(outside)
  await enter(await signed())
  const replaced = await issuerKey('ES256', 'key-1')
  outside.pages.set(JWKS_URI, jwksOf(replaced))
  assert.ok(await enter(await signed(podClaims, replaced)))
  await assert.rejects(enter(await signed()), { message: /^CONJ00015E/ })
})

test('a token without a kid is held against every key that fits', async () => {
  const nameless = await issuerKey('ES256', undefined)
  const others = [await issuerKey('RS256', 'r'), await issuerKey('ES256', 'e'), next]
  const enter = door(world({ [JWKS_URI]: jwksOf(...others, nameless) }))
  assert.ok(await enter(await signed(podClaims, nameless)))
  assert.ok(await enter(await signed(podClaims, { ...next, kid: undefined })))
  await assert.rejects(enter(await signed(podClaims, { ...forger, kid: undefined })), {
    message: /^CONJ00015E/,
  })
})

test('keys that cannot be read do not spoil the others', async () => {
  const broken = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' }
  const keys = JSON.stringify({ keys: [null, broken, { kty: 'unheard-of' }, key.jwk] })
  const enter = door(world({ [JWKS_URI]: keys }))
  assert.ok(await enter(await signed()))
  await assert.rejects(enter(await signed(podClaims, { ...key, kid: 'broken' })), {
    code: 'unauthorized',
    message: /^CONJ00015E/,
  })
})

test('forged tokens provoke ten fetches in five minutes and no more', async () => {
  const outside = world()
  const enter = door(outside)
  const forged = await signed(podClaims, forger)
  for (let count = 0; count < 30; count += 1) {
    await assert.rejects(enter(forged), { code: 'unauthorized', message: /^CONJ00015E/ })
  }
  assert.equal(outside.asked.length, 10)
  assert.ok(await enter(await signed()))
  outside.now = NOW + 299_999
  await assert.rejects(enter(forged), { code: 'unauthorized' })
  assert.equal(outside.asked.length, 10)
  outside.now = NOW + 300_000
  await assert.rejects(enter(forged), { code: 'unauthorized' })
  assert.equal(outside.asked.length, 11)
})

test('a source that never answered well makes the instance unavailable after ten tries', async () => {
  const outside = world({})
  const enter = door(outside)
  const token = await signed()
  for (let count = 0; count < 10; count += 1) {
    await assert.rejects(enter(token), { code: 'unauthorized', message: /^CONJ00087E/ })
  }
  await assert.rejects(enter(token), (error) => {
    assert.ok(error instanceof Error && error.cause instanceof Error)
    assert.match(error.message, /^CONJ00044E/)
    assert.match(error.cause.message, /^CONJ00087E/)
    return true
  })
  await assert.rejects(enter(token), { code: 'unavailable', status: 503 })
  assert.equal(outside.asked.length, 10)
})

test('a new source is tried at once, whatever became of the old one', async () => {
  const outside = world({ 'https://new.example/keys': jwksOf(key) })
  const enter = door(outside)
  const token = await signed()
  for (let count = 0; count < 12; count += 1) await assert.rejects(enter(token))
  const settings = settingsWith({ 'jwks-uri': 'https://new.example/keys' })
  assert.ok(await enter(token, { settings }))
})

test('thirty-two fetches of an account run at a time, and other accounts do not wait for them', async () => {
  const outside = world()
  const enter = door(outside)
  const token = await signed()
  const { promise, resolve } = Promise.withResolvers<undefined>()
  outside.gate = promise
  const slow = Array.from({ length: 32 }, (_, index) => enter(token, { service: `slow-${index}` }))
  await assert.rejects(enter(token, { service: 'd' }), {
    code: 'unavailable',
    message: /^CONJ00044E/,
  })
  const other = enter(token, { account: 'other' })
  resolve(undefined)
  await Promise.all([...slow, other])
  assert.ok(await enter(token, { service: 'd' }))
})

test('`cache-tenancy`: the keys of one account, instance or source serve no other', async () => {
  const outside = world({ [JWKS_URI]: jwksOf(key), 'https://other.example/keys': jwksOf(next) })
  const enter = door(outside)
  const token = await signed()
  const settings = settingsWith({ 'jwks-uri': 'https://other.example/keys' })
  await enter(token)
  for (const attempt of [{ account: 'other' }, { service: 'other' }, {}]) {
    await assert.rejects(enter(token, { ...attempt, settings }), { message: /^CONJ00015E/ })
  }
  await enter(token, { settings: settingsWith({ 'ca-cert': 'PEM' }) })
  assert.equal(outside.authorities.at(-1), 'PEM')
})

test('a key that was withdrawn ends after ten minutes', async () => {
  const outside = world()
  const enter = door(outside)
  const token = await signed(lasting)
  await enter(token)
  outside.pages.set(JWKS_URI, jwksOf(next))
  outside.now = NOW + 599_999
  assert.ok(await enter(token))
  outside.now = NOW + 600_000
  await assert.rejects(enter(token), { message: /^CONJ00015E/ })
})

test('while a provider is down its last keys serve for an hour', async () => {
  const outside = world()
  const enter = door(outside)
  const token = await signed(lasting)
  await enter(token)
  outside.pages.clear()
  outside.now = NOW + 3_599_999
  assert.ok(await enter(token))
  outside.now = NOW + 3_600_000
  await assert.rejects(enter(token), { code: 'unauthorized', message: /^CONJ00087E/ })
})

test('after a fetch has failed, old keys serve for half a minute before the next one', async () => {
  const outside = world()
  const enter = door(outside)
  const token = await signed(lasting)
  await enter(token)
  outside.pages.clear()
  outside.now = NOW + 600_000
  for (let count = 0; count < 20; count += 1) assert.ok(await enter(token))
  assert.equal(outside.asked.length, 2)
  outside.now = NOW + 630_000
  assert.ok(await enter(token))
  assert.equal(outside.asked.length, 3)
})

test('a provider that hangs slows nobody else, and who has its last keys waits for a moment only', async () => {
  const outside = world({ [JWKS_URI]: jwksOf(key), 'https://slow.example/keys': jwksOf(key) })
  const fetched = fetchKeys(outside.outbound)
  const keys = createSigningKeys(fetched, () => outside.now, 10)
  const of = (service: string, uri: string): Promise<KeySet> =>
    keys.of({ account: 'acme', service, source: { kind: 'jwks-uri', uri } })
  const last = await of('slow', 'https://slow.example/keys')
  outside.hanging.add('https://slow.example/keys')
  outside.now = NOW + 700_000
  const waiting = of('new', 'https://slow.example/keys')
  assert.equal(await of('slow', 'https://slow.example/keys'), last)
  assert.ok(await of('quick', JWKS_URI))
  assert.equal(await Promise.race([waiting, Promise.resolve('still waiting')]), 'still waiting')
})
