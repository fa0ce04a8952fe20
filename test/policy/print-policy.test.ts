import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { printYaml } from '#policy/print-policy.ts'
import { id, load, emptyWorld } from './loading.ts'

const TEXTS = [
  'plain',
  'a/b.c_d@e-f',
  '10.0.0.0/8',
  '::/0',
  '',
  ' ',
  'no',
  'Yes',
  'null',
  '~',
  'y',
  '12',
  '0o17',
  '1e3',
  '2024-01-01',
  'a: b',
  '- a',
  '#a',
  'a #b',
  '!tag',
  '*alias',
  '&anchor',
  '{a}',
  '[a]',
  '%a',
  '`a`',
  "it's",
  'say "no"',
  'back\\slash',
  'two\nlines\n',
  'tab\t',
  '\u0085\u2028\u2029\uFEFF',
  '\u007F\u0001',
  '😀',
  '---',
  '...',
]

const annotated = (text: string): string =>
  printYaml([
    {
      tag: 'variable',
      value: new Map<string, string | Map<string, string>>([
        ['id', 'v'],
        ['annotations', new Map([['a', text]])],
      ]),
    },
  ])

for (const text of TEXTS) {
  test(`${JSON.stringify(text)} is read back as it was printed, by our reader and by another`, () => {
    const printed = annotated(text)
    const world = emptyWorld()
    load(world, printed)
    assert.equal(world.of(id('variable:v')).get('a')?.value, text)
    for (const version of ['1.1', '1.2'] as const) {
      const read: unknown = parse(printed, { version, logLevel: 'silent' })
      assert.deepEqual(read, [{ id: 'v', annotations: { a: text } }])
    }
  })
}
