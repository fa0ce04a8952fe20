import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  add,
  event,
  fixture,
  nothing,
  type Open,
  put,
  remove,
  rowsOf,
  signingKey,
} from './fixture.ts'

/** The end of accounts. */
export function accounts(name: string, open: Open): void {
  test(`${name}: a deleted account is gone with its keys, and its records stay`, async () => {
    await using it = await fixture(open)
    const { account, store } = it
    const alice = it.id('user', 'alice')
    await it.change([add({ table: 'role', id: alice })])
    const before = await store.read([])
    await store.deleteAccount(account, async (transaction) => {
      await transaction.apply([remove({ table: 'role', id: alice })])
      await transaction.record([event(account, { kind: 'account', operation: 'delete' })])
    })
    assert.ok(!(await store.accounts()).includes(account))
    assert.ok(!(await store.signingKeys()).some((key) => key.account === account))
    assert.deepEqual(await rowsOf(it), [])
    assert.equal((await store.audit({ account, limit: 10 })).length, 1)
    const caught = await store.since(before.epoch)
    assert.deepEqual(caught?.changes, [remove({ table: 'role', id: alice })])
    await store.createAccount(account, signingKey(account), nothing)
  })

  test(`${name}: the end of an account may change rows of others`, async () => {
    await using one = await fixture(open)
    await using two = await fixture(open)
    const [theirs, ours, heir] = [
      one.id('user', 'alice'),
      two.id('variable', 'v'),
      two.id('user', 'admin'),
    ]
    await one.change([add({ table: 'role', id: theirs })])
    await two.change([
      add({ table: 'resource', id: ours, owner: theirs }),
      add({ table: 'permission', resource: ours, role: theirs, privilege: 'read' }),
    ])
    await one.store.deleteAccount(one.account, (transaction) =>
      transaction.apply([
        remove({ table: 'role', id: theirs }),
        put({ table: 'resource', id: ours, owner: heir }),
        remove({ table: 'permission', resource: ours, role: theirs, privilege: 'read' }),
      ]),
    )
    assert.deepEqual(await rowsOf(two), [
      JSON.stringify(
        Object.entries({ table: 'resource', id: ours, owner: heir }).toSorted(([a], [b]) =>
          a < b ? -1 : 1,
        ),
      ),
    ])
  })

  test(`${name}: an unknown account cannot be deleted, and one whose deletion fails is all there`, async () => {
    await using it = await fixture(open)
    const role = it.id('user', 'alice')
    await it.change([add({ table: 'role', id: role })])
    await assert.rejects(it.store.deleteAccount('no-such-account', nothing), { code: 'not_found' })
    const wrong = new Error('no')
    await assert.rejects(
      it.store.deleteAccount(it.account, async (transaction) => {
        await transaction.apply([remove({ table: 'role', id: role })])
        throw wrong
      }),
      wrong,
    )
    assert.ok((await it.store.accounts()).includes(it.account))
    assert.equal((await rowsOf(it)).length, 1)
  })
}
