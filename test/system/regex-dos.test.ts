import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expressionsIn } from './expression-source.ts'
import { pumpsOf } from './pumped-texts.ts'

const expressions = expressionsIn('src')

/** How long the texts are: the short ones find what multiplies with each character, the last one what grows with the square. */
const SIZES = [...Array.from({ length: 26 }, (_, step) => 10 + 3 * step), 200, 2000, 50_000]

/** One that grows with the square takes seconds for the longest text, and ours take less than a millisecond. */
const LIMIT_MS = 200

const ENDS = ['', '\n!', '\0', ' x']

/** Those that match only what the person who starts the program has written. */
const OWN_TEXT: Readonly<Record<string, string>> = {
  'src/cli/import/env.ts': String.raw`\s+#.*$`,
  'src/run/tag.ts': "^!(.*?)(?:default='(.*)'(.*))?$",
}

const isOwnText = (place: string, source: string): boolean =>
  OWN_TEXT[place.replace(/:\d+$/, '')] === source

/**
 * The texts that an expression is tried with.
 *
 * @yields the short ones first
 */
function* textsFor(source: string, flags: string): Generator<string> {
  const pumps = pumpsOf(source, flags)
  for (const size of SIZES) {
    for (const { prefix, unit } of pumps) {
      const pumped = prefix + unit.repeat(Math.ceil(size / Math.max(1, unit.length)))
      yield* ENDS.map((end) => pumped + end)
    }
  }
}

/** How long the slowest of the texts takes, in milliseconds; it stops at the first that is too slow. */
function slowest(source: string, flags: string): { readonly ms: number; readonly text: string } {
  const expression = new RegExp(source, flags.replace('g', ''))
  let worst = { ms: 0, text: '' }
  for (const text of textsFor(source, flags)) {
    const ms = timeOf(expression, text)
    if (ms > worst.ms) worst = { ms, text: JSON.stringify(text.slice(0, 60)) }
    if (ms > LIMIT_MS) break
  }
  return worst
}

function timeOf(expression: RegExp, text: string): number {
  // A sticky one begins where the last match ended.
  expression.lastIndex = 0
  const began = performance.now()
  expression.exec(text)
  return performance.now() - began
}

test('`regex-dos`: the texts of this test find what is slow', () => {
  const slow = [
    '^(a+)+$',
    '^(?:a|aa)*$',
    String.raw`^ssh [a-z]+ ?[^\n]*\n?$`,
    String.raw`\s+$`,
    '^(?:[a-z]+,?)*$',
    'a[^]*b[^]*c',
  ]
  for (const source of slow) assert.ok(slowest(source, '').ms > LIMIT_MS, source)
})

for (const { place, source, flags } of expressions) {
  if (isOwnText(place, source) || pumpsOf(source, flags).length === 0) continue
  test(`\`regex-dos\`: ${place} takes no longer than its text: /${source}/${flags}`, () => {
    const { ms, text } = slowest(source, flags)
    assert.ok(ms <= LIMIT_MS, `${ms} ms for ${text}…`)
  })
}

test('there are expressions to test', () => {
  assert.ok(expressions.length > 100)
})
