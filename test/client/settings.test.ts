import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configurationOf } from '#client/configuration.ts'
import { chooseCredentials } from '#client/credential-order.ts'
import { identityOf } from '#client/identity.ts'
import type { Settings } from '#client/settings.ts'
import { readSettings, SETTINGS } from '#client/settings.ts'
import type { StoredLogin } from '#client/stored-login.ts'

const read = (
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Settings> =>
  readSettings({ environment, home: '/home/a', readText: (path) => files[path] })

for (const [name, { env, file }] of Object.entries(SETTINGS)) {
  const valueIn = (settings: Settings): string | undefined =>
    new Map(Object.entries(settings)).get(name)

  test(`${env} is taken from the environment before the user's file before the system's`, async () => {
    const key = file[0] ?? 'never'
    const system = { '/etc/conjur.conf': `${key}: system` }
    const both = { ...system, '/home/a/.conjurrc': `${key}: user` }
    const inFiles = file.length > 0
    assert.equal(valueIn(await read(system)), inFiles ? 'system' : undefined)
    assert.equal(valueIn(await read(both)), inFiles ? 'user' : undefined)
    assert.equal(valueIn(await read(both, { [env]: 'environment' })), 'environment')
    assert.equal(valueIn(await read(both, { [env]: '  ' })), inFiles ? 'user' : undefined)
  })
}

test('CONJURRC names the file instead of the one in the home directory', async () => {
  const files = { '/home/a/.conjurrc': 'account: home', '/x': 'account: named' }
  assert.equal((await read(files, { CONJURRC: '/x' })).account, 'named')
  assert.equal((await read(files, { CONJURRC: '/gone' })).account, undefined)
})

test('the older spelling of a key counts, but less', async () => {
  assert.equal((await read({ '/etc/conjur.conf': 'conjur_account: old' })).account, 'old')
  const both = 'conjur_url: https://old\nappliance_url: https://new'
  assert.equal((await read({ '/etc/conjur.conf': both })).url, 'https://new')
})

test('a value keeps its text: an account may be named 010 or yes', async () => {
  assert.equal((await read({ '/etc/conjur.conf': 'account: 010' })).account, '010')
  assert.equal((await read({ '/etc/conjur.conf': '---\naccount: "yes"\nurl:\n' })).account, 'yes')
})

test('a file that is no mapping is refused by name', async () => {
  for (const text of ['- a', 'a: [', 'text', 'a: 1\na: 2']) {
    await assert.rejects(read({ '/etc/conjur.conf': text }), {
      code: 'configuration',
      message: '`/etc/conjur.conf` is not a YAML mapping',
    })
  }
})

test('what is missing is said at once, in the words of the family', () => {
  const none = (): undefined => undefined
  assert.throws(() => configurationOf({}, none), {
    code: 'configuration',
    message: 'Must specify an ApplianceURL -- Must specify an Account',
    hint: /strongroom init/,
  })
  assert.throws(() => configurationOf({ url: 'https://x' }, none), {
    message: 'Must specify an Account',
  })
})

const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'
const complete = { url: 'https://x/', account: 'acme' }

test('a certificate comes from the environment or a file, and must be there', () => {
  const files = (path: string): string | undefined => ({ '/c.pem': PEM, '/bad.pem': 'x' })[path]
  assert.equal(configurationOf({ ...complete, certificate: PEM }, files).caPem, PEM)
  assert.equal(configurationOf({ ...complete, certFile: '/c.pem' }, files).caPem, PEM)
  assert.equal(configurationOf(complete, files).caPem, undefined)
  assert.throws(() => configurationOf({ ...complete, certFile: '/gone' }, files), /does not exist/)
  assert.throws(
    () => configurationOf({ ...complete, certFile: '/bad.pem' }, files),
    /no certificate/,
  )
})

test('a final slash of the URL does not count, nor does a timeout that is no number', () => {
  const none = (): undefined => undefined
  assert.equal(configurationOf(complete, none).url, 'https://x')
  assert.equal(configurationOf({ ...complete, httpTimeout: '5' }, none).timeoutMs, 5000)
  assert.equal(configurationOf({ ...complete, httpTimeout: '-1' }, none).timeoutMs, 60_000)
})

test('credentials are taken in the order of the family', async () => {
  const stored = { machine: 'm', login: 'stored', password: 'key' }
  const all: Settings = {
    tokenFile: '/token',
    token: 'token',
    jwtService: 'dev',
    jwtToken: 'jwt',
    login: 'alice',
    apiKey: 'key',
  }
  const kindsInOrder: unknown[] = []
  const left: Record<string, string> = { ...all }
  for (const next of ['tokenFile', 'token', 'jwtService', 'apiKey', 'login']) {
    kindsInOrder.push(await chooseCredentials(left, async () => stored))
    delete left[next]
  }
  assert.deepEqual(kindsInOrder, [
    { kind: 'tokenFile', path: '/token' },
    { kind: 'token', token: 'token' },
    { kind: 'jwt', service: 'dev', proof: { token: 'jwt' } },
    { kind: 'apiKey', login: 'alice', key: 'key' },
    { kind: 'apiKey', login: 'stored', key: 'key' },
  ])
  assert.deepEqual(await chooseCredentials({}, async () => undefined), { kind: 'anonymous' })
})

test('a certificate and its key are named by files, the host by whoever wants to be it', async () => {
  const files = { clientCertFile: '/c', clientKeyFile: '/k' }
  const credentials = { kind: 'certificate', service: 'vm', certFile: '/c', keyFile: '/k' }
  const jwt = { jwtService: 'dev', jwtToken: 'jwt' }
  assert.deepEqual(
    await chooseCredentials({ ...jwt, ...files, certificateService: 'vm' }, async () => undefined),
    credentials,
  )
  const configured = { authnType: 'cert', serviceId: 'vm', certificateHostId: 'vms/a' }
  assert.deepEqual(await chooseCredentials({ ...files, ...configured }, async () => undefined), {
    ...credentials,
    hostId: 'vms/a',
  })
})

test('a workload of a cloud is named by its type, its service and its host', async () => {
  const choose = (settings: Settings): Promise<unknown> =>
    chooseCredentials(settings, async () => ({ login: 'stored', password: 'key' }))
  const common = { serviceId: 'prod', login: 'host/shop/cart' }
  const iam = { kind: 'iam', service: 'prod', hostId: 'host/shop/cart' }
  assert.deepEqual(await choose({ ...common, authnType: 'iam' }), iam)
  assert.deepEqual(await choose({ ...common, authnType: 'aws', iamServerId: 'vault' }), {
    ...iam,
    serverId: 'vault',
  })
  assert.deepEqual(await choose({ ...common, authnType: 'azure' }), { ...iam, kind: 'azure' })
  const azure = { ...common, authnType: 'azure', azureClientId: 'c', azureResource: 'api://s' }
  assert.deepEqual(await choose(azure), {
    ...iam,
    kind: 'azure',
    clientId: 'c',
    resource: 'api://s',
  })
  // The clients of the family have the host in their files under this name.
  const file = { authnType: 'gcp', jwtHostId: 'shop/cart' }
  assert.deepEqual(await choose(file), { kind: 'gcp', hostId: 'shop/cart' })
  assert.deepEqual(await choose({ ...file, login: 'host/a' }), { kind: 'gcp', hostId: 'host/a' })
})

test('an API key goes before the word of a cloud, and something that is missing before what is kept', async () => {
  const kept = async (): Promise<StoredLogin> => ({ login: 'stored', password: 'key' })
  const keyed = { authnType: 'iam', serviceId: 'prod', login: 'host/a', apiKey: 'k' }
  assert.equal((await chooseCredentials(keyed, kept)).kind, 'apiKey')
  for (const [settings, message] of [
    [{ authnType: 'iam', login: 'host/a' }, 'Must specify a ServiceID when using iam'],
    [{ authnType: 'aws', serviceId: 'prod' }, 'Must specify a host when using iam'],
    [{ authnType: 'azure', login: 'host/a' }, 'Must specify a ServiceID when using azure'],
    [{ authnType: 'gcp' }, 'Must specify a host when using gcp'],
    [{ authnType: 'toString', login: 'host/a' }, /is not supported here/],
  ] as const) {
    await assert.rejects(chooseCredentials(settings, kept), { code: 'configuration', message })
  }
})

test('who a workload of a cloud is depends on its configuration alone', async () => {
  const iam = { kind: 'iam', service: 'prod', hostId: 'shop/cart' } as const
  const own = await identityOf(iam)
  assert.equal(await identityOf({ ...iam, hostId: 'host/shop/cart' }), own)
  const others = [
    { ...iam, service: 'dev' },
    { ...iam, hostId: 'shop/other' },
    { ...iam, kind: 'azure' },
    { ...iam, kind: 'azure', clientId: 'x' },
    { ...iam, kind: 'azure', resource: 'x' },
    { kind: 'gcp', hostId: 'shop/cart' },
  ] as const
  assert.equal(new Set([own, ...(await Promise.all(others.map(identityOf)))]).size, 7)
})

test('a JWT comes from a file, that of the pod when none is named', async () => {
  const jwt = { authnType: 'jwt', serviceId: 'dev' }
  assert.deepEqual(
    await chooseCredentials({ ...jwt, jwtFile: '/j', jwtHostId: 'host/a' }, async () => undefined),
    {
      kind: 'jwt',
      service: 'dev',
      hostId: 'host/a',
      proof: { file: '/j' },
    },
  )
  assert.deepEqual(await chooseCredentials(jwt, async () => undefined), {
    kind: 'jwt',
    service: 'dev',
    proof: { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
  })
})

test('`fallback`: a way to log in that we do not have is refused and not passed over', async () => {
  const login = { login: 'a', apiKey: 'k' }
  await assert.rejects(
    chooseCredentials({ ...login, authnType: 'k8s' }, async () => undefined),
    /`k8s`/,
  )
  await assert.rejects(
    chooseCredentials({ ...login, certificateService: 'x' }, async () => undefined),
    /certificate and its key/,
  )
  await assert.rejects(
    chooseCredentials({ ...login, authnType: 'cert' }, async () => undefined),
    /ServiceID/,
  )
  await assert.rejects(
    chooseCredentials({ ...login, authnType: 'jwt' }, async () => undefined),
    /ServiceID/,
  )
})
