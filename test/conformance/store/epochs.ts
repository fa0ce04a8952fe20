import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Catchup, Store } from '#app/store.ts'
import { type Open, add, remove, nothing, fixture } from './fixture.ts'

function mustBeKnown(catchup: Catchup | undefined): Catchup {
  assert.ok(catchup, 'the log reaches back')
  return catchup
}

/** How nodes learn what others changed. */
export function epochs(name: string, open: Open): void {
  test(`${name}: the epoch grows by one with a change and stays without one`, async () => {
    await using it = await fixture(open)
    const { epoch } = await it.store.read([])
    await it.store.change(it.account, nothing)
    assert.equal((await it.store.read([])).epoch, epoch)
    await it.change([add({ table: 'role', id: it.id('user', 'alice') })])
    assert.equal((await it.store.read([])).epoch, epoch + 1)
    const seen = await it.store.change(it.account, async (transaction) => transaction.epoch)
    assert.equal(seen, epoch + 1)
  })

  test(`${name}: another node learns from the log what changed, in order`, async () => {
    await using it = await fixture(open)
    await using node = await open()
    const { epoch } = await node.snapshot()
    const row = {
      table: 'role',
      id: it.id('user', 'alice'),
      policy: it.id('policy', 'root'),
    } as const
    await it.change([add(row)])
    await it.change([remove(row)])
    const catchup = mustBeKnown(await node.since(epoch))
    assert.deepEqual(catchup, { epoch: epoch + 2, changes: [add(row), remove(row)] })
    assert.deepEqual(await node.since(epoch + 2), { epoch: epoch + 2, changes: [] })
  })

  test(`${name}: \`rollback\`: an epoch that the log cannot continue asks for a snapshot`, async () => {
    await using it = await fixture(open)
    const { epoch } = await it.store.read([])
    assert.equal(await it.store.since(epoch + 5), undefined)
    assert.equal(await it.store.since(-1), undefined)
  })

  test(`${name}: concurrent changes of several accounts get epochs without gap or repetition`, async () => {
    await using one = await fixture(open)
    await using two = await fixture(open)
    const { epoch } = await one.store.read([])
    const numbers = Array.from({ length: 10 }, (_, index) => index)
    const changing = [one, two].flatMap((each) =>
      numbers.map((n) => each.change([add({ table: 'role', id: each.id('user', `u${n}`) })])),
    )
    const seen = await observe(one.store, Promise.all(changing))
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
    const catchup = mustBeKnown(await two.store.since(epoch))
    assert.equal(catchup.epoch, epoch + 20)
    assert.equal(catchup.changes.length, 20)
  })
}

/** The epochs that a reader sees, one after the other, until `work` is done. */
async function observe(store: Store, work: Promise<unknown>): Promise<readonly number[]> {
  const isDone = work.then(() => true)
  const seen: number[] = []
  do {
    seen.push((await store.read([])).epoch)
  } while (!(await Promise.race([isDone, setImmediate(false)])))
  return seen
}
