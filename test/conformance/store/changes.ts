import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChangeTransaction } from '#app/store.ts'
import type { Row } from '#domain/change.ts'
import { type Id, makeId } from '#domain/id.ts'
import { type Open, bytes, add, nothing, fixture, event, rowsOf } from './fixture.ts'

/** Transactions: all or nothing, one account at a time. */
export function changes(name: string, open: Open): void {
  test(`${name}: a transaction whose work throws leaves nothing and passes the error on`, async () => {
    await using it = await fixture(open)
    const wrong = new Error('changed my mind')
    const before = await it.store.read([])
    await assert.rejects(
      it.store.change(it.account, async (transaction) => {
        await transaction.apply([add({ table: 'role', id: it.id('user', 'alice') })])
        await transaction.record([event(it.account)])
        throw wrong
      }),
      wrong,
    )
    assert.deepEqual(await rowsOf(it), [])
    assert.deepEqual(await it.store.audit({ account: it.account, limit: 10 }), [])
    assert.deepEqual(await it.store.read([]), before)
  })

  test(`${name}: an unknown account cannot be changed`, async () => {
    await using it = await fixture(open)
    await assert.rejects(it.store.change(`${it.account}x`, nothing), { code: 'not_found' })
  })

  test(`${name}: a transaction cannot write rows of another account`, async () => {
    await using it = await fixture(open)
    const other = makeId(`${it.account}x`, 'user', 'alice')
    await assert.rejects(it.change([add({ table: 'role', id: other })]), /touches/)
  })

  test(`${name}: a transaction is of no use once it is over`, async () => {
    await using it = await fixture(open)
    const kept = await it.store.change(it.account, async (transaction) => transaction)
    await assert.rejects(kept.apply([add({ table: 'role', id: it.id('user', 'late') })]), Error)
  })

  test(`${name}: changes of one account wait for each other, and each sees what the one before left`, async () => {
    await using it = await fixture(open)
    const log = it.id('policy', 'root')
    await it.change([add({ table: 'resource', id: log, owner: log })])
    const append = (transaction: ChangeTransaction): Promise<number> =>
      transaction.addVersion(log, (version) => bytes(String(version)))
    const versions = await Promise.all(
      Array.from({ length: 8 }, () => it.store.change(it.account, append)),
    )
    assert.deepEqual(
      versions.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
  })

  test(`${name}: the changes of one account do not wait for another's`, async () => {
    await using slow = await fixture(open)
    await using quick = await fixture(open)
    const { promise: entered, resolve: enter } = Promise.withResolvers<undefined>()
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    const holding = slow.store.change(slow.account, async () => {
      enter(undefined)
      await released
    })
    await entered
    await quick.change([add({ table: 'role', id: quick.id('user', 'alice') })])
    release(undefined)
    await holding
  })

  test(`${name}: a transaction finds the annotations of a policy and of named resources`, async () => {
    await using it = await fixture(open)
    const [policy, one, two] = [
      it.id('policy', 'p'),
      it.id('variable', '1'),
      it.id('variable', '2'),
    ]
    const note = (resource: Id, more: { readonly policy?: Id }): Row & { table: 'annotation' } => ({
      table: 'annotation',
      resource,
      name: 'note',
      value: 'text',
      ...more,
    })
    const owned = [one, two].map((id) => add({ table: 'resource', id, owner: id }))
    await it.change([...owned, add(note(one, { policy })), add(note(two, {}))])
    const found = await it.store.change(it.account, (transaction) =>
      transaction.annotations(policy, [two]),
    )
    assert.deepEqual([...found.loadedThrough(policy)], [note(one, { policy })])
    assert.deepEqual(found.of(two).get('note'), note(two, {}))
  })
}
