import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { createRecorder } from '#app/recorder.ts'
import type { Deed, Recorder } from '#app/recorder.ts'
import type { Session } from '#app/session.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'

const SESSION: Session = {
  role: makeId('acme', 'user', 'alice'),
  account: 'acme',
  generation: 'one',
  issuedAt: 0,
  cidrs: [],
  clientIp: '192.0.2.1',
  request: 'r',
}

const DEED: Deed = { kind: 'check', operation: 'check', subject: { resource: 'acme:variable:db' } }

/** A recorder, and in order everything that happened. */
function watched(record: () => Promise<void> = async () => undefined): {
  readonly recorder: Recorder
  readonly happened: (AuditEvent | string)[]
} {
  const happened: (AuditEvent | string)[] = []
  const audit = {
    async record(events: readonly AuditEvent[]) {
      await record()
      happened.push(...events)
    },
  }
  return { recorder: createRecorder(audit, () => 1_750_000_000_123), happened }
}

test('an event says who did what to what, from where, when and how it ended', () => {
  const { recorder } = watched()
  assert.deepEqual(recorder.done(SESSION, DEED), {
    at: '2025-06-15T15:06:40.123Z',
    request: 'r',
    account: 'acme',
    kind: 'check',
    operation: 'check',
    result: 'success',
    user: 'acme:user:alice',
    clientIp: '192.0.2.1',
    subject: { resource: 'acme:variable:db' },
  })
})

test('a refusal names its reason: the one behind it, where the caller was told less', () => {
  const { recorder } = watched()
  const reasonOf = (error: unknown): string | undefined =>
    recorder.refused(SESSION, DEED, error).reason
  const cause = new Failure('forbidden', 'it is there and not visible')
  assert.equal(reasonOf(new Failure('not_found', 'no such thing')), 'no such thing')
  assert.equal(
    reasonOf(new Failure('not_found', 'no such thing', { cause })),
    'it is there and not visible',
  )
  assert.equal(recorder.refused(SESSION, DEED, cause).result, 'failure')
  assert.equal(reasonOf(new Failure('not_found', 'x'.repeat(501)))?.length, 500)
})

test('`audit-canary`: of an error that is no failure of ours the trail repeats nothing', () => {
  const { recorder } = watched()
  const bug = new Error('unexpected token s3cret in JSON')
  assert.equal(recorder.refused(SESSION, DEED, bug).reason, 'internal error')
  const wrapped = new Failure('corrupt', 'a value cannot be opened', { cause: bug })
  assert.equal(recorder.refused(SESSION, DEED, wrapped).reason, 'a value cannot be opened')
})

test('a success is in the trail before its result is known outside', async () => {
  const { recorder, happened } = watched()
  const result = await recorder.during(SESSION, DEED, async () => {
    happened.push('work')
    return 'result'
  })
  happened.push(result)
  assert.deepEqual(
    happened.map((step) => (typeof step === 'string' ? step : step.result)),
    ['work', 'success', 'result'],
  )
})

test('a failure is in the trail before it is thrown on', async () => {
  const { recorder, happened } = watched()
  const refusal = new Failure('forbidden', 'no')
  await assert.rejects(
    recorder.during(SESSION, DEED, async () => {
      throw refusal
    }),
    refusal,
  )
  assert.deepEqual(
    happened.map((step) => (typeof step === 'string' ? step : [step.result, step.reason])),
    [['failure', 'no']],
  )
})

test('what cannot be recorded is not told: neither the result nor the refusal leaves', async () => {
  const { recorder } = watched(async () => {
    throw new Failure('unavailable', 'the trail cannot be reached')
  })
  const unavailable = { code: 'unavailable', message: 'the trail cannot be reached' }
  await assert.rejects(
    recorder.during(SESSION, DEED, async () => 'secret'),
    unavailable,
  )
  await assert.rejects(
    recorder.during(SESSION, DEED, async () => {
      throw new Failure('not_found', 'no such thing')
    }),
    unavailable,
  )
})

test('a clock that moves is printed anew, one that stands still is not forgotten', () => {
  const times = [0, 0, 1, -1]
  const recorder = createRecorder({ record: async () => undefined }, () => times.shift() ?? 0)
  const printed = Array.from({ length: 4 }, () => recorder.done(SESSION, DEED).at)
  assert.deepEqual(printed, [
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.001Z',
    '1969-12-31T23:59:59.999Z',
  ])
})
