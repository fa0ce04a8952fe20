import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { createRecorder } from '#app/recorder.ts'
import type { Deed, Recorder } from '#app/recorder.ts'
import type { Session } from '#app/session.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'

const session: Session = {
  role: makeId('acme', 'user', 'alice'),
  account: 'acme',
  generation: 'g1',
  issuedAt: 0,
  expiresAt: 480_000,
  cidrs: [],
  clientIp: '192.0.2.1',
  request: 'request-1',
}

const deed: Deed = { kind: 'resource', operation: 'get', subject: { resource: 'acme:variable:db' } }

const done: AuditEvent = {
  at: '2001-09-09T01:46:40.000Z',
  request: 'request-1',
  account: 'acme',
  ...deed,
  result: 'success',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
}

function recording(): { readonly recorder: Recorder; readonly recorded: AuditEvent[] } {
  const recorded: AuditEvent[] = []
  const audit = { record: async (events: readonly AuditEvent[]) => void recorded.push(...events) }
  return { recorder: createRecorder(audit, () => 1_000_000_000_000), recorded }
}

test('what was done is recorded before its result is known', async () => {
  const { recorder, recorded } = recording()
  assert.equal(await recorder.during(session, deed, async () => 'result'), 'result')
  assert.deepEqual(recorded, [done])
})

test('what failed is recorded with its reason, and fails as it did', async () => {
  const { recorder, recorded } = recording()
  const failure = new Failure('forbidden', 'no privilege')
  await assert.rejects(
    recorder.during(session, deed, () => Promise.reject(failure)),
    failure,
  )
  assert.deepEqual(recorded, [{ ...done, result: 'failure', reason: 'no privilege' }])
})

test('the reason is the one behind what the caller was told, and a bug is named without its detail', () => {
  const { recorder } = recording()
  const cause = new Failure('forbidden', 'it is there, and invisible')
  const told = new Failure('not_found', 'there is no such thing', { cause })
  assert.equal(recorder.refused(session, deed, told).reason, 'it is there, and invisible')
  assert.equal(
    recorder.refused(session, deed, new TypeError('x of undefined')).reason,
    'internal error',
  )
  const wrapped = new Failure('unavailable', 'the database does not answer', {
    cause: new Error('password=x'),
  })
  assert.equal(recorder.refused(session, deed, wrapped).reason, 'the database does not answer')
  const long = recorder.refused(session, deed, new Failure('forbidden', 'x'.repeat(1000)))
  assert.equal(long.reason?.length, 500)
})

test('a result whose record fails is not given out', async () => {
  const full = new Failure('unavailable', 'the trail is full')
  const recorder = createRecorder({ record: () => Promise.reject(full) }, () => 0)
  await assert.rejects(
    recorder.during(session, deed, async () => 'secret'),
    full,
  )
  await assert.rejects(
    recorder.during(session, deed, () => Promise.reject(new Error('bug'))),
    full,
  )
})

test('each event has the time at which it was made', () => {
  let now = 0
  const recorder = createRecorder({ record: async () => undefined }, () => now)
  const times = [0, 0, 1, 1000, 999].map((at) => {
    now = at
    return recorder.done(session, deed).at.slice(17)
  })
  assert.deepEqual(times, ['00.000Z', '00.000Z', '00.001Z', '01.000Z', '00.999Z'])
})
