import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '#domain/change.ts'
import { type Open, add, remove, fixture, withVariable } from './fixture.ts'

/** What the resource API shows and searches. */
export function resources(name: string, open: Open): void {
  test(`${name}: details show annotations by name, versions and policy loads`, async () => {
    await using it = await withVariable(open)
    const policy = it.id('policy', 'root')
    await it.change([
      add({ table: 'resource', id: policy, owner: policy }),
      add({ table: 'annotation', resource: it.db, name: 'b', value: '2', policy }),
      add({ table: 'annotation', resource: it.db, name: 'a', value: '1' }),
    ])
    const load = { policy, role: policy, text: '- !user a', sha256: 'x', clientIp: '192.0.2.1' }
    const createdAt = new Date('2026-01-02T03:04:05.678Z')
    const numbers = await it.store.change(it.account, async (transaction) => [
      await transaction.addPolicyVersion({ ...load, createdAt }, 2),
      await transaction.addPolicyVersion({ ...load, createdAt }, 2),
      await transaction.addPolicyVersion({ ...load, createdAt }, 2),
    ])
    assert.deepEqual(numbers, [1, 2, 3])
    const details = await it.store.details([it.db, policy, it.id('variable', 'none')])
    assert.deepEqual([...details.keys()].toSorted(), [it.db, policy].toSorted())
    assert.deepEqual(details.get(it.db)?.annotations, [
      { name: 'a', value: '1' },
      { name: 'b', value: '2', policy },
    ])
    const versions = details.get(policy)?.policyVersions ?? []
    assert.deepEqual(
      versions.map(({ version }) => version),
      [2, 3],
    )
    const { finishedAt, ...rest } = versions[0] ?? assert.fail('no version')
    assert.deepEqual(rest, { version: 2, ...load, createdAt })
    assert.ok(finishedAt > createdAt)
  })

  test(`${name}: a search finds words of identifier, kind and annotations, and all must match`, async () => {
    await using it = await fixture(open)
    const [one, two] = [it.id('variable', 'shop/db-main/password'), it.id('host', 'shop.web')]
    await it.change([
      ...[one, two].map((id) => add({ table: 'resource', id, owner: id })),
      add({
        table: 'annotation',
        resource: two,
        name: 'description',
        value: 'Runs the storefronts',
      }),
    ])
    const search = async (text: string): Promise<string[]> =>
      [...(await it.store.search(it.account, text))].toSorted()
    assert.deepEqual(await search('shop'), [one, two].toSorted())
    assert.deepEqual(await search('shop/db-main'), [one])
    assert.deepEqual(await search('variables'), [one])
    assert.deepEqual(await search('storefront web'), [two])
    assert.deepEqual(await search('storefront password'), [])
    assert.deepEqual(await search(`'); drop table resource; --`), [])
    assert.ok((await it.store.search(undefined, 'storefront')).has(two))
    await it.change([
      remove({ table: 'annotation', resource: two, name: 'description', value: '' }),
    ])
    assert.deepEqual(await search('storefront'), [])
    assert.deepEqual(await search('web'), [two])
  })

  test(`${name}: a NUL in a text is the caller's error`, async () => {
    await using it = await withVariable(open)
    await assert.rejects(it.store.search(it.account, 'a\0b'), { code: 'argument_error' })
    const annotation: Row = { table: 'annotation', resource: it.db, name: 'n', value: 'a\0b' }
    await assert.rejects(it.change([add(annotation)]), { code: 'argument_error' })
  })
}
