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

const PARTS = { attempts: 4, patienceMs: 60_000, random: () => 0.5 }

interface Script {
  readonly transport: Transport
  readonly pauses: number[]
  /** Lets every further request throw `reason`, as one does whose limit is over. */
  end(reason: Error): void
}

/** A transport that gives these outcomes in turn, and the pauses between them; no time passes but in pauses. */
function script(outcomes: (Answer | Failure)[]): Script {
  const pauses: number[] = []
  let ended: Error | undefined
  let now = 0
  const plain: Transport = {
    send: async () => {
      if (ended !== undefined) throw ended
      const outcome = outcomes.shift() ?? assert.fail('one request too many')
      if (outcome instanceof Failure) throw outcome
      return outcome
    },
    close: () => undefined,
  }
  const transport = retrying(plain, {
    ...PARTS,
    pause: async (ms) => {
      pauses.push(ms)
      now += ms
    },
    now: () => now,
    wallClock: () => Date.parse('2026-01-01T00:00:00Z') + now,
  })
  return { transport, pauses, end: (reason) => void (ended = reason) }
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
  for (const before of [refused, answer(429), answer(503, { 'retry-after': '1' })]) {
    const { transport } = script([before, answer(201)])
    assert.equal((await transport.send(WRITE)).status, 201)
  }
  for (const status of [500, 502, 503, 504]) {
    const { transport, pauses } = script([answer(status)])
    assert.equal((await transport.send(WRITE)).status, status)
    assert.deepEqual(pauses, [])
  }
  const broken = script([reset])
  await assert.rejects(broken.transport.send(WRITE), { code: 'unreachable' })
  const harmless = script([reset, answer(200)])
  assert.equal((await harmless.transport.send({ ...WRITE, isRepeatable: true })).status, 200)
})

test('one attempt of several takes a third of the time, and one that cannot be repeated all of it', async () => {
  const times: (number | undefined)[] = []
  const plain: Transport = {
    send: async ({ timeoutMs }) => {
      times.push(timeoutMs)
      return answer(200)
    },
    close: () => undefined,
  }
  const parts = { ...PARTS, pause: async () => undefined, now: () => 0, wallClock: () => 0 }
  await retrying(plain, parts).send(READ)
  await retrying(plain, parts).send(WRITE)
  await retrying(plain, { ...parts, attempts: 1 }).send(READ)
  assert.deepEqual(times, [20_000, undefined, undefined])
})

test('a call that is part of a limited one is not repeated when that is nearly over, and not at all once it is ended', async () => {
  const late = script([reset])
  const limit = { signal: new AbortController().signal, endsAt: 99 }
  await assert.rejects(late.transport.send({ ...READ, limit }), { code: 'unreachable' })
  assert.deepEqual(late.pauses, [])
  const reason = new Error('enough')
  const ended = script([])
  ended.end(reason)
  await assert.rejects(ended.transport.send(READ), reason)
})

test('the pauses between attempts have a cap', async () => {
  const outcomes = Array.from({ length: 11 }, () => reset)
  const pauses: number[] = []
  const plain: Transport = {
    send: async () => {
      throw outcomes.pop() ?? assert.fail('one request too many')
    },
    close: () => undefined,
  }
  const pause = async (ms: number): Promise<void> => void pauses.push(ms)
  const parts = { attempts: 11, patienceMs: 1e9, pause, random: () => 1 }
  const transport = retrying(plain, { ...parts, now: () => 0, wallClock: () => 0 })
  await assert.rejects(transport.send(READ), { code: 'unreachable' })
  assert.deepEqual(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000])
})

test('Retry-After is waited for in full, and not at all where it asks for more than the patience', async () => {
  const soon = script([answer(503, { 'retry-after': '7' }), answer(200)])
  await soon.transport.send(READ)
  assert.deepEqual(soon.pauses, [7100])
  const late = script([answer(429, { 'retry-after': '61' })])
  assert.equal((await late.transport.send(READ)).status, 429)
})

test('Retry-After that is a date is measured by the clock of the server, where its answer shows that', async () => {
  const at = 'Thu, 01 Jan 2026 00:00:05 GMT'
  const ours = script([answer(503, { 'retry-after': at }), answer(200)])
  await ours.transport.send(READ)
  assert.deepEqual(ours.pauses, [5100])
  const date = 'Thu, 01 Jan 2026 00:00:02 GMT'
  const theirs = script([answer(503, { 'retry-after': at, date }), answer(200)])
  await theirs.transport.send(READ)
  assert.deepEqual(theirs.pauses, [3100])
})

test('Retry-After is a number of seconds or a date in one of the three forms of HTTP', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(retryAfterMs('3', now), 3000)
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now), 5000)
  assert.equal(retryAfterMs('Thursday, 01-Jan-26 00:00:05 GMT', now), 5000)
  assert.equal(retryAfterMs('Thu Jan  1 00:00:05 2026', now), 5000)
  assert.equal(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now), 0)
  for (const text of ['', 'soon', 'Soon, or later', '-1', '1.5', '2026-01-01', '9'.repeat(10)]) {
    assert.equal(retryAfterMs(text, now), undefined, text)
  }
})

test('refusals, and servers that cannot be trusted, are not asked again', async () => {
  const { transport } = script([answer(403), new Failure('untrusted', 'x')])
  assert.equal((await transport.send(READ)).status, 403)
  await assert.rejects(transport.send(READ), { code: 'untrusted' })
})
