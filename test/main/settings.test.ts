import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSettings } from '../../src/main/server/settings.ts'

/** A file of settings that is gone after `use`. */
function withFile(text: string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-settings-'))
  try {
    const path = join(folder, 'strongroom.yml')
    writeFileSync(path, text)
    use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('without anything said, a setting has its standard value', () => {
  const settings = readSettings([], {})
  assert.equal(settings.port, 8443)
  assert.equal(settings.bindAddress, '127.0.0.1')
  assert.equal(settings.tls, true)
  assert.deepEqual(settings.authenticators, ['authn'])
})

test('a flag overrides the environment, the environment the file', () => {
  withFile('port: 1111\nlog-level: debug\naccount: acme\n', (path) => {
    const environment = {
      STRONGROOM_CONFIG: path,
      STRONGROOM_PORT: '2222',
      STRONGROOM_ACCOUNT: 'e',
    }
    const settings = readSettings(['--port', '3333'], environment)
    assert.equal(settings.port, 3333)
    assert.equal(settings.account, 'e')
    assert.equal(settings.logLevel, 'debug')
  })
})

test('a list is a sequence in the file and words between commas elsewhere', () => {
  withFile('authenticators: [authn, authn-jwt/kube]\n', (path) => {
    assert.deepEqual(readSettings(['--config', path], {}).authenticators, [
      'authn',
      'authn-jwt/kube',
    ])
  })
  assert.deepEqual(readSettings(['--trusted-proxies=10.0.0.0/8, ::1'], {}).trustedProxies, [
    '10.0.0.0/8',
    '::1',
  ])
})

test('an environment variable of white space counts as unset', () => {
  assert.equal(readSettings([], { STRONGROOM_PORT: '  ' }).port, 8443)
})

test('DATABASE_URL is the database-url setting under its usual name', () => {
  const settings = readSettings([], { DATABASE_URL: 'postgres://db/x' })
  assert.equal(settings.databaseUrl, 'postgres://db/x')
})

const REFUSED: readonly (readonly [
  what: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  message: RegExp,
])[] = [
  ['an unknown flag', ['--prot', '1'], {}, /`--prot` is not a setting/],
  ['an unknown variable', [], { STRONGROOM_PROT: '1' }, /`STRONGROOM_PROT` is not a setting/],
  ['a port that is none', ['--port', 'x'], {}, /--port is not a whole number from 0 to 65535/],
  ['a port in the environment', [], { STRONGROOM_PORT: '70000' }, /STRONGROOM_PORT is not a whole/],
  ['a word that is none', ['--tls', 'maybe'], {}, /--tls is not one of on, off/],
  ['an authenticator that is none', ['--authenticators', 'authn-jtw/x'], {}, /`authn-jtw\/x`/],
  ['a range that is none', ['--trusted-proxies', '10.0.0.0/40'], {}, /`10.0.0.0\/40`/],
  ['a flag without value', ['--port'], {}, /--port needs a value/],
  ['an argument', ['start'], {}, /no arguments but flags/],
  ['a missing named file', ['--config', '/nonexistent/x.yml'], {}, /cannot read .*x\.yml/],
  ['a certificate without key', ['--tls-cert', 'c.pem'], {}, /tls-cert and tls-key go together/],
  [
    'two master keys',
    [],
    { STRONGROOM_MASTER_KEY: 'a', STRONGROOM_MASTER_KEY_FILE: 'b' },
    /either master-key or master-key-file/,
  ],
]

for (const [what, argv, environment, message] of REFUSED) {
  test(`${what} stops the start and is named`, () => {
    assert.throws(() => readSettings(argv, environment), { code: 'configuration', message })
  })
}

test('a misspelt setting is answered with the one that may be meant', () => {
  assert.throws(() => readSettings(['--bind-adress', 'x'], {}), {
    hint: 'did you mean bind-address?',
  })
})

test('a setting of the file is named with its file', () => {
  withFile('prot: 1\n', (path) => {
    assert.throws(() => readSettings(['--config', path], {}), {
      message: new RegExp(`prot in ${path}`),
    })
  })
})

test('a file that is not YAML is refused with the place of the fault', () => {
  withFile('port: [1\n', (path) => {
    assert.throws(() => readSettings(['--config', path], {}), {
      code: 'configuration',
      message: /is not YAML: .*line/,
    })
  })
})

test('a secret on the command line is refused, and not repeated (attack `argv/env`)', () => {
  assert.throws(
    () => readSettings(['--master-key', 'canary-4711'], {}),
    (error: Error) =>
      /may not stand on a command line/.test(error.message) && !/canary/.test(error.message),
  )
})

test('the value of a setting that is wrong is not repeated when it may be a secret', () => {
  assert.throws(
    () => readSettings([], { STRONGROOM_PORT: 'canary-4711' }),
    (error: Error) => !/canary/.test(`${error.message}${String(error.cause)}`),
  )
})
