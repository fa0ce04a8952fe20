import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE } from '#domain/ints.ts'
import { LoadedRows } from '#domain/loaded-rows.ts'
import { joined, randomRows, universeOf } from './random-world.ts'
import { forSeeds } from './random.ts'

const universe = joined(universeOf('one'), universeOf('two'))

test('when the last row that mentions a name is gone, the name is gone, whatever was put again and replaced before', () => {
  forSeeds(200, (random) => {
    const rows = new LoadedRows()
    const loaded = [...randomRows(random, universe), ...randomRows(random, universe)]
    for (const row of loaded) rows.put(row)
    for (const row of loaded) rows.remove(row)
    for (const id of [...universe.roles, ...universe.resources]) {
      assert.equal(rows.ids.find(id), NONE)
      assert.equal(rows.restrictions.has(id), false)
      assert.equal(rows.credentials.has(id), false)
    }
    for (const privilege of universe.privileges) {
      assert.equal(rows.privileges.find(privilege), NONE)
    }
  })
})
