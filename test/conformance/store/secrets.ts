import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Id } from '#domain/id.ts'
import { type Open, type Fixture, bytes, remove, event, withVariable } from './fixture.ts'

/** Versions of values. */
export function secrets(name: string, open: Open): void {
  const write = (it: Fixture, resource: Id, text: string, keep = 20): Promise<number> =>
    it.store.writeSecret(
      resource,
      () => bytes(text),
      () => event(it.account),
      keep,
    )

  test(`${name}: \`linearizable\`: a read after an acknowledged write returns it, on every node`, async () => {
    await using it = await withVariable(open)
    await using node = await open()
    for (const version of [1, 2, 3, 4, 5]) {
      assert.equal(await write(it, it.db, `value ${version}`), version)
      const { values } = await node.read([{ resource: it.db }])
      assert.equal(values[0]?.version, version)
      assert.equal(Buffer.from(values[0]?.sealed ?? []).toString(), `value ${version}`)
    }
  })

  test(`${name}: values come in the order of the wants, absent ones as undefined`, async () => {
    await using it = await withVariable(open)
    await write(it, it.db, 'one')
    await write(it, it.db, 'two')
    const { values } = await it.store.read([
      { resource: it.id('variable', 'none') },
      { resource: it.db, version: 1 },
      { resource: it.db },
      { resource: it.db, version: 3 },
      ...[0, -1, 1.5, 2 ** 31, Number.NaN].map((version) => ({ resource: it.db, version })),
      { resource: it.db },
    ])
    const found = values.map((value) => value && Buffer.from(value.sealed).toString())
    const none = Array.from({ length: 5 }, () => undefined)
    assert.deepEqual(found, [undefined, 'one', 'two', undefined, ...none, 'two'])
  })

  test(`${name}: any bytes come back as they were`, async () => {
    await using it = await withVariable(open)
    const all = Uint8Array.from({ length: 256 }, (_, index) => index)
    await it.store.writeSecret(
      it.db,
      () => all,
      () => event(it.account),
      20,
    )
    const { values } = await it.store.read([{ resource: it.db }])
    assert.deepEqual(new Uint8Array(values[0]?.sealed ?? []), all)
  })

  test(`${name}: concurrent writes of one secret get versions without gap or repetition`, async () => {
    await using it = await withVariable(open)
    const writes = Array.from({ length: 10 }, (_, index) => write(it, it.db, `v${index}`))
    const versions = await Promise.all(writes)
    assert.deepEqual(
      versions.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
  })

  test(`${name}: the newest versions are kept and no more`, async () => {
    await using it = await withVariable(open)
    for (const text of ['one', 'two', 'three', 'four']) {
      await write(it, it.db, text, 2)
    }
    const details = (await it.store.details([it.db])).get(it.db)
    assert.deepEqual(details?.secrets, [{ version: 3 }, { version: 4 }])
  })

  test(`${name}: a value and the record of its writing are there together or not at all`, async () => {
    await using it = await withVariable(open)
    const told: unknown[] = []
    await it.store.writeSecret(
      it.db,
      (latest, version) => {
        told.push(latest, version)
        return bytes('one')
      },
      (version) => event(it.account, { kind: 'update', subject: { version } }),
      20,
    )
    assert.deepEqual(told, [undefined, 1])
    const wrong = new Error('no record')
    const failing = it.store.writeSecret(
      it.db,
      () => bytes('two'),
      () => {
        throw wrong
      },
      20,
    )
    await assert.rejects(failing, wrong)
    const records = await it.store.audit({ account: it.account, limit: 10 })
    assert.deepEqual(
      records.map((record) => record.event.subject),
      [{ version: 1 }],
    )
    assert.equal((await it.store.read([{ resource: it.db }])).values[0]?.version, 1)
  })

  test(`${name}: a write that is called off leaves the newest version and no record`, async () => {
    await using it = await withVariable(open)
    await write(it, it.db, 'one')
    const version = await it.store.writeSecret(
      it.db,
      () => undefined,
      () => event(it.account),
      20,
    )
    assert.equal(version, 1)
    assert.equal((await it.store.audit({ account: it.account, limit: 10 })).length, 1)
  })

  test(`${name}: a secret of a resource that is gone cannot be written`, async () => {
    await using it = await withVariable(open)
    await it.change([remove({ table: 'resource', id: it.db, owner: it.db })])
    await assert.rejects(write(it, it.db, 'late'), { code: 'not_found' })
  })

  test(`${name}: a transaction adds a version and sees it`, async () => {
    await using it = await withVariable(open)
    await write(it, it.db, 'one')
    const [version, latest] = await it.store.change(it.account, async (transaction) => [
      await transaction.addVersion(it.db, (number) => bytes(`number ${number}`)),
      await transaction.latest(it.db),
    ])
    assert.equal(version, 2)
    assert.equal(Buffer.from(latest?.sealed ?? []).toString(), 'number 2')
  })
}
