import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRunArguments } from '#run/arguments.ts'

test('flags end at the first word that is none, so the command keeps its own', () => {
  const { command, file } = parseRunArguments(['-f', 'a.yml', 'psql', '-f', 'b.sql', '--', '-x'])
  assert.equal(file, 'a.yml')
  assert.deepEqual(command, ['psql', '-f', 'b.sql', '--', '-x'])
})

test('two dashes end the flags and belong to nobody', () => {
  assert.deepEqual(parseRunArguments(['--', '-x', '--', 'y']).command, ['-x', '--', 'y'])
})

test('a flag has one dash or two, and its value follows or is attached', () => {
  for (const argv of [
    ['-e', 'prod'],
    ['-e=prod'],
    ['--environment', 'prod'],
    ['--environment=prod'],
    ['-environment', 'prod'],
  ]) {
    assert.equal(parseRunArguments(argv).environment, 'prod', argv.join(' '))
  }
})

test('definitions and ignored keys may be repeated, and a value may hold an equals sign', () => {
  const options = parseRunArguments([
    '-D',
    'a=foo=bar',
    '-D=b=',
    '-i',
    'X',
    '--ignore',
    'Y',
    'true',
  ])
  assert.deepEqual(
    [...options.substitutions],
    [
      ['a', 'foo=bar'],
      ['b', ''],
    ],
  )
  assert.deepEqual([...options.ignored], ['X', 'Y'])
})

test('without flags the file is secrets.yml, and it was not named', () => {
  const options = parseRunArguments(['true'])
  assert.equal(options.file, 'secrets.yml')
  assert.equal(options.isNamed, false)
  assert.equal(options.up, false)
  assert.equal(options.inline, undefined)
})

test('an inline file may span lines', () => {
  assert.equal(parseRunArguments(['--yaml=A: 1\nB: 2', 'x']).inline, 'A: 1\nB: 2')
})

test('what is no flag of ours, lacks its value or has one too many is refused by name', () => {
  assert.throws(() => parseRunArguments(['--frob']), {
    code: 'usage',
    message: 'the flag `--frob` is not known',
  })
  assert.throws(() => parseRunArguments(['-__proto__', 'x']), /is not known/)
  assert.throws(() => parseRunArguments(['-f']), { message: 'the flag `-f` needs a value' })
  assert.throws(() => parseRunArguments(['--up=yes']), {
    message: 'the flag `--up=yes` takes no value',
  })
  assert.throws(() => parseRunArguments(['-D', 'x']), {
    message: 'invalid substitution format: `x` (expected key=value)',
  })
})
