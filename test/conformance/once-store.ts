import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { OnceStore } from '#app/once-store.ts'

const NOW = 1_700_000_000_000

/** What every store of what may be used once owes its callers. */
export function onceStoreConformance(
  name: string,
  open: () => Promise<OnceStore & AsyncDisposable>,
): void {
  test(`${name}: what was used cannot be used again before its time is over`, async () => {
    await using store = await open()
    const [first, second] = [randomBytes(32), randomBytes(32)]
    assert.equal(await store.useOnce(first, NOW + 1000, NOW), true)
    assert.equal(await store.useOnce(first, NOW + 1000, NOW), false)
    assert.equal(await store.useOnce(first, NOW + 1000, NOW + 1000), false)
    assert.equal(await store.useOnce(second, NOW + 1000, NOW), true)
  })

  test(`${name}: of many who use it at a time, on all nodes, one was the first`, async () => {
    await using store = await open()
    await using other = await open()
    const digest = randomBytes(32)
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        (turn % 2 === 0 ? store : other).useOnce(digest, NOW + 1000, NOW),
      ),
    )
    assert.equal(told.filter((isFirst) => isFirst).length, 1)
  })

  test(`${name}: what was used is forgotten when it is of no use any more`, async () => {
    await using store = await open()
    const digest = randomBytes(32)
    assert.equal(await store.useOnce(digest, NOW + 1000, NOW), true)
    await store.useOnce(randomBytes(32), NOW + 5000, NOW + 2000)
    assert.equal(await store.useOnce(digest, NOW + 5000, NOW + 2000), true)
  })
}
