import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Row } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { type Open, type Fixture, add, remove, fixture, rowsOf, inAnyOrder } from './fixture.ts'

async function withAlice(open: Open): Promise<Fixture & { readonly alice: Id }> {
  const it = await fixture(open)
  const alice = it.id('user', 'alice')
  await it.change([
    add({ table: 'role', id: alice }),
    add({ table: 'credential', role: alice, generation: 'g1' }),
  ])
  return { ...it, alice }
}

/** What is kept to recognise a role. */
export function credentials(name: string, open: Open): void {
  const expiresAt = new Date('2030-01-02T03:04:05.678Z')
  const digest = (): Uint8Array => new Uint8Array(randomBytes(32))

  test(`${name}: a role that cannot authenticate has no credential`, async () => {
    await using it = await fixture(open)
    const group = it.id('group', 'ops')
    await it.change([add({ table: 'role', id: group })])
    assert.equal(await it.store.credential(group), undefined)
    assert.equal(await it.store.credential(it.id('user', 'nobody')), undefined)
  })

  test(`${name}: a new main key replaces all keys, and when is known`, async () => {
    await using it = await withAlice(open)
    const [first, second] = [digest(), digest()]
    await it.store.change(it.account, async (transaction) => {
      await transaction.replaceKeys([{ role: it.alice, digest: first }])
      await transaction.addLoginKey(it.alice, digest(), expiresAt, 5)
      await transaction.replaceKeys([{ role: it.alice, digest: second }])
    })
    const credential = await it.store.credential(it.alice)
    assert.deepEqual(
      credential?.keys.map((key) => [key.kind, new Uint8Array(key.digest)]),
      [['main', second]],
    )
    assert.ok(Math.abs(Date.now() - Number(credential?.rotatedAt)) < 60_000)
  })

  test(`${name}: of the keys of password logins the newest are kept, and a new password ends them all`, async () => {
    await using it = await withAlice(open)
    const digests = [digest(), digest(), digest()]
    await it.store.change(it.account, (transaction) =>
      transaction.replaceKeys([{ role: it.alice, digest: digest() }]),
    )
    for (const each of digests) {
      await it.store.change(it.account, (transaction) =>
        transaction.addLoginKey(it.alice, each, expiresAt, 2),
      )
    }
    const logins = (await it.store.credential(it.alice))?.keys.filter(
      ({ kind }) => kind === 'login',
    )
    assert.deepEqual(
      logins?.map((key) => new Uint8Array(key.digest)),
      digests.slice(1),
    )
    assert.deepEqual(
      logins?.map((key) => key.expiresAt),
      [expiresAt, expiresAt],
    )

    await it.store.change(it.account, (transaction) => transaction.setPassword(it.alice, 'hash'))
    const credential = await it.store.credential(it.alice)
    assert.equal(credential?.passwordHash, 'hash')
    assert.deepEqual(
      credential?.keys.map(({ kind }) => kind),
      ['main'],
    )
  })

  test(`${name}: a removed credential takes keys and password with it and leaves the restriction`, async () => {
    await using it = await withAlice(open)
    const restriction: Row = { table: 'restriction', role: it.alice, cidrs: ['192.0.2.1/32'] }
    await it.change([add(restriction)])
    await it.store.change(it.account, async (transaction) => {
      await transaction.replaceKeys([{ role: it.alice, digest: digest() }])
      await transaction.setPassword(it.alice, 'hash')
    })
    await it.change([remove({ table: 'credential', role: it.alice, generation: 'g1' })])
    assert.equal(await it.store.credential(it.alice), undefined)
    assert.deepEqual(await rowsOf(it), inAnyOrder([{ table: 'role', id: it.alice }, restriction]))
  })

  test(`${name}: a removed role leaves no credential behind for one of the same name`, async () => {
    await using it = await withAlice(open)
    await it.store.change(it.account, (transaction) =>
      transaction.replaceKeys([{ role: it.alice, digest: digest() }]),
    )
    await it.change([remove({ table: 'role', id: it.alice })])
    await it.change([add({ table: 'role', id: it.alice })])
    assert.equal(await it.store.credential(it.alice), undefined)
  })
}
