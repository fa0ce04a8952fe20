import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEnvFile } from '#cli/import/env.ts'

const read = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(parseEnvFile(text).map(({ id, value }) => [id, value.toString()]))

test('assignments are read with and without quotes, comments and export', () => {
  assert.deepEqual(
    read(
      [
        '\uFEFF# a comment',
        '',
        'PLAIN=value',
        '  export SPACED = around  ',
        "SINGLE='as $it is \\n'",
        'DOUBLE="two\\nlines \\"and\\" \\$more" # said',
        'BACK=`both \' and "`',
        'HASH=a#b # comment',
        'EMPTY=',
        'with.dots-and-dashes=1',
        'MULTI="first',
        'second"',
        'LAST=no line break',
      ].join('\n'),
    ),
    {
      PLAIN: 'value',
      SPACED: 'around',
      SINGLE: 'as $it is \\n',
      DOUBLE: 'two\nlines "and" $more',
      BACK: 'both \' and "',
      HASH: 'a#b',
      EMPTY: '',
      'with.dots-and-dashes': '1',
      MULTI: 'first\nsecond',
      LAST: 'no line break',
    },
  )
  assert.deepEqual(read('A=1\r\nB="2"\r\n'), { A: '1', B: '2' })
})

test('`template`: nothing in a value is evaluated', () => {
  const values = ['$HOME', '${HOME}', '$(id)', '`id`'.replaceAll('`', ''), '{{constructor}}']
  for (const value of values) assert.deepEqual(read(`A="${value}"\n`), { A: value })
})

test('the last assignment of a name counts', () => {
  assert.deepEqual(read('A=1\nB=2\nA=3\n'), { A: '3', B: '2' })
})

test('`error-canary`: what is no assignment is told by its line alone', () => {
  for (const text of [
    'A=1\nc4n4ry\n',
    'A=1\n1c4n4ry=2\n',
    'A=1\nB="c4n4ry\n',
    "A=1\nB='x' c4n4ry\n",
  ]) {
    assert.throws(() => parseEnvFile(text), { code: 'usage', message: 'line 2 is not NAME=VALUE' })
  }
})

test('`regex-dos`: a hostile file takes no longer than a good one', () => {
  const size = 500_000
  const started = performance.now()
  for (const text of [
    `A=${' '.repeat(size)}\u0001`,
    `A="${'\\'.repeat(size)}`,
    `A=${'#'.repeat(size)}\rX`,
    `${' '.repeat(size)}x`,
    `A='${'"'.repeat(size)}`,
    'A=#\n'.repeat(size / 10),
  ]) {
    try {
      parseEnvFile(text)
    } catch (error) {
      assert.ok(error instanceof Error && error.message.endsWith('is not NAME=VALUE'))
    }
  }
  assert.ok(performance.now() - started < 5000)
})
