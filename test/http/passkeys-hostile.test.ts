import assert from 'node:assert/strict'
import { test } from 'node:test'
import { softAuthenticator } from '../crypto/soft-authenticator.ts'
import type { Deviation } from '../crypto/soft-authenticator.ts'
import { ACCOUNT, assertError, at, authorizationOf, mustBe, openNode } from './harness.ts'
import {
  answer,
  begin,
  begun,
  ceremony,
  codeIn,
  complete,
  completion,
  deeds,
  device,
  enrol,
  gone,
  openScene,
  ORIGIN,
  proven,
  refused,
  statusesOf,
  WITH_ADDRESS,
} from './passkey-scene.ts'

test('`passkey`: adding one to a factor that is there needs a factor proven just now', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const { token } = await enrol(node, alice, device())
  const again = await begin(alice, { purpose: 'enrolment' })
  assert.equal(at(mustBe(403, again).json, 'error', 'code'), 'mfa_required')
  const stepped = node.client.caller({ Authorization: authorizationOf(token) })
  node.now += 200_000
  const started = await begun(stepped, { purpose: 'enrolment' })
  const code = codeIn(await answer(node, started, device().create(started.options)))
  node.now += 150_000
  // What was fresh at the beginning is not at the end.
  const late = mustBe(403, await complete(stepped, started, code))
  assert.equal(at(late.json, 'error', 'code'), 'mfa_required')
})

test('`passkey`: of two first enrolments at a time the second needs a factor', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const started = await begun(alice, { purpose: 'enrolment' })
  const code = codeIn(await answer(node, started, device().create(started.options)))
  await enrol(node, alice, device())
  const late = await complete(alice, started, code)
  assert.equal(at(mustBe(403, late).json, 'error', 'code'), 'mfa_required')
})

test('`passkey`: the code is worth nothing to another person, and nothing with another token of the same one', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const bob = await node.as('bob')
  const laptop = device()
  await enrol(node, alice, laptop)
  const [started, answered] = await proven(node, alice, laptop)
  const code = codeIn(answered)
  assertError(403, refused, await complete(bob, started, code))
  node.now += 1000
  assertError(403, refused, await complete(await node.as('alice'), started, code))
  mustBe(401, await node.anyone.post(completion(started.id), JSON.stringify({ code })))
  mustBe(200, await complete(alice, started, code))
  const reasons = (await deeds(node)).filter((deed) => deed.startsWith('verify'))
  assert.deepEqual(reasons, [
    'verify failure the ceremony was begun with another token',
    'verify failure the ceremony was begun with another token',
    'verify success',
  ])
})

test('`passkey`: neither a code nor an answer works twice, nor in another ceremony', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  // A passkey that does not count: its counter finds no replay out.
  const laptop = softAuthenticator({ origin: ORIGIN, counts: false })
  await enrol(node, alice, laptop)
  const started = await begun(alice, { purpose: 'verification' })
  const other = await begun(alice, { purpose: 'verification' })
  const response = laptop.get(started.options)
  const replies = await Promise.all([1, 2, 3, 4].map(() => answer(node, started, response)))
  assert.deepEqual(statusesOf(replies), [200, 403, 403, 403])
  const code = codeIn(replies.find(({ status }) => status === 200) ?? assert.fail())
  assertError(403, refused, await answer(node, other, response))
  assertError(403, refused, await complete(alice, other, code))
  const completed = await Promise.all([1, 2, 3, 4].map(() => complete(alice, started, code)))
  assert.deepEqual(statusesOf(completed), [200, 403, 403, 403])
})

test('`passkey`: a ceremony is over after five minutes, whatever is missing then', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const laptop = device()
  await enrol(node, alice, laptop)
  const [started, answered] = await proven(node, alice, laptop)
  const code = codeIn(answered)
  const late = await begun(alice, { purpose: 'verification' })
  node.now += 300_000
  assertError(404, gone, await node.anyone.get(ceremony(late.id)))
  assertError(404, gone, await answer(node, late, laptop.get(late.options)))
  assertError(403, refused, await complete(alice, started, code))
})

test('`passkey`: a ceremony ends with the token that began it, on every node', async () => {
  await using node = await openScene()
  await using other = await openNode({ ...WITH_ADDRESS, database: node.database })
  const alice = await node.as('alice')
  const { id } = await begun(alice, { purpose: 'enrolment' })
  mustBe(200, await other.anyone.get(ceremony(id)))
  const admin = await node.as('admin')
  mustBe(200, await admin.put(`/authn/${ACCOUNT}/api_key?role=user:alice`))
  assertError(404, gone, await other.anyone.get(ceremony(id)))
})

test('`passkey`: what is no ceremony is told nothing, and is the same for an account that is none', async () => {
  await using node = await openScene()
  const { id } = await begun(await node.as('alice'), { purpose: 'enrolment' })
  const other = id.startsWith('A') ? `B${id.slice(1)}` : `A${id.slice(1)}`
  for (const wrong of ['x', other, id.slice(0, -4), '%00', 'A'.repeat(4000)]) {
    const path = `/mfa/${ACCOUNT}/passkey-ceremonies/${wrong}`
    assertError(404, gone, await node.anyone.get(path))
    assertError(404, gone, await node.anyone.post(`${path}/response`, '{}'))
  }
  assertError(404, gone, await node.anyone.get(`/mfa/nobody/passkey-ceremonies/${id}`))
})

const HOSTILE: readonly (readonly [string, Deviation])[] = [
  ['at another origin', { origin: 'https://vault.example.com.evil.test' }],
  ['for another relying party', { rpId: 'evil.test' }],
  ['to another challenge', { challenge: 'AAAA' }],
  ['without verifying the person', { isUserVerified: false }],
]

test('`passkey`: what is refused is recorded with its reason, which the caller is not told', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const laptop = device()
  for (const [name, deviation] of HOSTILE) {
    const started = await begun(alice, { purpose: 'enrolment' })
    const response = laptop.create(started.options, deviation)
    assertError(403, refused, await answer(node, started, response))
    // The person may try again: nothing is used up.
    mustBe(200, await answer(node, started, laptop.create(started.options)))
    const found = (await deeds(node)).at(-2) ?? ''
    assert.match(found, /^answer-enrolment failure .*(?:origin|RP ID|challenge|verif)/i, name)
  }
  await enrol(node, alice, laptop)
  for (const [, deviation] of HOSTILE) {
    const [, reply] = await proven(node, alice, laptop, deviation)
    assertError(403, refused, reply)
  }
  const failures = (await deeds(node)).filter((deed) =>
    deed.startsWith('answer-verification failure'),
  )
  assert.equal(failures.length, HOSTILE.length)
})

test('`passkey`: a copy is found out when either is used after the other, also at the same time', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const laptop = device()
  await enrol(node, alice, laptop)
  const copy = laptop.clone()
  const [, good] = await proven(node, alice, laptop)
  mustBe(200, good)
  const [, bad] = await proven(node, alice, copy)
  assertError(403, refused, bad)
  assert.match((await deeds(node)).at(-1) ?? '', /^answer-verification failure .*counter/)

  const twice = await Promise.all([1, 2].map(() => begun(alice, { purpose: 'verification' })))
  const replies = await Promise.all(
    twice.map((started) => answer(node, started, laptop.get(started.options, { counter: 50 }))),
  )
  assert.deepEqual(statusesOf(replies), [200, 403])
})

test('`error-canary`: the id of a ceremony opens its page, and stands in no log', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const { id, options } = await begun(alice, { purpose: 'enrolment' })
  const path = `/mfa/nobody/passkey-ceremonies/${id}`
  assertError(404, gone, await node.anyone.get(path))
  assertError(404, gone, await node.anyone.post(`${path}/response`, '{}'))
  const answered = await answer(node, { id, url: '', options }, device().create(options))
  const code = codeIn(answered)
  assertError(403, refused, await complete(await node.as('bob'), { id, url: '', options }, code))
  const lines = node.logged.filter((line) => line.includes('passkey-ceremonies'))
  assert.equal(lines.length, 3)
  for (const secret of [id, code]) assert.ok(!node.logged.some((line) => line.includes(secret)))
})
