import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retrying, retryAfterMs } from '#client/retry.ts'
import type { Answer, Call, Transport } from '#client/transport.ts'
import { Failure } from '#lib/failure.ts'

const answer = (status: number, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers,
  body: Buffer.alloc(0),
})

/** A transport that gives these outcomes in turn, and the pauses between them; no time passes but in pauses. */
function script(outcomes: (Answer | Failure)[]): { transport: Transport; pauses: number[] } {
  const pauses: number[] = []
  let now = 0
  const plain: Transport = {
    send: async () => {
      const outcome = outcomes.shift() ?? assert.fail('one request too many')
      if (outcome instanceof Failure) throw outcome
      return outcome
    },
    close: () => undefined,
  }
  const transport = retrying(plain, {
    attempts: 4,
    patienceMs: 60_000,
    pause: async (ms) => {
      pauses.push(ms)
      now += ms
    },
    random: () => 0.5,
    now: () => now,
    wallClock: () => Date.parse('2026-01-01T00:00:00Z') + now,
  })
  return { transport, pauses }
}

const READ: Call = { method: 'GET', path: '/' }
const WRITE: Call = { method: 'POST', path: '/' }
const refused = new Failure('unreachable', 'x', {
  cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
})
const reset = new Failure('unreachable', 'x', {
  cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
})

test('a read is repeated at growing pauses until it succeeds, or four times were in vain', async () => {
  const passing = script([reset, answer(503), answer(502), answer(200)])
  assert.equal((await passing.transport.send(READ)).status, 200)
  assert.deepEqual(passing.pauses, [100, 200, 400])
  const lasting = script([reset, answer(503), answer(503), answer(503)])
  assert.equal((await lasting.transport.send(READ)).status, 503)
  const away = script([reset, reset, reset, reset])
  await assert.rejects(away.transport.send(READ), { code: 'unreachable' })
})

test('a write is repeated only if it surely was not carried out', async () => {
  for (const before of [refused, answer(429)]) {
    const { transport } = script([before, answer(201)])
    assert.equal((await transport.send(WRITE)).status, 201)
  }
  const { transport, pauses } = script([answer(503), reset])
  assert.equal((await transport.send(WRITE)).status, 503)
  await assert.rejects(transport.send(WRITE), { code: 'unreachable' })
  assert.deepEqual(pauses, [])
  const harmless = script([reset, answer(200)])
  assert.equal((await harmless.transport.send({ ...WRITE, isRepeatable: true })).status, 200)
})

test('Retry-After is waited for in full, and not at all where it asks for more than the patience', async () => {
  const soon = script([answer(503, { 'retry-after': '7' }), answer(200)])
  await soon.transport.send(READ)
  assert.deepEqual(soon.pauses, [7100])
  const late = script([answer(429, { 'retry-after': '61' })])
  assert.equal((await late.transport.send(READ)).status, 429)
})

test('Retry-After is a number of seconds or a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(retryAfterMs('3', now), 3000)
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now), 5000)
  assert.equal(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now), 0)
  assert.equal(retryAfterMs('soon', now), undefined)
})

test('refusals, and servers that cannot be trusted, are not asked again', async () => {
  const { transport } = script([answer(403), new Failure('untrusted', 'x')])
  assert.equal((await transport.send(READ)).status, 403)
  await assert.rejects(transport.send(READ), { code: 'untrusted' })
})
