import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { renderEnvFile } from '#run/env-file.ts'
import { checkAlias, renderFile } from '#run/file-formats.ts'
import { goQuote } from '#run/go-quote.ts'

/** What has ever confused a reader of a configuration file. */
const HARD = [
  '',
  ' ',
  'a b',
  'it\'s "x"',
  'pa$HOME$(id)`id`${x}',
  String.raw`back\slash\n\\`,
  'line\nbreak\r\n\ttab',
  '# no comment',
  'ünïcode 🔑 \u2028\u2029\u00ad\u0085\u007f\ufeff',
  '\u0001\u001b[31m',
  '%s {{ secret "A" }} <%= 1 %>',
  "'",
  '\\',
  '!ruby/object',
]

test('a JSON file is read as what was written', () => {
  for (const value of HARD) {
    assert.deepEqual(JSON.parse(renderFile('json', [['A', value]])), { A: value }, value)
  }
})

test('a YAML file is read as what was written', () => {
  const aliases = HARD.map((value, at) => [`K${at}`, value] as const)
  assert.deepEqual(parse(renderFile('yaml', aliases)), Object.fromEntries(aliases))
})

test('a dotenv file quotes so that nothing is expanded', () => {
  for (const [value, text] of [
    ['plain', '"plain"'],
    ['a b', '"a b"'],
    ['a$b', "'a$b'"],
    ['say "x"', `'say "x"'`],
    ['one\ntwo', "'one\ntwo'"],
    [String.raw`a\b`, String.raw`'a\b'`],
    ["it's", `"it's"`],
    ["it's $x", String.raw`"it's \$x"`],
    ['end\\', String.raw`"end\\"`],
  ] as const) {
    assert.equal(renderFile('dotenv', [['A', value]]), `A=${text}`, value)
  }
})

test('Java reads the escapes of a properties file', () => {
  assert.equal(
    renderFile('properties', [['a.b', 'x"\\\nü\u0085']]),
    String.raw`a.b="x\"\\\nü\u0085"`,
  )
})

test('an alias that a format cannot have is refused', () => {
  for (const [format, good, bad] of [
    ['dotenv', ['A', '_a1'], ['', '1A', 'A.B', 'A-B', 'Ä', 'A=']],
    ['bash', ['A', '_a1'], ['', '1A', 'A.B', 'A;id', 'A\n']],
    ['properties', ['A.B'], ['.A', 'A B', 'A:']],
    ['yaml', ['a b', '1', 'ä'], ['', 'a"', 'a\\', 'a\n', 'x'.repeat(1025)]],
    ['json', ['a b', 'x'.repeat(1025)], ['', 'a"', 'a\u0000']],
  ] as const) {
    for (const alias of good) checkAlias(alias, format)
    for (const alias of bad) {
      assert.throws(() => checkAlias(alias, format), /cannot be an alias/, `${format} ${alias}`)
    }
  }
})

test('text is quoted as Go quotes it', () => {
  assert.equal(
    goQuote('a"\\\u0007\b\f\n\r\t\v\u0000\u007fü\u00a0\u2028🔑\u{e0001}'),
    String.raw`"a\"\\\a\b\f\n\r\t\v\x00\x7fü\u00a0\u2028🔑\U000e0001"`,
  )
})

test("Summon's env file quotes what has spaces, quotes or backslashes, and is sorted", () => {
  assert.equal(
    renderEnvFile(
      [
        ['B', 'x y'],
        ['A', 'plain=#$'],
        ['C', 'line\nbreak'],
        ['D', ''],
      ],
      'summon',
    ),
    'A=plain=#$\nB="x y"\nC="line\\nbreak"\nD=\n',
  )
})

test('the env file for docker and kubectl has every value as it is', () => {
  for (const format of ['docker', 'kubectl'] as const) {
    assert.equal(
      renderEnvFile(
        [
          ['A', ` "x" 'y' \\n #$=`],
          ['B', ''],
        ],
        format,
      ),
      `A= "x" 'y' \\n #$=\nB=\n`,
    )
  }
})

test('the env file for docker and kubectl refuses what these would read as something else', () => {
  for (const format of ['docker', 'kubectl'] as const) {
    for (const value of ['a\nb', 'a\r', 'a\n', 'x'.repeat(65_536)]) {
      assert.throws(() => renderEnvFile([['A', value]], format), {
        code: 'configuration',
        message: /which the env file cannot carry/,
        hint: /A: !var:file ID/,
      })
    }
    for (const key of ['#A', 'A B', 'A\t', '']) {
      assert.throws(() => renderEnvFile([[key, 'x']], format), /not a name/, key)
    }
  }
  renderEnvFile([['ä', 'x']], 'docker')
  for (const key of ['ä', '1A', '..a', '.', '$A']) {
    assert.throws(() => renderEnvFile([[key, 'x']], 'kubectl'), /not a name/, key)
  }
})

test('`error-canary`: a refusal does not show the value', () => {
  assert.throws(
    () => renderEnvFile([['A', 'c4n4ry\nx']], 'docker'),
    (error: Error) => !error.message.includes('c4n4ry'),
  )
})

test('the env file for a shell quotes so that nothing is expanded', () => {
  assert.equal(
    renderEnvFile([['A', 'x$y `id` "q" \\ \n!']], 'bash'),
    'export A="x\\$y \\`id\\` \\"q\\" \\\\ \n!"\n',
  )
  for (const key of ['A-B', '1A', 'A;id', 'A\n']) {
    assert.throws(() => renderEnvFile([[key, 'x']], 'bash'), /not a name/, key)
  }
})
