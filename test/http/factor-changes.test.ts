import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecoveryCodes } from '#api/mfa-wire.ts'
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
import { ACCOUNT, assertSilent, mustBe } from './harness.ts'
import { TEST_SETTINGS } from './test-settings.ts'

const remove = (caller: Caller, id: string): Promise<Reply> =>
  caller.send({ method: 'DELETE', path: mfaPath('factor', { id }) })

const reset = (caller: Caller, role: string): Promise<Reply> =>
  caller.send({ method: 'DELETE', path: `${mfaPath('factors')}?role=${encodeURIComponent(role)}` })

/** Asks for something that any good token gets. */
const isLiving = async (caller: Caller): Promise<boolean> =>
  (await caller.get('/whoami')).status === 200

test('new recovery codes end the old ones', async () => {
  await using scene = await openFactorScene()
  const { caller, codes } = await enrolled(scene, await scene.as('alice'))
  const renewed = mustBe(201, await caller.post(mfaPath('recoveryCodes'))).json
  assert.ok(isRecoveryCodes(renewed))
  assert.equal(new Set([...codes, ...renewed.recovery_codes]).size, 20)
  assertRefused(403, 'mfa_refused', await recover(caller, String(codes[0])))
  mustBe(200, await recover(caller, String(renewed.recovery_codes[0])))
})

test('who has a factor changes factors only with one proven in the last five minutes', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { body, caller, secret } = await enrolled(scene, alice)
  const { id } = body.factor
  const changes = (by: Caller): readonly Promise<Reply>[] => [
    by.post(mfaPath('totpFactors')),
    by.post(mfaPath('recoveryCodes')),
    remove(by, id),
    remove(by, 'none'),
  ]
  for (const reply of await Promise.all(changes(alice))) {
    assertRefused(403, 'mfa_required', reply)
    assert.equal(
      reply.headers['www-authenticate'],
      'Bearer error="insufficient_user_authentication", max_age=300',
    )
  }
  scene.now += 300_000 - 30_000
  const second = await enrolled(scene, caller, 'tablet')
  assert.deepEqual(second.codes, [], 'recovery codes come with the first one')
  scene.now += 31_000
  for (const reply of await Promise.all(changes(caller))) assertRefused(403, 'mfa_required', reply)
  assert.deepEqual(
    (await factorsOf(alice)).factors.map(({ name }) => name),
    ['authenticator app', 'tablet'],
  )
  const fresh = scene.bearer(await verify(alice, scene.code(secret)))
  mustBe(200, await remove(fresh, id))
})

test('two first factors that were begun at a time: the second one is no first one when it comes', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const [one, other] = [await begun(alice), await begun(alice)]
  mustBe(200, await confirm(alice, one.id, scene.code(one.secret)))
  assertRefused(403, 'mfa_required', await confirm(alice, other.id, scene.code(other.secret)))
  assert.equal((await factorsOf(alice)).factors.length, 1)
})

test('`stale-token`: removing a factor ends all tokens, on every node, and brings a new one that says nothing of factors', async () => {
  await using scene = await openFactorScene()
  await using elsewhere = await openFactorScene({ database: scene.database })
  const alice = await scene.as('alice')
  const { body, caller, codes } = await enrolled(scene, alice)
  elsewhere.now = scene.now
  const there = bearerOf(elsewhere, body.token)
  assert.ok(await isLiving(there))
  const reply = mustBe(200, await remove(caller, body.factor.id))
  for (const dead of [alice, caller, there]) assert.equal(await isLiving(dead), false)
  assert.equal(claimsOf(reply.json)['amr'], undefined)
  const after = scene.bearer(reply)
  assert.deepEqual(await factorsOf(after), { factors: [], recovery_codes_left: 0 })
  assertRefused(409, 'conflict', await recover(after, String(codes[0])))
  assertRefused(404, 'not_found', await remove(after, body.factor.id))
  assertRefused(409, 'conflict', await after.post(mfaPath('recoveryCodes')))
})

test('`token-scope`: a token brings others by factors, and none of them lives on when it ends', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const until = scene.now / 1000 + TEST_SETTINGS.userTokenTtl
  scene.now += 60_000
  const { body, caller, secret } = await enrolled(scene, alice)
  assert.equal(claimsOf(body.token)['exp'], until)
  scene.now += 60_000
  const verified = mustBe(200, await verify(caller, scene.code(secret)))
  assert.equal(claimsOf(verified.json)['exp'], until)
  const removed = mustBe(200, await remove(scene.bearer(verified), body.factor.id))
  assert.equal(claimsOf(removed.json)['exp'], until)
})

test("nobody removes another person's factor", async () => {
  await using scene = await openFactorScene()
  const { body } = await enrolled(scene, await scene.as('alice'))
  const reader = await enrolled(scene, await scene.as('reader'))
  assertRefused(404, 'not_found', await remove(reader.caller, body.factor.id))
  assert.equal((await factorsOf(await scene.as('alice'))).factors.length, 1)
})

test('hosts have no second factors, and nobody has any in another account', async () => {
  await using scene = await openFactorScene()
  await scene.createAccount('other')
  const [host, foreigner] = [await scene.as('host/app'), await scene.as('admin', 'other')]
  for (const caller of [host, foreigner]) {
    assertSilent(403, await caller.get(mfaPath('factors')))
    assertSilent(403, await caller.post(mfaPath('totpFactors')))
    assertSilent(403, await confirm(caller, 'x', '000000'))
    assertSilent(403, await verify(caller, '000000'))
    assertSilent(403, await caller.post(mfaPath('recoveryCodes')))
    assertSilent(403, await remove(caller, 'x'))
  }
})

test('an officer who may update a person resets the factors; tokens and the lock of the person end', async () => {
  await using scene = await openFactorScene()
  const { caller } = await enrolled(scene, await scene.as('alice'))
  for (const wrong of ['0', '1', '2', '3', '4']) await verify(caller, wrong)
  assertRefused(429, 'mfa_locked', await verify(caller, '5'))
  const officer = await scene.as('officer')
  const reply = mustBe(204, await reset(officer, 'user:alice'))
  assert.equal(reply.text, '')
  assert.equal(await isLiving(caller), false)
  const alice = await scene.as('alice')
  assert.deepEqual(await factorsOf(alice), { factors: [], recovery_codes_left: 0 })
  const again = await enrolled(scene, alice)
  mustBe(200, await verify(alice, scene.code(again.secret)))
  mustBe(204, await reset(officer, `${ACCOUNT}:user:alice`))
})

test('an officer who has a factor proves it first; a host cannot and need not', async () => {
  await using scene = await openFactorScene()
  await enrolled(scene, await scene.as('alice'))
  const ordinary = await scene.as('officer')
  const { caller } = await enrolled(scene, ordinary)
  assertRefused(403, 'mfa_required', await reset(ordinary, 'user:alice'))
  assert.equal((await factorsOf(await scene.as('alice'))).factors.length, 1)
  mustBe(204, await reset(caller, 'user:alice'))
  await enrolled(scene, await scene.as('alice'))
  mustBe(204, await reset(await scene.as('host/app'), 'user:alice'))
})

test('`escalation`: nobody without `update` resets, and who may not see a person learns nothing', async () => {
  await using scene = await openFactorScene()
  const { caller } = await enrolled(scene, await scene.as('alice'))
  assertSilent(403, await reset(await scene.as('reader'), 'user:alice'))
  assertRefused(404, 'not_found', await reset(await scene.as('stranger'), 'user:alice'))
  assertRefused(404, 'not_found', await reset(await scene.as('stranger'), 'user:ghost'))
  assertRefused(404, 'not_found', await reset(await scene.as('alice'), 'user:alice'))
  const officer = await scene.as('officer')
  assertRefused(422, 'argument_error', await reset(officer, 'host:app'))
  assertRefused(422, 'argument_error', await reset(officer, 'alice'))
  const unnamed = await officer.send({ method: 'DELETE', path: mfaPath('factors') })
  assertRefused(422, 'parameter_missing', unnamed)
  assert.ok(await isLiving(caller))
})

test('a reset of somebody who has no factors ends no tokens', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  mustBe(204, await reset(await scene.as('officer'), 'user:alice'))
  assert.ok(await isLiving(alice))
})

test('factors go with the role, and one of the same name has none', async () => {
  await using scene = await openFactorScene()
  await enrolled(scene, await scene.as('alice'))
  await scene.load('- !delete { record: !user alice }', { method: 'PATCH' })
  await scene.load('- !user alice')
  assert.deepEqual(await factorsOf(await scene.as('alice')), {
    factors: [],
    recovery_codes_left: 0,
  })
})

test('nobody has more than twenty factors', async () => {
  await using scene = await openFactorScene({ settings: { userTokenTtl: 3600 } })
  let { caller } = await enrolled(scene, await scene.as('alice'))
  for (let count = 1; count < 20; count += 1) {
    caller = (await enrolled(scene, caller, `app ${count}`)).caller
  }
  assertRefused(409, 'conflict', await caller.post(mfaPath('totpFactors')))
})

test('everything is in the trail with its factor, and never with a secret, a code or a token', async () => {
  await using scene = await openFactorScene()
  const alice = await scene.as('alice')
  const { id: pending, secret } = await begun(alice, 'phone')
  await confirm(alice, pending, '000000')
  const code = scene.code(secret)
  const body = mustBe(200, await confirm(alice, pending, code)).json as {
    readonly factor: { readonly id: string }
    readonly recovery_codes: readonly string[]
    readonly token: unknown
  }
  const fresh = bearerOf(scene, body.token)
  scene.later()
  await verify(alice, scene.code(secret))
  await verify(alice, scene.code(secret))
  await verify(alice, '000000')
  await recover(alice, String(body.recovery_codes[0]))
  await recover(alice, String(body.recovery_codes[0]))
  await fresh.post(mfaPath('recoveryCodes'))
  await factorsOf(alice)
  await remove(alice, body.factor.id)
  await remove(fresh, body.factor.id)
  await reset(await scene.as('officer'), 'user:alice')
  const events = (await scene.trail()).filter(({ kind }) => kind === 'factor')
  const role = `${ACCOUNT}:user:alice`
  const named = { role, factor: body.factor.id, factor_kind: 'totp' }
  assert.deepEqual(
    events.map(({ operation, result, user, subject }) => [operation, result, user, subject]),
    [
      ['begin-enrolment', 'success', role, named],
      ['enrol', 'failure', role, named],
      ['enrol', 'success', role, named],
      ['verify', 'success', role, named],
      ['verify', 'failure', role, { role }],
      ['verify', 'failure', role, { role }],
      ['use-recovery-code', 'success', role, { role }],
      ['use-recovery-code', 'failure', role, { role }],
      ['renew-recovery-codes', 'success', role, { role }],
      ['list', 'success', role, { role }],
      ['remove', 'failure', role, { role, factor: body.factor.id }],
      ['remove', 'success', role, named],
      ['reset', 'success', `${ACCOUNT}:user:officer`, { role }],
    ],
  )
  const reasons = events
    .filter(({ operation }) => operation === 'verify')
    .map(({ reason }) => reason)
  const told = 'the code is wrong, was used before or is too old'
  assert.deepEqual(reasons, [undefined, 'the code was used before', told])
  const written = JSON.stringify(events) + scene.logged.join('\n')
  for (const canary of [secret, code, pending, ...body.recovery_codes]) {
    assert.ok(!written.includes(canary), 'a canary is in the trail or the log')
  }
})
