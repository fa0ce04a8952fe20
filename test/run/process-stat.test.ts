import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProcessStat } from '#run/process-stat.ts'

test('a program may be named like the rest of the line', () => {
  const line =
    '4242 (a) 1 (b) S 1 4240 4200 34816 4241 4194304 90 0 0 0 1 2 3 4 20 0 7 0 987654 1000 50 18446744073709551615'
  assert.deepEqual(parseProcessStat(line), {
    group: 4240,
    terminal: 34816,
    foregroundGroup: 4241,
    startTime: '987654',
  })
})
