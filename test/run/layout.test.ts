import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Layout } from '#run/layout.ts'
import { layOut } from '#run/layout.ts'
import type { RunOptions } from '#run/arguments.ts'
import { parseRunArguments } from '#run/arguments.ts'
import { planFiles } from '#run/plan.ts'
import { parseSecrets } from '#run/secrets-file.ts'
import type { SecretEntry } from '#run/secret-entry.ts'
import type { Values } from '#run/values.ts'

/** What a child gets for a secrets file, when each variable has its value in `values`. */
function laidOut(
  text: string,
  argv: readonly string[],
  values: Readonly<Record<string, string | Buffer>> = {},
): Layout {
  const options: RunOptions = parseRunArguments(argv)
  const { entries, files } = parseSecrets(text, { ...options, where: 'test' })
  const planned = planFiles(files, '/work')
  const found = new Map<SecretEntry, Buffer>()
  for (const entry of [...entries, ...planned.flatMap(({ spec }) => spec.entries)]) {
    const value = entry.from.kind === 'literal' ? entry.from.text : values[entry.from.id]
    if (value !== undefined) found.set(entry, Buffer.from(value))
  }
  const known: Values = found
  const { command, envFileFormat, environment } = options
  const section = environment === undefined ? {} : { section: environment }
  const plan = { entries, files: planned, command, envFileFormat, ...section }
  return layOut(plan, known, (name) => `/files/${name}`)
}

const textsOf = (files: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> =>
  Object.fromEntries([...files].map(([name, value]) => [name, Buffer.from(value).toString()]))

test('the child gets values as variables, or the paths of files, and the name of the section', () => {
  const { variables, secretFiles } = laidOut(
    'prod:\n  A: !var a\n  B: !var:file b\n  C: !file c\n  GONE: !var gone',
    ['-e', 'prod', 'x'],
    { a: 'ü\n', b: 'bytes' },
  )
  assert.deepEqual(variables, [
    ['A', 'ü\n'],
    ['B', '/files/secret-2'],
    ['C', '/files/secret-3'],
    ['SUMMON_ENV', 'prod'],
  ])
  assert.deepEqual(textsOf(secretFiles), { 'secret-2': 'bytes', 'secret-3': 'c' })
})

test('a binary value or one with a NUL is refused as a variable, with the way out', () => {
  for (const value of [
    [0x61, 0, 0x62],
    [0xff, 0xfe],
    [0xc0, 0x80],
  ]) {
    assert.throws(() => laidOut('A: !var a', ['x'], { a: Buffer.from(value) }), {
      code: 'configuration',
      message: /the value for `A` is binary/,
      hint: /A: !var:file ID/,
    })
  }
})

test('@SUMMONENVFILE is the path of a file with all variables, wherever it stands in an argument', () => {
  const text = 'B: !var b\nA: !var a\nF: !file f'
  const argv = ['cat', '@SUMMONENVFILE', '--from=@SUMMONENVFILE,x', 'other']
  const { command, secretFiles } = laidOut(text, argv, { a: 'plain', b: 'two words\n' })
  assert.deepEqual(command, ['cat', '/files/env-file', '--from=/files/env-file,x', 'other'])
  assert.equal(textsOf(secretFiles)['env-file'], 'A=plain\nB="two words\\n"\nF=/files/secret-3\n')
})

test('without a reference there is no such file', () => {
  assert.equal(laidOut('A: x', ['true']).secretFiles.size, 0)
})

test('`argv/env`: @SUMMONDOCKERARGS gives names and paths, never values', () => {
  const text = 'A: !var a\nF: !var:file f'
  const argv = ['docker', 'run', '@SUMMONDOCKERARGS', 'image', 'x@SUMMONDOCKERARGS']
  const { command } = laidOut(text, argv, { a: 'c4n4ry', f: 'c4n4ry' })
  assert.deepEqual(command, [
    'docker',
    'run',
    '--env',
    'A',
    '--env',
    'F',
    '--volume',
    '/files/secret-2:/files/secret-2:ro',
    'image',
    'x@SUMMONDOCKERARGS',
  ])
})

const contentOf = (file: string, values: Readonly<Record<string, string | Buffer>>): string =>
  laidOut(`summon.files:\n  - path: out\n    ${file}`, ['x'], values)
    .pushedFiles.map(({ content }) => Buffer.from(content).toString())
    .join('|')

test('a file has its secrets by alias in its format, and those that are ignored are not in it', () => {
  const secrets = 'secrets: {B: !var b, A: !var a, GONE: !var gone}'
  const values = { a: 'v', b: 'w' }
  for (const [format, content] of [
    ['json', '{"A":"v","B":"w"}'],
    ['yaml', '"A": "v"\n"B": "w"'],
    ['dotenv', 'A="v"\nB="w"'],
    ['properties', 'A="v"\nB="w"'],
    ['bash', 'export A="v"\nexport B="w"'],
  ] as const) {
    assert.equal(contentOf(`format: ${format}\n    ${secrets}`, values), content, format)
  }
  assert.equal(
    contentOf(`template: '{{ secret "B" }}:{{ secret "A" }}'\n    ${secrets}`, values),
    'w:v',
  )
})

test('the same alias may mean another variable in another file', () => {
  const text =
    'summon.files:\n  - path: a\n    secrets: {X: !var a}\n  - path: b\n    secrets: {X: !var b}'
  const { pushedFiles } = laidOut(text, ['x'], { a: '1', b: '2' })
  assert.deepEqual(
    pushedFiles.map(({ file, content }) => [file.path, Buffer.from(content).toString()]),
    [
      ['/work/a', '"X": "1"'],
      ['/work/b', '"X": "2"'],
    ],
  )
})

test('a binary value is refused in a file of text, and is kept by a template', () => {
  const value = Buffer.from([0xff, 0])
  assert.throws(() => contentOf('secrets: {A: !var a}', { a: value }), {
    message: 'the value for `A` is binary, which the file `/work/out` cannot hold',
    hint: /b64enc/,
  })
  const plain = `summon.files:\n  - path: out\n    template: '{{ secret "A" }}'\n    secrets: {A: !var a}`
  assert.deepEqual(laidOut(plain, ['x'], { a: value }).pushedFiles[0]?.content, value)
  assert.equal(
    contentOf(`template: '{{ secret "A" | b64enc }}'\n    secrets: {A: !var a}`, { a: value }),
    '/wA=',
  )
})

test('a secret that goes to a file is in a file of several by its path', () => {
  const text = 'summon.files:\n  - path: out\n    format: json\n    secrets: {KEY: !var:file k}'
  const { pushedFiles, secretFiles } = laidOut(text, ['x'], { k: 'pem' })
  assert.equal(pushedFiles[0]?.content.toString(), '{"KEY":"/files/file-1-1"}')
  assert.deepEqual(textsOf(secretFiles), { 'file-1-1': 'pem' })
})

test('two files with one path, however it is written, are refused', () => {
  const text =
    'summon.files:\n  - path: out\n    secrets: {X: a}\n  - path: ./b/../out\n    secrets: {X: b}'
  assert.throws(() => laidOut(text, ['x']), {
    message: 'summon.files has the path `/work/out` twice',
  })
})
