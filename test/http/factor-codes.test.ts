import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import {
  assertRefused,
  bearerOf,
  begun,
  claimsOf,
  confirm,
  enrolled,
  factorsOf,
  mfaPath,
  openFactorScene,
  recover,
  verify,
} from './factor-scene.ts'
import { ACCOUNT, assertSilent, mustBe, secretPath } from './harness.ts'

const remove = (caller: Caller, id: string): Promise<Reply> =>
  caller.send({ method: 'DELETE', path: mfaPath('factor', { id }) })

/** Asks for something that any good token gets. */
const isLiving = async (caller: Caller): Promise<boolean> =>
  (await caller.get('/whoami')).status === 200

test('an authenticator app is enrolled by a code of it, with recovery codes and a token that says so', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  assert.deepEqual(await factorsOf(alice), { factors: [], recovery_codes_left: 0 })
  const { id, secret } = await begun(alice, 'phone')
  assert.deepEqual((await factorsOf(alice)).factors, [], 'what is pending is no factor')
  const body = mustBe(200, await confirm(alice, id, scene.code(secret))).json as {
    readonly factor: object
    readonly recovery_codes: readonly string[]
    readonly token: unknown
  }
  const listed = await factorsOf(alice)
  assert.deepEqual(listed.factors, [body.factor])
  assert.equal(listed.recovery_codes_left, 10)
  const [factor] = listed.factors
  assert.equal(factor?.kind, 'totp')
  assert.equal(factor.name, 'phone')
  assert.equal(factor.created_at, new Date(scene.now).toISOString())
  assert.equal(factor.last_used_at, null)
  const { amr, auth_time: provenAt, iat, exp } = claimsOf(body.token)
  assert.deepEqual(amr, ['otp', 'mfa'])
  assert.equal(provenAt, scene.now / 1000)
  assert.equal(Number(exp) - Number(iat), 480)
  assert.ok(await isLiving(bearerOf(scene, body.token)))
})

test('what an app is given names whose it is, and its name is the usual one when none is given', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const reply = mustBe(201, await alice.post(mfaPath('totpFactors')))
  const { uri, secret, expires_at: expiresAt } = reply.json as Readonly<Record<string, string>>
  assert.match(String(uri), /^otpauth:\/\/totp\/Strongroom:alice%40acme\?/)
  assert.equal(new URL(String(uri)).searchParams.get('secret'), secret)
  assert.equal(expiresAt, new Date(scene.now + 600_000).toISOString())
  const { body, caller } = await enrolled(scene, alice)
  assert.equal(body.factor.name, 'authenticator app')
  const longest = '\u{1F4F1}'.repeat(60)
  assert.equal((await enrolled(scene, caller, longest)).body.factor.name, longest)
})

test('a code is exchanged for a token that says that a factor was proven, and when', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { secret, body } = await enrolled(scene, alice)
  const reply = mustBe(200, await verify(alice, scene.code(secret)))
  assert.deepEqual(claimsOf(reply.json)['amr'], ['otp', 'mfa'])
  assert.equal(claimsOf(reply.json)['auth_time'], scene.now / 1000)
  const [factor] = (await factorsOf(alice)).factors
  assert.equal(factor?.id, body.factor.id)
  assert.equal(factor.last_used_at, new Date(scene.now).toISOString())
  scene.later()
  const asked = { 'Accept-Encoding': 'base64' }
  const path = mfaPath('mfaVerification')
  const encoded = await alice.post(path, JSON.stringify({ code: scene.code(secret) }), asked)
  assert.equal(mustBe(200, encoded).headers['content-encoding'], 'base64')
  assert.ok(JSON.parse(Buffer.from(encoded.text, 'base64').toString('utf8')))
})

test('who has several apps proves any of them, and the one that was used is noted', async () => {
  await using scene = await openFactorScene()
  const phone = await enrolled(scene, await scene.as('alice'), 'phone')
  const tablet = await enrolled(scene, phone.caller, 'tablet')
  const alice = await scene.as('alice')
  mustBe(200, await verify(alice, scene.code(tablet.secret)))
  const used = (await factorsOf(alice)).factors.map(({ name, last_used_at: at }) => [name, at])
  assert.deepEqual(used, [
    ['phone', null],
    ['tablet', new Date(scene.now).toISOString()],
  ])
  mustBe(200, await verify(alice, scene.code(phone.secret)))
})

test('a stepped-up token keeps the addresses to which the other one was bound', async () => {
  await using scene = await openFactorScene()
  const { secret } = await enrolled(scene, await scene.as('alice'))
  const alice = await scene.as('alice')
  const generation = claimsOf(mustBe(200, await verify(alice, scene.code(secret))).json)['jti']
  const bound = bearerOf(
    scene,
    await scene.tokens.issue(`${ACCOUNT}:user:alice` as never, String(generation), {
      cidrs: ['127.0.0.0/8'],
    }),
  )
  scene.later()
  const reply = mustBe(200, await verify(bound, scene.code(secret)))
  assert.deepEqual(claimsOf(reply.json)['cidr'], ['127.0.0.0/8'])
})

test('`totp-reuse`: a code is good once, also the one that enrolled the app, at once, with spaces and on another node', async () => {
  await using scene = await openFactorScene()
  await using elsewhere = await openFactorScene({ database: scene.database })
  const alice = await scene.as('alice')
  const { id, secret } = await begun(alice)
  const first = scene.code(secret)
  mustBe(200, await confirm(alice, id, first))
  assertRefused(403, 'mfa_refused', await verify(alice, first))
  scene.later()
  elsewhere.now = scene.now
  const code = scene.code(secret)
  const there = await elsewhere.as('alice')
  const spelled = [code, ` ${code}`, `${code.slice(0, 3)} ${code.slice(3)}`, `${code}\u00A0`]
  const replies = await Promise.all(
    spelled.flatMap((text) => [verify(alice, text), verify(there, text)]),
  )
  const taken = replies.filter(({ status }) => status === 200)
  assert.equal(taken.length, 1)
  for (const { status } of replies) assert.ok([200, 403, 429].includes(status))
})

test('`totp-reuse`: a code that was used is not good in the next time step either, whose own code still is', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { secret } = await enrolled(scene, alice)
  const code = scene.code(secret)
  mustBe(200, await verify(alice, code))
  scene.later()
  assertRefused(403, 'mfa_refused', await verify(alice, code))
  mustBe(200, await verify(alice, scene.code(secret)))
})

test('a code of one time step ago or ahead is taken, one of two is not', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { secret } = await enrolled(scene, alice)
  scene.later()
  for (const steps of [-2, 2]) {
    assertRefused(403, 'mfa_refused', await verify(alice, scene.code(secret, steps)))
  }
  for (const steps of [-1, 1]) mustBe(200, await verify(alice, scene.code(secret, steps)))
})

test('`aliases`: wrong codes of apps and recovery codes share one counter, which locks on all nodes and says for how long', async () => {
  await using scene = await openFactorScene()
  await using elsewhere = await openFactorScene({ database: scene.database })
  const { secret, codes } = await enrolled(scene, await scene.as('alice'))
  elsewhere.now = scene.now
  const [alice, there] = [await scene.as('alice'), await elsewhere.as('user/alice')]
  assertRefused(403, 'mfa_refused', await verify(alice, '000000'))
  assertRefused(403, 'mfa_refused', await recover(alice, '0000-0000-0000-0000'))
  assertRefused(403, 'mfa_refused', await verify(there, 'nonsense'))
  assertRefused(403, 'mfa_refused', await recover(there, ''))
  assertRefused(403, 'mfa_refused', await verify(alice, '000001'))
  for (const caller of [alice, there]) {
    const locked = await verify(caller, scene.code(secret))
    assertRefused(429, 'mfa_locked', locked)
    assert.equal(locked.headers['retry-after'], '30')
  }
  assertRefused(429, 'mfa_locked', await recover(there, String(codes[0])))
  scene.now += 30_000
  mustBe(200, await verify(alice, scene.code(secret)))
})

test('a right code takes back the wrong ones before it', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { secret } = await enrolled(scene, alice)
  for (const turn of [1, 2, 3]) {
    for (const wrong of ['000000', '000001', '000002', '000003']) {
      assertRefused(403, 'mfa_refused', await verify(alice, wrong))
    }
    assert.equal((await verify(alice, scene.code(secret))).status, 200, String(turn))
    scene.later()
  }
})

test('a hundred guesses at once are no more than a hundred one after the other', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  await enrolled(scene, alice)
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, guess) => verify(alice, String(guess).padStart(6, '0'))),
  )
  assert.equal(replies.filter(({ status }) => status !== 429).length, 5)
})

test('codes are limited where passwords are not', async () => {
  await using scene = await openFactorScene({ settings: { loginAttempts: 0 } })
  const alice = await scene.as('alice')
  const { secret } = await enrolled(scene, alice)
  for (const wrong of ['000000', '000001', '000002', '000003', '000004']) {
    assertRefused(403, 'mfa_refused', await verify(alice, wrong))
  }
  assertRefused(429, 'mfa_locked', await verify(alice, scene.code(secret)))
})

test('a recovery code is good once, however it is written, and steps up under a word of its own', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { codes } = await enrolled(scene, alice)
  const [code = '', other = ''] = codes
  const reply = mustBe(200, await recover(alice, code.toLowerCase().replaceAll('-', ' ')))
  assert.deepEqual(claimsOf(reply.json)['amr'], ['recovery', 'mfa'])
  assertRefused(403, 'mfa_refused', await recover(alice, code))
  assert.equal((await factorsOf(alice)).recovery_codes_left, 9)
  mustBe(200, await recover(alice, other))
})

test('of many who use one recovery code at a time one gets a token', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { codes } = await enrolled(scene, alice)
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => recover(alice, String(codes[0]))),
  )
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
})

test('what is pending is confirmed by its owner, by a code of it, within ten minutes and under the same credential', async () => {
  await using scene = await openFactorScene()
  const [alice, reader] = [await scene.as('alice'), await scene.as('reader')]
  const { id, secret } = await begun(alice)
  assertRefused(404, 'not_found', await confirm(reader, id, scene.code(secret)))
  assertRefused(404, 'not_found', await confirm(alice, 'AAAA', scene.code(secret)))
  const altered = `${id.slice(0, -4)}${id.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
  assertRefused(404, 'not_found', await confirm(alice, altered, scene.code(secret)))
  assertRefused(403, 'mfa_refused', await confirm(alice, id, '000000'))
  assertRefused(422, 'parameter_missing', await confirm(alice, id, ''))
  scene.now += 600_000
  const renewed = await scene.as('alice')
  assertRefused(404, 'not_found', await confirm(renewed, id, scene.code(secret)))
  assert.deepEqual((await factorsOf(renewed)).factors, [])
})

test('what was confirmed cannot be confirmed again, not even after it was removed', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { id, secret } = await begun(alice)
  const body = mustBe(200, await confirm(alice, id, scene.code(secret))).json
  const { token, factor } = body as { readonly token: unknown; readonly factor: { id: string } }
  const fresh = bearerOf(scene, token)
  scene.later()
  assertRefused(409, 'conflict', await confirm(fresh, id, scene.code(secret)))
  scene.later()
  const after = scene.bearer(await remove(fresh, factor.id))
  assertRefused(404, 'not_found', await confirm(after, id, scene.code(secret)))
})

test('a person without factors is told so, and that costs no attempt', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  for (const code of ['1', '2', '3', '4', '5', '6', '7']) {
    assertRefused(409, 'conflict', await verify(alice, code))
  }
  const { secret } = await enrolled(scene, alice)
  mustBe(200, await verify(alice, scene.code(secret)))
})

test('a body that is none of these is refused', async () => {
  await using scene = await openFactorScene()
  const { caller } = await enrolled(scene, await scene.as('alice'))
  const post = (path: string, body: unknown): Promise<Reply> =>
    caller.post(path, typeof body === 'string' ? body : JSON.stringify(body))
  const verification = mfaPath('mfaVerification')
  assertSilent(400, await post(verification, '{'))
  assertSilent(400, await post(verification, '[]'))
  for (const body of ['', '{}', { code: '' }, { code: null }]) {
    assertRefused(422, 'parameter_missing', await post(verification, body))
  }
  for (const body of [{ code: 1 }, { code: '1', recovery_code: '2' }, { code: '1', more: 1 }]) {
    assertRefused(422, 'argument_error', await post(verification, body))
  }
  for (const name of ['', ' ', 'a\nb', 'x'.repeat(61), 'a\u202Eb', 7]) {
    assertRefused(422, 'argument_error', await post(mfaPath('totpFactors'), { name }))
  }
  assertRefused(413, 'too_large', await post(verification, { code: '0'.repeat(5000) }))
})

test('a secret that is read back in another place does not open', async () => {
  await using scene = await openFactorScene()
  const alice = await enrolled(scene, await scene.as('alice'))
  const reader = await enrolled(scene, await scene.as('reader'))
  const [ofAlice] = (await scene.store.factorsOf(`${ACCOUNT}:user:alice` as never)).factors
  const [ofReader] = (await scene.store.factorsOf(`${ACCOUNT}:user:reader` as never)).factors
  assert.ok(ofAlice?.kind === 'totp' && ofReader?.kind === 'totp')
  const { sealedSecret } = ofReader
  await scene.store.change(ACCOUNT, async (transaction) => {
    await transaction.removeFactor(ofAlice.role, ofAlice.id)
    await transaction.addFactor({ ...ofAlice, sealedSecret })
  })
  const reply = await verify(alice.caller, scene.code(reader.secret))
  assert.equal(reply.status, 500)
})

test('a token that was stepped up opens what demands a factor, and an ordinary one is told what to do', async () => {
  await using scene = await openFactorScene()
  await scene.set('db', 'value')
  await scene.load('- !variable { id: db, annotations: { strongroom/require-mfa: execute } }')
  const alice = await scene.as('alice')
  const { secret } = await enrolled(scene, alice)
  assertRefused(403, 'mfa_required', await alice.get(secretPath('db')))
  const stepped = scene.bearer(await verify(alice, scene.code(secret)))
  assert.equal(mustBe(200, await stepped.get(secretPath('db'))).text, 'value')
  scene.now += 301_000
  assertRefused(403, 'mfa_required', await stepped.get(secretPath('db')))
})
