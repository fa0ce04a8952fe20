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
    message: 'the flag `--up=yes` is on or off',
  })
  assert.throws(() => parseRunArguments(['-D', 'x']), {
    message: 'invalid substitution format: `x` (expected key=value)',
  })
})

test('a switch may be said to be on or off in the words of Go', () => {
  assert.equal(parseRunArguments(['--up=true', 'x']).up, true)
  assert.equal(parseRunArguments(['-up=1', 'x']).up, true)
  assert.equal(parseRunArguments(['--up', '--up=false', 'x']).up, false)
  assert.equal(parseRunArguments(['--ignore-all=F', 'x']).ignoreAll, false)
})

test('a provider and the format of the env file are named', () => {
  const options = parseRunArguments(['-p', 'vault', '--env-file-format=kubectl', 'x'])
  assert.equal(options.provider, 'vault')
  assert.equal(options.envFileFormat, 'kubectl')
  assert.equal(parseRunArguments(['x']).envFileFormat, 'summon')
  assert.throws(() => parseRunArguments(['--env-file-format', 'toString', 'x']), {
    code: 'usage',
    message: 'there is no format `toString` for an env file',
  })
})

test('watching has an interval and may have a signal, and either flag asks for it', () => {
  assert.equal(parseRunArguments(['x']).watch, undefined)
  assert.deepEqual(parseRunArguments(['--watch', 'x']).watch, { intervalMs: 30_000 })
  assert.deepEqual(parseRunArguments(['--watch-interval=2m', 'x']).watch, { intervalMs: 120_000 })
  assert.deepEqual(parseRunArguments(['--watch-signal', 'hup', 'x']).watch, {
    intervalMs: 30_000,
    signal: 'SIGHUP',
  })
  assert.throws(() => parseRunArguments(['--watch-signal', 'NOPE', 'x']), /no signal `NOPE`/)
})

test('a duration that is none, is nothing or is too long for a timer is refused', () => {
  for (const text of ['', '5', 's', '1.5s', '-1s', '0s', '99d', '1y', '10toString', '50ms']) {
    assert.throws(
      () => parseRunArguments([`--watch-interval=${text}`, 'x']),
      { code: 'usage' },
      text,
    )
  }
})

test('`fallback`: there is none unless it is asked for, and then it has an age', () => {
  assert.equal(parseRunArguments(['x']).fallbackMaxAgeMs, undefined)
  assert.equal(parseRunArguments(['--fallback', 'x']).fallbackMaxAgeMs, 86_400_000)
  assert.equal(parseRunArguments(['--fallback-max-age', '1h', 'x']).fallbackMaxAgeMs, 3_600_000)
})
