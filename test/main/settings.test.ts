import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  changedSettings,
  describeSettings,
  readConfiguration,
  withLive,
} from '../../src/main/server/settings-in-force.ts'
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

test('the environment of a Conjur server is understood', () => {
  const settings = readSettings([], {
    CONJUR_DATA_KEY: 'key',
    CONJUR_ACCOUNT: 'acme',
    CONJUR_AUTHENTICATORS: 'authn,authn-jwt/kube',
    DATABASE_URL: 'postgres://db/x',
    PORT: '8080',
    BIND_ADDRESS: '0.0.0.0',
    CONJUR_LOG_LEVEL: 'fatal',
    CONJUR_USER_AUTHORIZATION_TOKEN_TTL: '100',
    CONJUR_HOST_AUTHORIZATION_TOKEN_TTL: '200',
    TRUSTED_PROXIES: '10.0.0.0/8',
    API_RESOURCE_LIST_LIMIT_MAX: '5',
    SECRETS_VERSION_LIMIT: '6',
    POLICIES_VERSION_LIMIT: '7',
    CONJUR_TELEMETRY_ENABLED: 'true',
  })
  assert.equal(settings.masterKey, 'key')
  assert.equal(settings.account, 'acme')
  assert.deepEqual(settings.authenticators, ['authn', 'authn-jwt/kube'])
  assert.equal(settings.databaseUrl, 'postgres://db/x')
  assert.deepEqual([settings.port, settings.bindAddress], [8080, '0.0.0.0'])
  assert.equal(settings.logLevel, 'error')
  assert.deepEqual([settings.userTokenTtl, settings.hostTokenTtl], [100, 200])
  assert.deepEqual(settings.trustedProxies, ['10.0.0.0/8'])
  assert.equal(settings.resourceListLimit, 5)
  assert.deepEqual([settings.secretVersions, settings.policyVersions], [6, 7])
  assert.equal(settings.metrics, true)
  assert.deepEqual(settings.ignored, [])
})

test('ours overrides a variable of Conjur, and of two of those the first that is listed', () => {
  const environment = {
    CONJUR_ACCOUNT: 'theirs',
    STRONGROOM_ACCOUNT: 'ours',
    CONJUR_TRUSTED_PROXIES: '10.0.0.1',
    TRUSTED_PROXIES: '10.0.0.2',
  }
  const settings = readSettings([], environment)
  assert.equal(settings.account, 'ours')
  assert.deepEqual(settings.trustedProxies, ['10.0.0.1'])
  assert.equal(readSettings(['--account', 'flag'], environment).account, 'flag')
})

test('a variable of Conjur that means nothing here is ignored by name, an invalid one is not', () => {
  const { ignored } = readSettings([], { CONJUR_FEATURE_X: '1', CONJUR_ACCOUNT: 'acme', HOME: '/' })
  assert.deepEqual(ignored, ['CONJUR_FEATURE_X'])
  assert.throws(() => readSettings([], { CONJUR_TELEMETRY_ENABLED: 'maybe' }), {
    code: 'configuration',
    message: /^CONJUR_TELEMETRY_ENABLED is not one of on, off, true, false/,
  })
})

const CONJUR_YML = `
trusted_proxies: [10.0.0.0/8, 192.0.2.1]
authenticators: [authn, authn-jwt/kube]
user_authorization_token_ttl: 60
api_resource_list_limit_max: 0
telemetry_enabled: true
extensions: []
`

test('the file of a Conjur server is understood, and anything else overrides it', () => {
  withFile(CONJUR_YML, (path) => {
    const settings = readSettings([], {}, path)
    assert.deepEqual(settings.trustedProxies, ['10.0.0.0/8', '192.0.2.1'])
    assert.deepEqual(settings.authenticators, ['authn', 'authn-jwt/kube'])
    assert.equal(settings.userTokenTtl, 60)
    assert.equal(settings.resourceListLimit, 0)
    assert.equal(settings.metrics, true)
    assert.deepEqual(settings.ignored, [`extensions in ${path}`])
    assert.equal(
      readSettings([], { CONJUR_USER_AUTHORIZATION_TOKEN_TTL: '70' }, path).userTokenTtl,
      70,
    )
    withFile('user-token-ttl: 80\n', (ours) => {
      assert.equal(readSettings(['--config', ours], {}, path).userTokenTtl, 80)
    })
  })
})

test('where audit records go is stdout, a file, a socket or nowhere', () => {
  const target = (text: string): unknown => readSettings(['--audit-log', text], {}).auditLog
  assert.equal(readSettings([], {}).auditLog, undefined)
  assert.deepEqual(target('stdout'), { kind: 'stdout' })
  assert.deepEqual(target('file:/var/log/a b'), { kind: 'file', path: '/var/log/a b' })
  assert.deepEqual(target('unix:/run/audit.socket'), { kind: 'unix', path: '/run/audit.socket' })
  assert.deepEqual(target('tcp:log.test:514'), { kind: 'tcp', host: 'log.test', port: 514 })
  assert.deepEqual(target('tcp:[2001:db8::1]:514'), { kind: 'tcp', host: '2001:db8::1', port: 514 })
  for (const wrong of ['file:relative', 'udp:x:1', 'tcp:x', 'tcp:x:99999', '/var/log/x']) {
    assert.throws(() => target(wrong), { code: 'configuration', message: /--audit-log is not/ })
  }
})

test('each setting can be shown with its source, as what it is, and no secret is', () => {
  const configuration = readConfiguration(['--port', '1', '--trusted-proxies', '10.0.0.1'], {
    CONJUR_DATA_KEY: 'canary-4711',
    DATABASE_URL: 'postgres://canary-4711@db/x',
  })
  const shown = describeSettings(configuration)
  const of = (name: string): unknown => shown.find((setting) => setting.name === name)
  assert.deepEqual(of('port'), { name: 'port', value: '1', typed: 1, source: '--port' })
  assert.deepEqual(of('tls'), { name: 'tls', value: 'on', typed: true, source: 'default' })
  assert.deepEqual(of('trusted-proxies'), {
    name: 'trusted-proxies',
    value: '10.0.0.1',
    typed: ['10.0.0.1'],
    source: '--trusted-proxies',
  })
  assert.deepEqual(of('master-key'), {
    name: 'master-key',
    value: '(hidden)',
    typed: '(hidden)',
    source: 'CONJUR_DATA_KEY',
  })
  assert.doesNotMatch(JSON.stringify(shown), /canary/)
})

test('other standard values may be given, and whatever is said overrides them', () => {
  const standards = { port: '80', tls: 'off' }
  const read = (argv: readonly string[], environment = {}): unknown => {
    const { port, tls } = readConfiguration(argv, environment, { standards }).settings
    return [port, tls]
  }
  assert.deepEqual(read([]), [80, false])
  assert.deepEqual(read(['--port', '81'], { STRONGROOM_TLS: 'on' }), [81, true])
})

test('what changed between two readings is told apart: what a running server takes, and what needs a restart', () => {
  const before = readConfiguration(['--port', '1'], {})
  const after = readConfiguration(['--port', '2', '--log-level', 'debug', '--metrics', 'off'], {})
  assert.deepEqual(changedSettings(before.sources, after.sources), {
    live: ['log-level'],
    restart: ['port'],
  })
  const inForce = withLive(before.settings, after.settings)
  assert.deepEqual([inForce.port, inForce.logLevel], [1, 'debug'])
})

test('dynamic secrets are off unless they are switched on, also in the words of Conjur', () => {
  assert.equal(readSettings([], {}).dynamicSecrets, false)
  const environment = {
    CONJUR_FEATURE_DYNAMIC_SECRETS_ENABLED: 'true',
    CONJUR_DYNAMIC_SECRETS_PER_REQUEST_MAX: '3',
  }
  const { dynamicSecrets, dynamicSecretsPerRequest } = readSettings([], environment)
  assert.deepEqual([dynamicSecrets, dynamicSecretsPerRequest], [true, 3])
})

test('a service of AWS that is named is one with TLS, and without credentials', () => {
  const endpoint = (text: string): unknown =>
    readSettings(['--aws-sts-endpoint', text], {}).awsStsEndpoint
  assert.equal(endpoint('https://sts.example.com'), 'https://sts.example.com/')
  for (const wrong of [
    'http://sts.example.com/',
    'sts.example.com',
    'https://u:p@sts.example.com/',
    'https://sts.example.com/?x',
    'https://',
  ]) {
    assert.throws(() => endpoint(wrong), { code: 'configuration', message: /aws-sts-endpoint/ })
  }
})

test('levels of the log are those of Conjur in any case, under its names', () => {
  const level = (environment: Readonly<Record<string, string>>): string =>
    readSettings([], environment).logLevel
  assert.equal(level({ CONJUR_LOG_LEVEL: 'DEBUG' }), 'debug')
  assert.equal(level({ RAILS_LOG_LEVEL: 'warn' }), 'warn')
  assert.equal(level({ RAILS_LOG_LEVEL: 'warn', CONJUR_LOG_LEVEL: 'unknown' }), 'error')
  assert.throws(() => level({ CONJUR_LOG_LEVEL: 'loud' }), { code: 'configuration' })
})

test('a collector over TLS has its files, and files without TLS are a mistake', () => {
  const target = (...argv: readonly string[]): unknown => readSettings(argv, {}).auditLog
  const tls = ['--audit-log', 'tls:log.test:6514']
  assert.deepEqual(target(...tls), { kind: 'tls', host: 'log.test', port: 6514 })
  assert.deepEqual(
    target(...tls, '--audit-log-ca', 'ca', '--audit-log-cert', 'c', '--audit-log-key', 'k'),
    { kind: 'tls', host: 'log.test', port: 6514, ca: 'ca', cert: 'c', key: 'k' },
  )
  for (const wrong of [
    ['--audit-log', 'tcp:log.test:514', '--audit-log-ca', 'ca'],
    ['--audit-log-ca', 'ca'],
    [...tls, '--audit-log-cert', 'c'],
  ]) {
    assert.throws(() => target(...wrong), { code: 'configuration', message: /audit-log-c/ })
  }
})
