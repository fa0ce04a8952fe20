import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reading, SecretEntry } from '#run/secrets-file.ts'
import { parseSecrets } from '#run/secrets-file.ts'

const read = (text: string, reading: Partial<Reading> = {}): readonly SecretEntry[] =>
  parseSecrets(text, { where: 'secrets.yml', substitutions: new Map(), ...reading })

const literalsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    read(text).map(({ key, from }) => [key, from.kind === 'literal' ? from.text : `!${from.id}`]),
  )

test('a scalar keeps the text of the source, whatever YAML would make of it', () => {
  const text =
    'A: 010\nB: 1.0\nC: yes\nD: 0x1F\nE: null\nF:\nG: 2001-01-01\nH: !!int 5\nI: !bool true'
  assert.deepEqual(literalsOf(text), {
    A: '010',
    B: '1.0',
    C: 'yes',
    D: '0x1F',
    E: 'null',
    F: '',
    G: '2001-01-01',
    H: '5',
    I: 'true',
  })
})

test('quoted and block scalars mean what YAML says', () => {
  assert.deepEqual(literalsOf("A: \"a\\nb\"\nB: |\n  x\n  y\nC: 'it''s'"), {
    A: 'a\nb',
    B: 'x\ny\n',
    C: "it's",
  })
})

const variable = { key: 'K', from: { kind: 'variable', id: 'db/password' } }

test('the words of a tag stand in any order', () => {
  for (const tag of ['!var', '!str:var', '!var:int']) {
    assert.deepEqual(read(`K: ${tag} db/password`), [{ ...variable, toFile: false }], tag)
  }
  for (const tag of ['!var:file', '!file:var', '!file:str:var']) {
    assert.deepEqual(read(`K: ${tag} db/password`), [{ ...variable, toFile: true }], tag)
  }
})

test('a default stands anywhere in the tag, ends at its last quote and may be percent-encoded', () => {
  for (const [tag, fallback] of [
    ["!var:default='x'", 'x'],
    ["!default='x':var", 'x'],
    ["!var:default='it''s'", "it''s"],
    ["!var:default='a%20b'", 'a b'],
    ["!var:default='var:file'", 'var:file'],
    ["!var:default=''", ''],
  ] as const) {
    assert.deepEqual(read(`K: ${tag} db/password`), [{ ...variable, toFile: false, fallback }], tag)
  }
})

test('a literal may have a default and go to a file', () => {
  assert.deepEqual(read(`K: !file:default='x' ""`), [
    { key: 'K', from: { kind: 'literal', text: '' }, toFile: true, fallback: 'x' },
  ])
})

test('a tag with any other word is refused', () => {
  for (const tag of [
    '!secret',
    '!var:files',
    "!var:default='a",
    '!Var',
    '!<tag:x>',
    '!default=x',
  ]) {
    assert.throws(
      () => read(`K: ${tag} x`),
      {
        code: 'configuration',
        message: /Unable to parse configuration from secrets.yml: unknown tag type: /,
      },
      tag,
    )
  }
  assert.throws(() => read("K: !var:default='a%FFb' x"), /is ill encoded/)
})

const defined = {
  substitutions: new Map([
    ['env', 'prod'],
    ['x', 'foo=bar'],
  ]),
}

test('definitions are put into ids and literals, never into keys', () => {
  assert.deepEqual(
    read('$env: !var $env/db\nL: a$x-$$-$ $1', {
      substitutions: new Map([...defined.substitutions, ['1', 'one']]),
    }),
    [
      { key: '$env', from: { kind: 'variable', id: 'prod/db' }, toFile: false },
      { key: 'L', from: { kind: 'literal', text: 'afoo=bar-$-$ one' }, toFile: false },
    ],
  )
  assert.deepEqual(literalsOf('L: $$ $$ $$'), { L: '$ $ $' })
})

test('a name that is not defined is refused', () => {
  assert.throws(() => read('L: $nope', defined), {
    code: 'configuration',
    message: 'Unable to parse configuration from secrets.yml: variable `nope` not declared',
  })
})

const SECTIONED = 'common:\n  A: 1\n  B: 1\ndefault:\n  C: 1\nprod:\n  B: !var b\n  D: 1\nempty:\n'

const keysOf = (text: string, environment: string): readonly string[] =>
  read(text, { environment }).map(({ key }) => key)

test('a section stands over common', () => {
  assert.deepEqual(keysOf(SECTIONED, 'prod'), ['A', 'B', 'D'])
  assert.deepEqual(read(SECTIONED, { environment: 'prod' })[1]?.from, { kind: 'variable', id: 'b' })
  assert.deepEqual(keysOf(SECTIONED, 'empty'), ['A', 'B'])
})

test('a section stands over default only where there is no common', () => {
  assert.deepEqual(keysOf('default:\n  A: 1\nprod:\n  B: 1\n', 'prod'), ['A', 'B'])
})

test('a section that is not there is refused, even beside common', () => {
  for (const text of [SECTIONED, 'A: 1', '']) {
    assert.throws(() => read(text, { environment: 'nope' }), {
      message:
        'Unable to parse configuration from secrets.yml: No such environment `nope` found in secrets file',
    })
  }
  assert.throws(() => read('A: 1\nprod:\n  B: 1', { environment: 'prod' }), /No such environment/)
})

test('a file with sections needs one to be named', () => {
  assert.throws(
    () => read(SECTIONED),
    /environment sections exist in file config but no environment/,
  )
})

test('`yaml`: a key given twice, an alias, a list, a nested section and a second document are refused', () => {
  assert.throws(() => read('A: 1\nB: 2\nA: 3'), /a key is given twice at line 3, column 1/)
  assert.throws(() => read('A: &a x\nB: *a'), /the value of `B` is not a plain value/)
  assert.throws(() => read('A: [x]'), /the value of `A` is not a plain value/)
  assert.throws(
    () => read('p:\n  A:\n    B: 1', { environment: 'p' }),
    /environment sections exist/,
  )
  assert.throws(() => read('A: 1\n---\nB: 2'), /not valid YAML at line 2, column 1/)
  assert.throws(() => read('- A'), /invalid YAML structure: expected mapping/)
  assert.throws(() => read('<<: {A: 1}'), /environment sections exist/)
})

test('`error-canary`: a message about ill-formed YAML does not quote the file', () => {
  assert.throws(
    () => read('PASSWORD: "c4n4ry\nB: 1'),
    (error: Error) => !error.message.includes('c4n4ry'),
  )
})

test('a name that no environment variable can have is refused', () => {
  assert.throws(() => read('A=B: 1'), /`A=B` is not the name of an environment variable/)
  assert.throws(() => read('"": 1'), /is not the name of an environment variable/)
})

test('push-to-file groups are refused, not ignored', () => {
  assert.throws(() => read('summon.files: []\nA: 1'), /`summon.files` is not supported yet/)
})

test('an empty file asks for nothing', () => {
  assert.deepEqual(read(''), [])
  assert.deepEqual(read('# only a comment\n'), [])
})
