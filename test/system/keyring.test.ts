import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { findKeyring } from '#client/keyring.ts'
import type { Keyring } from '#client/keyring.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { runProgram } from './program.ts'
import type { Transcript } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

// The tools are played by scripts that do what their manuals say, keep entries in files and write down how they were called. What
// secret-tool says was compared with the real one (libsecret 0.20, GNOME Keyring 42).

const SECRET_TOOL = `#!/bin/sh
echo "$@" >> "$0.calls"
[ -e "$0.gone" ] && { echo 'secret-tool: no such service' >&2; exit 1; }
verb=$1; shift
[ "$verb" = store ] && shift
file="$0.$(echo "$1$2$3$4" | cksum | tr -d ' ')"
case $verb in
  store) cat > "$file" ;;
  lookup) [ -e "$file" ] && exec cat "$file"; exit 1 ;;
  clear) [ -e "$file" ] || exit 1; rm "$file" ;;
esac
`

const SECURITY = `#!/bin/sh
echo "$@" >> "$0.calls"
named() { while [ $# -gt 0 ]; do case $1 in -s) s=$2; shift ;; -a) a=$2; shift ;; -w) w=$2 ;; esac; shift; done; }
case $1 in
  -i) read -r line; eval "named $line"; printf '%s' "$w" > "$0.$(echo "$s $a" | cksum | tr -d ' ')" ;;
  *)
    verb=$1; named "$@"; file="$0.$(echo "$s $a" | cksum | tr -d ' ')"
    [ -e "$file" ] || { echo 'could not be found in the keychain' >&2; exit 44; }
    case $verb in find-generic-password) cat "$file"; echo ;; delete-generic-password) rm "$file" ;; esac ;;
esac
`

interface Tool extends TemporaryFolder {
  readonly file: string
  /** All command lines with which it was called. */
  calls(): Promise<string>
}

async function tool(name: string, script: string): Promise<Tool> {
  const folder = await temporaryFolder()
  const file = join(folder.path, name)
  await writeFile(file, script)
  await chmod(file, 0o755)
  return { ...folder, file, calls: () => readFile(`${file}.calls`, 'utf8') }
}

const environmentOf = ({ path }: Tool): Record<string, string> => ({
  PATH: [path, process.env['PATH'] ?? ''].join(delimiter),
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
})

const openKeyring = (fake: Tool, platform: string): Keyring =>
  findKeyring(environmentOf(fake), platform) ?? assert.fail('no keyring was found')

const SERVICE = 'https://secrets.example.com/authn'

for (const [platform, name, script] of [
  ['linux', 'secret-tool', SECRET_TOOL],
  ['darwin', 'security', SECURITY],
] as const) {
  test(`\`argv/env\`: the keyring of ${platform} keeps, gives and deletes, and no secret is on a command line`, async () => {
    await using fake = await tool(name, script)
    const keyring = openKeyring(fake, platform)
    assert.equal(await keyring.get(SERVICE, 'password'), undefined)
    for (const secret of ['c4n4ry', `c4n4ry 'with" \\ $signs`, '{"c4n4ry":"ü"}']) {
      await keyring.set(SERVICE, 'password', secret)
      assert.equal(await keyring.get(SERVICE, 'password'), secret)
    }
    assert.equal(await keyring.get(SERVICE, 'login'), undefined)
    await keyring.delete(SERVICE, 'password')
    await keyring.delete(SERVICE, 'password')
    assert.equal(await keyring.get(SERVICE, 'password'), undefined)
    const calls = await fake.calls()
    assert.ok(calls.includes(SERVICE))
    assert.ok(!calls.includes('c4n4ry'))
    assert.ok(!calls.includes(Buffer.from('c4n4ry').toString('base64').slice(0, 6)))
  })
}

test('`shell`: the keychain takes no name that could end the word it stands in', async () => {
  await using fake = await tool('security', SECURITY)
  for (const service of ['a"b', String.raw`a\b`, 'a\nb', "a'b"]) {
    await assert.rejects(openKeyring(fake, 'darwin').set(service, 'login', 'x'), {
      code: 'configuration',
    })
  }
})

test('without its tool, and on Linux without a session bus, there is no keyring', async () => {
  await using fake = await tool('secret-tool', SECRET_TOOL)
  const { PATH = '', ...bus } = environmentOf(fake)
  assert.equal(findKeyring({ PATH }, 'linux'), undefined)
  assert.equal(findKeyring({ PATH: fake.path, ...bus }, 'darwin'), undefined)
  assert.equal(findKeyring({ PATH: '/nowhere', ...bus }, 'linux'), undefined)
  await chmod(fake.file, 0o644)
  assert.equal(findKeyring({ PATH: fake.path, ...bus }, 'linux'), undefined)
})

async function initialised(): Promise<StandIn> {
  const server = await startStandIn()
  const rc = `account: acme\nappliance_url: ${server.url}\ncert_file: ${join(server.folder, 'cert.pem')}\n`
  await writeFile(join(server.folder, '.conjurrc'), rc)
  return server
}

const runIn = (
  server: StandIn,
  fake: Tool,
  argv: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Transcript> =>
  runProgram('cli', argv, {
    environment: { ...environmentOf(fake), HOME: server.folder, ...more },
    input: 's3cret\n',
  })

const netrcOf = (server: StandIn): Promise<string> =>
  readFile(join(server.folder, '.netrc'), 'utf8')

test('login keeps the key in the keyring where there is one, and says so', async () => {
  await using server = await initialised()
  await using fake = await tool('secret-tool', SECRET_TOOL)
  const old = `machine ${server.url}/authn login old password old-key\n`
  await writeFile(join(server.folder, '.netrc'), old, { mode: 0o600 })

  const login = await runIn(server, fake, ['login', '-i', 'admin'])
  assert.equal(login.stderr, 'strongroom: the login is kept in the keyring\n')
  assert.equal(await netrcOf(server), '')
  assert.match((await runIn(server, fake, ['whoami'])).stdout, /"username": "admin"/)
  assert.doesNotMatch(await fake.calls(), /admin-key|s3cret/)

  const logout = await runIn(server, fake, ['logout', '--output', 'json'])
  assert.equal(logout.stdout, '{\n  "done": "Logged out"\n}\n')
  assert.equal((await runIn(server, fake, ['whoami'])).exitCode, 4)
})

test('where the keyring refuses, the file takes its place, unless the keyring was chosen', async () => {
  await using server = await initialised()
  await using fake = await tool('secret-tool', SECRET_TOOL)
  await writeFile(`${fake.file}.gone`, '')
  const file = join(server.folder, '.netrc')
  const login = await runIn(server, fake, ['login', '-i', 'admin'])
  assert.equal(login.stderr, `strongroom: the login is kept in ${file}\n`)
  assert.match(await netrcOf(server), /password admin-key/)
  assert.equal((await runIn(server, fake, ['whoami'])).exitCode, 0)
  assert.match((await runIn(server, fake, ['logout'])).stderr, /warning: the keyring refused/)

  const chosen = { CONJUR_CREDENTIAL_STORAGE: 'keyring' }
  for (const argv of [['login', '-i', 'admin'], ['whoami']]) {
    const refused = await runIn(server, fake, argv, chosen)
    assert.equal(refused.exitCode, 3)
    assert.match(refused.stderr, /^strongroom: the keyring refused\n {2}unlock it/)
    assert.doesNotMatch(refused.stderr, /no such service/)
  }
})

test('the setting chooses the file, the keyring, or that nothing is written', async () => {
  await using server = await initialised()
  await using fake = await tool('secret-tool', SECRET_TOOL)
  const login = (more: Readonly<Record<string, string>>): Promise<Transcript> =>
    runIn(server, fake, ['login', '-i', 'admin'], more)
  assert.equal((await login({ CONJUR_CREDENTIAL_STORAGE: 'file' })).exitCode, 0)
  assert.match(await netrcOf(server), /password admin-key/)
  for (const [more, message] of [
    [{ CONJUR_CREDENTIAL_STORAGE: 'vault' }, /`vault` is no credential storage/],
    [{ CONJUR_CREDENTIAL_STORAGE_MODE: 'readonly' }, /the credential storage is read only/],
    [{ CONJUR_CREDENTIAL_STORAGE_MODE: 'x' }, /`x` is no mode of credential storage/],
    [
      { CONJUR_CREDENTIAL_STORAGE: 'keyring', DBUS_SESSION_BUS_ADDRESS: '' },
      /there is no keyring here/,
    ],
  ] as const) {
    const { exitCode, stderr } = await login(more)
    assert.equal(exitCode, 3)
    assert.match(stderr, message)
  }
})
