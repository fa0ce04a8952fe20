import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageOf } from '#app/page.ts'
import type { Page, PageQuery } from '#app/page.ts'

const page = (all: string, query: Partial<PageQuery>): Page<string> =>
  pageOf(all.split(''), (item) => item, { offset: 0, limit: 2, ...query })

test('a page by offset has no key of the next one', () => {
  assert.deepEqual(page('abcde', { offset: 1 }), { total: 5, items: ['b', 'c'] })
  assert.deepEqual(page('abcde', { offset: 5 }), { total: 5, items: [] })
})

test('a page by key begins after the key, whether that is there or not', () => {
  assert.deepEqual(page('abcde', { after: '' }), { total: 5, items: ['a', 'b'], next: 'b' })
  assert.deepEqual(page('abcde', { after: 'b' }), { total: 5, items: ['c', 'd'], next: 'd' })
  assert.deepEqual(page('acde', { after: 'b' }), { total: 4, items: ['c', 'd'], next: 'd' })
})

test('the last page by key has no key of the next one, even when it is full', () => {
  assert.deepEqual(page('abcd', { after: 'b' }), { total: 4, items: ['c', 'd'] })
  assert.deepEqual(page('abcde', { after: 'd' }), { total: 5, items: ['e'] })
  assert.deepEqual(page('abcde', { after: 'e' }), { total: 5, items: [] })
  assert.deepEqual(page('', { after: '' }), { total: 0, items: [] })
})

test('a page of nothing tells how much there is', () => {
  assert.deepEqual(page('abc', { limit: 0 }), { total: 3, items: [] })
  assert.deepEqual(page('abc', { limit: 0, after: '' }), { total: 3, items: [] })
})
