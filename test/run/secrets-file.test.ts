import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileSpec } from '#run/file-spec.ts'
import type { SecretEntry } from '#run/secret-entry.ts'
import type { Reading } from '#run/secrets-file.ts'
import { parseSecrets } from '#run/secrets-file.ts'

const read = (text: string, reading: Partial<Reading> = {}): readonly SecretEntry[] =>
  parseSecrets(text, { where: 'secrets.yml', substitutions: new Map(), ...reading }).entries

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
  assert.throws(() => read('A: 1\nB: 2\nA: 3'), /the key `A` is given twice/)
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

test('an empty file asks for nothing', () => {
  assert.deepEqual(read(''), [])
  assert.deepEqual(read('# only a comment\n'), [])
})

const filesOf = (text: string, reading: Partial<Reading> = {}): readonly FileSpec[] =>
  parseSecrets(text, { where: 'secrets.yml', substitutions: new Map(), ...reading }).files

const FILE = 'summon.files:\n  - path: ./out/db.json\n'

test('a file has a path and secrets, and is private YAML unless it says otherwise', () => {
  assert.deepEqual(filesOf(`${FILE}    secrets:\n      USER: !var db/user\n      HOST: db\n`), [
    {
      path: './out/db.json',
      format: 'yaml',
      mode: 0o600,
      overwrite: false,
      entries: [
        { key: 'USER', from: { kind: 'variable', id: 'db/user' }, toFile: false },
        { key: 'HOST', from: { kind: 'literal', text: 'db' }, toFile: false },
      ],
    },
  ])
})

test('permissions are octal however they are written', () => {
  const modeOf = (text: string): number | undefined =>
    filesOf(`${FILE}    permissions: ${text}\n    secrets: {A: x}`)[0]?.mode
  for (const text of ['0640', '640', '0o640', '"0640"']) assert.equal(modeOf(text), 0o640, text)
  for (const text of ['0888', '10640', 'rw', '416d', '""']) {
    assert.throws(() => modeOf(text), /are no permissions/, text)
  }
})

test('a template is a format of its own unless another is named', () => {
  const [file] = filesOf(`${FILE}    template: 'x {{ secret "A" }}'\n    secrets: {A: !var a}`)
  assert.equal(file?.format, 'template')
  assert.equal(file?.template, 'x {{ secret "A" }}')
  assert.throws(
    () => filesOf(`${FILE}    format: template\n    secrets: {A: x}`),
    /has no template/,
  )
})

test('the secrets of a file may have sections, and need none on a command line that names one', () => {
  const sectioned = `${FILE}    secrets:\n      common: {A: 1, B: 1}\n      prod: {B: !var b}\n`
  const keys = (text: string, environment?: string): readonly string[] =>
    filesOf(text, environment === undefined ? {} : { environment }).flatMap(({ entries }) =>
      entries.map(({ key, from }) => `${key} ${from.kind}`),
    )
  assert.deepEqual(keys(sectioned, 'prod'), ['A literal', 'B variable'])
  assert.deepEqual(keys(`${FILE}    secrets: {A: x}`, 'prod'), ['A literal'])
  assert.throws(() => keys(sectioned), /no environment specified/)
  assert.throws(() => keys(sectioned, 'dev'), /No such environment `dev`/)
})

test('a file that is none, says too little or says something unknown is refused', () => {
  for (const [text, message] of [
    ['summon.files: x', /summon.files must be a sequence/],
    ['summon.files: [x]', /invalid YAML structure/],
    ['summon.files:\n  - secrets: {A: x}', /must contain a filename/],
    ['summon.files:\n  - path: out/\n    secrets: {A: x}', /must contain a filename/],
    [`summon.files:\n  - path: ${'x'.repeat(256)}\n    secrets: {A: x}`, /is too long/],
    [FILE, /no secrets defined/],
    [`${FILE}    secrets: {}`, /no secrets defined/],
    [`${FILE}    secrets: [A]`, /invalid YAML structure/],
    [`${FILE}    format: toml\n    secrets: {A: x}`, /unrecognized standard file format, `toml`/],
    [`${FILE}    format: constructor\n    secrets: {A: x}`, /unrecognized standard file format/],
    [`${FILE}    overwrite: maybe\n    secrets: {A: x}`, /neither true nor false/],
    [`${FILE}    permision: 0644\n    secrets: {A: x}`, /has no `permision`/],
  ] as const) {
    assert.throws(() => filesOf(text), { code: 'configuration', message }, text)
  }
})

test('`yaml`: a text that is too long or nested without end is refused in little time', () => {
  const began = performance.now()
  assert.throws(() => read(`A: ${'x'.repeat(2 ** 20)}`), /longer than 1 MiB/)
  for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), '- '.repeat(20_000)]) {
    assert.throws(() => read(text), { code: 'configuration' })
  }
  const wide = Array.from({ length: 5000 }, (_, at) => `K${at}: !var v${at}`).join('\n')
  assert.equal(read(wide).length, 5000)
  assert.throws(() => read(`${wide}\nK7: x`), /the key `K7` is given twice/)
  assert.ok(performance.now() - began < 10_000)
})

test('`yaml`: names that JavaScript knows are names like any other', () => {
  assert.deepEqual(
    read('__proto__: x\nconstructor: !var c').map(({ key }) => key),
    ['__proto__', 'constructor'],
  )
})
