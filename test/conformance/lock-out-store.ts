import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Failures, LockOutStore } from '#app/lock-out-store.ts'

const one: Failures = { count: 1, lastAt: 1_700_000_000_000 }

/** What every store of failed logins owes its callers. */
export function lockOutStoreConformance(
  name: string,
  open: () => Promise<LockOutStore & AsyncDisposable>,
): void {
  const known = (store: LockOutStore, subject: string): Promise<Failures | undefined> =>
    store.reviseFailures([subject], (_, failures) => failures).then(([failures]) => failures)

  test(`${name}: a subject without failures has none, and asking leaves none behind`, async () => {
    await using store = await open()
    const subject = randomUUID()
    assert.equal(await known(store, subject), undefined)
    assert.equal(await known(store, subject), undefined)
  })

  test(`${name}: failures are what they were made, and what they were before is told`, async () => {
    await using store = await open()
    const [first, second] = [randomUUID(), randomUUID()]
    await store.reviseFailures([first], () => one)
    const before = await store.reviseFailures([second, first], (subject, failures) =>
      subject === first ? { count: (failures?.count ?? 0) + 1, lastAt: 7 } : one,
    )
    assert.deepEqual(before, [undefined, one])
    assert.deepEqual(await known(store, first), { count: 2, lastAt: 7 })
    assert.deepEqual(await known(store, second), one)
    await store.reviseFailures([first], () => undefined)
    assert.equal(await known(store, first), undefined)
  })

  test(`${name}: revisions of one subject happen one after the other, on all nodes`, async () => {
    await using store = await open()
    await using other = await open()
    const [subject, shared] = [randomUUID(), randomUUID()]
    const add = (node: LockOutStore, subjects: readonly string[]): Promise<unknown> =>
      node.reviseFailures(subjects, (_, failures) => ({
        count: (failures?.count ?? 0) + 1,
        lastAt: 1,
      }))
    await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        add(turn % 2 === 0 ? store : other, turn % 3 === 0 ? [subject, shared] : [shared, subject]),
      ),
    )
    assert.equal((await known(store, subject))?.count, 20)
    assert.equal((await known(store, shared))?.count, 20)
  })

  test(`${name}: failures that are old enough are forgotten, others are not`, async () => {
    await using store = await open()
    const [old, young] = [randomUUID(), randomUUID()]
    await store.reviseFailures([old], () => ({ count: 3, lastAt: 1000 }))
    await store.reviseFailures([young], () => ({ count: 3, lastAt: 2000 }))
    await store.forgetFailures(2000)
    assert.equal(await known(store, old), undefined)
    assert.equal((await known(store, young))?.count, 3)
  })
}
