import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MIME_TYPE } from '#app/store.ts'
import type { Row } from '#domain/change.ts'
import { REQUIRE_MFA } from '#domain/factor-demand.ts'
import {
  type Open,
  bytes,
  add,
  put,
  remove,
  fixture,
  event,
  rowsOf,
  inAnyOrder,
} from './fixture.ts'

/** What a load writes is what a snapshot holds. */
export function graphRows(name: string, open: Open): void {
  test(`${name}: a snapshot holds every row of the graph as it was put, and of annotations the mime types and the demands of a factor`, async () => {
    await using it = await fixture(open)
    const [alice, ops, db, policy] = [
      it.id('user', 'alice'),
      it.id('group', 'ops'),
      it.id('variable', 'db'),
      it.id('policy', 'root'),
    ]
    const rows: Row[] = [
      { table: 'role', id: alice, policy },
      { table: 'role', id: ops },
      { table: 'resource', id: db, owner: ops, policy },
      { table: 'membership', role: ops, member: alice, ownership: false, admin: true, policy },
      { table: 'membership', role: ops, member: alice, ownership: true, admin: false },
      { table: 'permission', resource: db, role: ops, privilege: 'execute', policy },
      { table: 'restriction', role: alice, cidrs: ['192.0.2.0/24', '2001:db8::/32'] },
      { table: 'credential', role: alice, generation: 'g1' },
      { table: 'enablement', resource: db, enabled: true },
    ]
    const annotated = { table: 'annotation', resource: db, value: 'text/plain' } as const
    const mimeType: Row = { ...annotated, name: MIME_TYPE }
    const demands = ['', '-within', '-of-the-future'].map((end): Row => ({
      ...annotated,
      name: `${REQUIRE_MFA}${end}`,
    }))
    const kept = [...rows, mimeType, ...demands]
    const left = ['n', 'strongroom/require', 'STRONGROOM/require-mfa'].map((other): Row => ({
      ...annotated,
      name: other,
    }))
    await it.change([...kept, ...left].map(add))
    assert.deepEqual(await rowsOf(it), inAnyOrder(kept))
  })

  test(`${name}: a change replaces a row, and a removal removes exactly it`, async () => {
    await using it = await fixture(open)
    const [db, one, two] = [it.id('variable', 'db'), it.id('group', 'one'), it.id('group', 'two')]
    const granted = { table: 'membership', role: one, member: two, admin: false } as const
    await it.change([
      add({ table: 'resource', id: db, owner: one }),
      add({ ...granted, ownership: false }),
      add({ ...granted, ownership: true }),
    ])
    await it.change([
      put({ table: 'resource', id: db, owner: two }),
      remove({ ...granted, ownership: true }),
    ])
    const left: Row[] = [
      { table: 'resource', id: db, owner: two },
      { ...granted, ownership: false },
    ]
    assert.deepEqual(await rowsOf(it), inAnyOrder(left))
  })

  test(`${name}: a row that is removed and added in one load is there, and what hung on it is not`, async () => {
    await using it = await fixture(open)
    const db = it.id('variable', 'db')
    const row = { table: 'resource', id: db, owner: db } as const
    await it.change([add(row), add({ table: 'annotation', resource: db, name: 'n', value: 'v' })])
    await it.store.writeSecret(
      db,
      () => bytes('one'),
      () => event(it.account),
      20,
    )
    await it.change([remove(row), add(row)])
    assert.deepEqual(await rowsOf(it), inAnyOrder([row]))
    assert.equal((await it.store.annotations(db)).size, 0)
    assert.deepEqual((await it.store.read([{ resource: db }])).values, [undefined])
  })

  test(`${name}: an enablement is as it was last put, and goes with its resource`, async () => {
    await using it = await fixture(open)
    const db = it.id('webservice', 'conjur/authn-jwt/kube')
    const row = { table: 'resource', id: db, owner: db } as const
    const enabled = { table: 'enablement', resource: db, enabled: true } as const
    await it.change([add(row), put({ ...enabled, enabled: false }), put(enabled)])
    assert.deepEqual(await rowsOf(it), inAnyOrder([row, enabled]))
    await it.change([remove(row), add(row)])
    assert.deepEqual(await rowsOf(it), inAnyOrder([row]))
    await it.change([add(enabled)])
    await it.change([remove(enabled)])
    assert.deepEqual(await rowsOf(it), inAnyOrder([row]))
  })

  test(`${name}: a row that is added and removed in one load is not there`, async () => {
    await using it = await fixture(open)
    const row = { table: 'role', id: it.id('user', 'brief') } as const
    await it.change([add(row), remove(row)])
    assert.deepEqual(await rowsOf(it), [])
  })

  test(`${name}: names with quotes, backslashes, braces and commas come back unchanged`, async () => {
    await using it = await fixture(open)
    const odd = it.id(
      'variable',
      String.raw`{a,"b"}\'c'; drop table secret; --%_${'$1'} é 漢 🔑 NULL`,
    )
    const row = { table: 'resource', id: odd, owner: odd } as const
    await it.change([
      add(row),
      add({ table: 'annotation', resource: odd, name: 'null', value: 'NULL' }),
    ])
    assert.deepEqual(await rowsOf(it), inAnyOrder([row]))
    assert.deepEqual([...(await it.store.annotations(odd))], [['null', 'NULL']])
  })

  test(`${name}: many thousand rows are written in one load`, async () => {
    await using it = await fixture(open)
    const ids = Array.from({ length: 12_000 }, (_, index) => it.id('variable', `many/${index}`))
    const rows = ids.map((id) => ({ table: 'resource', id, owner: id }) as const)
    await it.change(rows.map(add))
    assert.equal((await rowsOf(it)).length, rows.length)
    await it.change(rows.map(remove))
    assert.equal((await rowsOf(it)).length, 0)
  })
}
