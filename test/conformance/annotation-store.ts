import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnnotationStore } from '#app/annotation-store.ts'
import type { Store } from '#app/store.ts'
import { add, fixture, remove } from './store/fixture.ts'

/** What every store owes those who read the annotations of many resources. */
export function annotationStoreConformance(
  name: string,
  open: () => Promise<Store & AnnotationStore & AsyncDisposable>,
): void {
  test(`${name}: the annotations of many resources come at once, by name, without those that have none`, async () => {
    const store = await open()
    await using it = await fixture(async () => store)
    const [one, two, three] = [it.id('policy', 'one'), it.id('policy', 'two'), it.id('policy', '3')]
    const annotation = (resource: typeof one, label: string, value: string) =>
      ({ table: 'annotation', resource, name: label, value }) as const
    await it.change([
      ...[one, two, three].map((id) => add({ table: 'resource', id, owner: one })),
      add(annotation(one, 'b', '{"quoted": "text"}')),
      add(annotation(one, 'a', 'é')),
      add(annotation(three, 'c', '')),
    ])
    const found = await store.annotationsOf([three, two, one, it.id('policy', 'never')])
    assert.deepEqual(
      [found.size, [...(found.get(one) ?? [])], [...(found.get(three) ?? [])]],
      [
        2,
        [
          ['a', 'é'],
          ['b', '{"quoted": "text"}'],
        ],
        [['c', '']],
      ],
    )
    await it.change([remove({ table: 'resource', id: one, owner: one })])
    assert.equal((await store.annotationsOf([one])).size, 0)
    assert.equal((await store.annotationsOf([])).size, 0)
  })
}
