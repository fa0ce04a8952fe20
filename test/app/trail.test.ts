import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { openTrail } from '#app/trail.ts'
import { Failure } from '#lib/failure.ts'
import { memoryDatabase } from './memory-store.ts'

const event = (request: string): AuditEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  request,
  account: 'acme',
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
  subject: {},
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A trail whose commits end when they are told to, and the requests that each was given. */
function heldTrail() {
  const commits: { readonly requests: readonly string[]; readonly end: () => void }[] = []
  const trail = openTrail({
    ...memoryDatabase().open(),
    async record(events) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      commits.push({
        requests: events.map(({ request }) => request),
        end: () => resolve(undefined),
      })
      await promise
    },
  })
  return { commits, trail }
}

test('events of requests that come together are one commit, in their order', async () => {
  const { commits, trail } = heldTrail()
  const recorded = Promise.all([
    trail.record([event('a'), event('b')]),
    trail.record([]),
    trail.record([event('c')]),
  ])
  await turn()
  assert.deepEqual(
    commits.map(({ requests }) => requests),
    [['a', 'b', 'c']],
  )
  commits[0]?.end()
  await recorded
})

test('nothing counts as recorded before the commit that holds it has ended', async () => {
  const { commits, trail } = heldTrail()
  const recorded: string[] = []
  const first = trail.record([event('a')]).then(() => recorded.push('a'))
  await turn()
  const second = trail.record([event('b')]).then(() => recorded.push('b'))
  await turn()
  assert.deepEqual([commits.length, recorded], [1, []])
  commits[0]?.end()
  await first
  await turn()
  assert.deepEqual([commits.length, recorded], [2, ['a']])
  commits[1]?.end()
  await second
  assert.deepEqual(recorded, ['a', 'b'])
})

test('a commit that fails fails for all who were in it, and for nobody after it', async () => {
  let isFull = true
  const database = memoryDatabase()
  const inner = database.open()
  const trail = openTrail({
    ...inner,
    async record(events) {
      if (isFull) throw new Failure('unavailable', 'the disk is full')
      await inner.record(events)
    },
  })
  const outcomes = await Promise.allSettled([
    trail.record([event('a')]),
    trail.record([event('b')]),
  ])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === 'rejected' && String(outcome.reason)),
    ['Failure: the disk is full', 'Failure: the disk is full'],
  )
  isFull = false
  await trail.record([event('c')])
  const stored = await inner.audit({ account: 'acme', limit: 10 })
  assert.deepEqual(
    stored.map((record) => record.event.request),
    ['c'],
  )
})
