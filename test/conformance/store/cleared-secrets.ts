import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Id } from '#domain/id.ts'
import { type Fixture, type Open, bytes, event, remove, withVariable } from './fixture.ts'

/** Values that were removed or made due. */
export function clearedSecrets(name: string, open: Open): void {
  const write = (it: Fixture, resource: Id, text: string): Promise<number> =>
    it.store.writeSecret(
      resource,
      () => bytes(text),
      () => event(it.account),
      20,
    )
  const clear = (it: Fixture, resource: Id): Promise<void> =>
    it.store.change(it.account, (transaction) => transaction.clearSecret(resource))

  test(`${name}: a cleared value has no version left, and the record of the clearing is there with it`, async () => {
    await using it = await withVariable(open)
    await write(it, it.db, 'one')
    await write(it, it.db, 'two')
    await it.store.change(it.account, async (transaction) => {
      await transaction.clearSecret(it.db)
      await transaction.record([event(it.account, { operation: 'clear' })])
    })
    const wants = [{ resource: it.db }, { resource: it.db, version: 1 }]
    const { values } = await it.store.read(wants)
    assert.deepEqual(values, [undefined, undefined])
    assert.deepEqual((await it.store.details([it.db])).get(it.db)?.secrets, [])
    const [newest] = await it.store.audit({ account: it.account, limit: 1 })
    assert.equal(newest?.event.operation, 'clear')
  })

  test(`${name}: \`rollback\`: no version number is given twice, however often a value is cleared`, async () => {
    await using it = await withVariable(open)
    await clear(it, it.db)
    assert.equal(await write(it, it.db, 'one'), 1)
    assert.equal(await write(it, it.db, 'two'), 2)
    await clear(it, it.db)
    await clear(it, it.db)
    assert.equal(await write(it, it.db, 'three'), 3)
    await clear(it, it.db)
    const added = await it.store.change(it.account, (transaction) =>
      transaction.addVersion(it.db, (version) => bytes(`number ${version}`)),
    )
    assert.equal(added, 4)
  })

  test(`${name}: a clearing that is rolled back clears nothing`, async () => {
    await using it = await withVariable(open)
    await write(it, it.db, 'one')
    const wrong = new Error('no')
    const failing = it.store.change(it.account, async (transaction) => {
      await transaction.clearSecret(it.db)
      throw wrong
    })
    await assert.rejects(failing, wrong)
    assert.equal((await it.store.read([{ resource: it.db }])).values[0]?.version, 1)
    assert.equal(await write(it, it.db, 'two'), 2)
  })

  test(`${name}: the value of a resource that is gone cannot be cleared`, async () => {
    await using it = await withVariable(open)
    await it.change([remove({ table: 'resource', id: it.db, owner: it.db })])
    await assert.rejects(clear(it, it.db), { code: 'not_found' })
  })

  test(`${name}: making a value due leaves the value as it is, and none where there is none`, async () => {
    await using it = await withVariable(open)
    const expire = (): Promise<void> =>
      it.store.change(it.account, (transaction) => transaction.expireSecret(it.db))
    await expire()
    assert.deepEqual((await it.store.details([it.db])).get(it.db)?.secrets, [])
    await write(it, it.db, 'one')
    await expire()
    assert.deepEqual((await it.store.details([it.db])).get(it.db)?.secrets, [{ version: 1 }])
  })

  test(`${name}: a role knows when it was created, also after it was put again`, async () => {
    await using it = await withVariable(open)
    const id = it.id('group', 'g')
    assert.equal(await it.store.roleCreatedAt(id), undefined)
    const before = Date.now()
    await it.change([{ op: 'add', row: { table: 'role', id } }])
    const createdAt = (await it.store.roleCreatedAt(id)) ?? assert.fail('no time')
    assert.ok(Math.abs(createdAt.getTime() - before) < 60_000)
    await it.change([{ op: 'change', row: { table: 'role', id, policy: id } }])
    assert.deepEqual(await it.store.roleCreatedAt(id), createdAt)
  })
}
