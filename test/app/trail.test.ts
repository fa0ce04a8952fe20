import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { openTrail } from '#app/trail.ts'
import { Failure } from '#lib/failure.ts'
import { event } from '../conformance/store/fixture.ts'
import { memoryDatabase } from './memory-store.ts'

const numbered = (number: number): AuditEvent => event('acme', { request: `r${number}` })

test('what concurrent requests record becomes durable in one commit, in order', async () => {
  const store = memoryDatabase().open()
  let commits = 0
  const trail = openTrail({
    ...store,
    record(events) {
      commits += 1
      return store.record(events)
    },
  })
  await Promise.all([
    trail.record([numbered(1), numbered(2)]),
    trail.record([]),
    trail.record([numbered(3)]),
  ])
  assert.equal(commits, 1)
  const stored = await store.audit({ account: 'acme', limit: 10 })
  assert.deepEqual(
    stored.map((record) => record.event.request),
    ['r3', 'r2', 'r1'],
  )
})

test('a commit that fails fails everybody who was in it, and nobody after it', async () => {
  const store = memoryDatabase().open()
  let isAway = true
  const trail = openTrail({
    ...store,
    async record(events) {
      if (isAway) throw new Failure('unavailable', 'the database does not answer')
      await store.record(events)
    },
  })
  const outcomes = await Promise.allSettled([
    trail.record([numbered(1)]),
    trail.record([numbered(2)]),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  isAway = false
  await trail.record([numbered(3)])
  assert.equal((await store.audit({ account: 'acme', limit: 10 })).length, 1)
})
