import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { type Open, fixture, event } from './fixture.ts'

/** The audit trail. */
export function trail(name: string, open: Open): void {
  test(`${name}: recorded events come back newest first, page by page`, async () => {
    await using it = await fixture(open)
    const events = Array.from({ length: 25 }, (_, index) =>
      event(it.account, { request: `r${index}` }),
    )
    await it.store.record(events.slice(0, 20))
    await it.store.change(it.account, (transaction) => transaction.record(events.slice(20)))
    const first = await it.store.audit({ account: it.account, limit: 10 })
    const before = first.at(-1)?.id ?? 0
    const rest = await it.store.audit({ account: it.account, limit: 100, before })
    const all = [...first, ...rest]
    assert.deepEqual(
      all.map((record) => record.event),
      events.toReversed(),
    )
    assert.deepEqual(
      all.map(({ id }) => id),
      all.map(({ id }) => id).toSorted((a, b) => b - a),
    )
    assert.equal(new Set(all.map(({ id }) => id)).size, 25)
  })

  test(`${name}: a batch of several accounts shows to each account its own events`, async () => {
    await using one = await fixture(open)
    await using two = await fixture(open)
    await one.store.record([event(one.account), event(two.account), event(one.account)])
    assert.equal((await one.store.audit({ account: one.account, limit: 10 })).length, 2)
    assert.equal((await one.store.audit({ account: two.account, limit: 10 })).length, 1)
  })

  test(`${name}: all conditions of a query hold together`, async () => {
    await using it = await fixture(open)
    const [alice, db] = [it.id('user', 'alice'), it.id('variable', 'db')]
    const wanted = event(it.account, { user: alice, subject: { resource: db }, result: 'failure' })
    const near = [
      { ...wanted, user: `${alice}x` },
      { ...wanted, subject: { resource: `${db}x` } },
      { ...wanted, result: 'success' as const },
      { ...wanted, operation: 'update' },
    ]
    await it.store.record([wanted, ...near])
    const found = await it.store.audit({
      account: it.account,
      role: alice,
      resource: db,
      operation: 'fetch',
      result: 'failure',
      limit: 10,
    })
    assert.deepEqual(
      found.map((record) => record.event),
      [wanted],
    )
  })

  test(`${name}: more events than a batch holds keep their order`, async () => {
    await using it = await fixture(open)
    const events = Array.from({ length: 2_500 }, (_, index) =>
      event(it.account, { request: `r${index}` }),
    )
    await it.store.record(events)
    const found = await it.store.audit({ account: it.account, limit: 5_000 })
    assert.deepEqual(
      found.map((record) => record.event),
      events.toReversed(),
    )
  })

  test(`${name}: events that differ in what was found of somebody keep it apart`, async () => {
    await using it = await fixture(open)
    const found = (outcome: 'passed' | 'failed'): AuditEvent => ({
      ...event(it.account),
      attestation: [
        { attribute: 'jwt.ref', outcome, statedBy: 'a', source: 'token', values: ['x'] },
      ],
    })
    const events = [found('passed'), found('failed'), event(it.account), event(it.account)]
    await it.store.record(events)
    assert.deepEqual(
      (await it.store.audit({ account: it.account, limit: 10 })).map((record) => record.event),
      events.toReversed(),
    )
  })

  test(`${name}: no event can make the trail unreadable`, async () => {
    await using it = await fixture(open)
    await it.store.record([event(it.account, { user: 'nul \0 and lone \uD800 surrogate' })])
    const found = await it.store.audit({ account: it.account, limit: 10 })
    assert.deepEqual(
      found.map((record) => record.event.user),
      ['nul \uFFFD and lone \uFFFD surrogate'],
    )
  })

  test(`${name}: recording nothing is no error`, async () => {
    await using it = await fixture(open)
    await it.store.record([])
    assert.deepEqual(await it.store.audit({ account: it.account, limit: 10 }), [])
  })
}
