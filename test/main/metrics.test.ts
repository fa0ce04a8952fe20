import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bounded } from '../../src/main/server/metrics.ts'

test('a label has at most forty values, whatever a policy names: the rarest are counted together', () => {
  const kinds = new Map(Array.from({ length: 100 }, (_, n) => [`kind-${n}`, 100 - n]))
  const counts = bounded(kinds)
  assert.equal(counts.length, 41)
  assert.deepEqual(counts[0], ['kind-0', 100])
  assert.deepEqual(counts[40], ['other', (60 * 61) / 2])
  const few = new Map([['user', 1]])
  assert.deepEqual(bounded(few), [['user', 1]])
})
