import assert from 'node:assert/strict'
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOnTerminal, runProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

/** Runs a command as somebody who has no configuration but what lies in the home directory. */
const inHome = (
  server: StandIn,
  argv: readonly string[],
  input?: string,
): ReturnType<typeof runProgram> =>
  runProgram('cli', argv, {
    environment: { PATH: process.env['PATH'] ?? '', HOME: server.folder },
    ...(input === undefined ? {} : { input }),
  })

const initialised = async (): Promise<StandIn> => {
  const server = await startStandIn()
  const rc = `account: acme\nappliance_url: ${server.url}\ncert_file: ${join(server.folder, 'cert.pem')}\n`
  await writeFile(join(server.folder, '.conjurrc'), rc)
  return server
}

const fileOf = (server: StandIn, name: string): Promise<string> =>
  readFile(join(server.folder, name), 'utf8')

const modeOf = async (server: StandIn, name: string): Promise<number> =>
  (await stat(join(server.folder, name))).mode & 0o777

test('init trusts what the server shows when told to, and writes both files for the user alone', async () => {
  await using server = await startStandIn()
  const pem = join(server.folder, 'conjur-server.pem')
  const rc = join(server.folder, '.conjurrc')
  const { exitCode, stdout, stderr } = await inHome(server, [
    'init',
    '-u',
    `${server.url}/`,
    '-a',
    'acme',
    '-s',
  ])
  assert.equal(exitCode, 0, stderr)
  assert.equal(stdout, `Wrote certificate to ${pem}\nWrote configuration to ${rc}\n`)
  const [first, subject, issuer, valid, fingerprint, end] = stderr.split('\n')
  const target = server.url.replace('https://', '')
  assert.equal(first, `The certificate of ${target} is not from an authority that is trusted here:`)
  assert.equal(subject, '  subject:  CN=strongroom')
  assert.equal(issuer, '  issuer:   CN=strongroom')
  assert.match(valid ?? '', /^ {2}valid: {4}.* GMT to .* GMT$/)
  assert.equal(fingerprint, `  SHA-256:  ${server.fingerprint}`)
  assert.equal(end, '')
  assert.equal(await fileOf(server, 'conjur-server.pem'), server.certPem)
  assert.equal(
    await fileOf(server, '.conjurrc'),
    `account: acme\nappliance_url: ${server.url}\ncert_file: ${pem}\n`,
  )
  assert.equal(await modeOf(server, '.conjurrc'), 0o600)
  assert.equal(await modeOf(server, 'conjur-server.pem'), 0o600)
  assert.equal(server.seen.length, 0)
})

test('init without anybody to confirm trusts nothing and writes nothing', async () => {
  await using server = await startStandIn()
  const { exitCode, stdout, stderr } = await inHome(server, [
    'init',
    '-u',
    server.url,
    '-a',
    'acme',
  ])
  assert.equal(exitCode, 10)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /\nstrongroom: nobody is here to confirm the certificate\n {2}compare its SHA-256/,
  )
  await assert.rejects(stat(join(server.folder, '.conjurrc')), { code: 'ENOENT' })
})

test('on a terminal init asks for what is missing and for trust, login for id and password', async () => {
  await using server = await startStandIn()
  const environment = { PATH: process.env['PATH'] ?? '', HOME: server.folder }
  const questions = [
    ['URL: ', server.url],
    ['Account: ', 'acme'],
  ] as const
  const trust = 'Trust this certificate? [y/N] '

  const no = new Map([...questions, [trust, 'n'] as const])
  const refused = await runOnTerminal('cli', ['init'], environment, no)
  assert.equal(refused.exitCode, 10)
  assert.match(refused.screen, /strongroom: Based on your selection, this certificate will not be/)
  await assert.rejects(stat(join(server.folder, '.conjurrc')), { code: 'ENOENT' })

  const yes = new Map([...questions, [trust, 'y'] as const])
  const trusted = await runOnTerminal('cli', ['init'], environment, yes)
  assert.equal(trusted.exitCode, 0, trusted.screen)
  assert.match(trusted.screen, /SHA-256: {2}(?:[0-9A-F]{2}:){31}/)

  const again = new Map([[`${join(server.folder, '.conjurrc')} exists. Overwrite it? [y/N] `, '']])
  const argv = ['init', '-u', server.url, '-a', 'acme', '-s']
  assert.equal((await runOnTerminal('cli', argv, environment, again)).exitCode, 2)

  const typed = new Map([
    ['Id: ', 'admin'],
    ['Password or API key of admin: ', 's3cret'],
  ])
  const login = await runOnTerminal('cli', ['login'], environment, typed)
  assert.match(login.screen, /Logged in\r\n$/)
  assert.ok(!login.screen.includes('s3cret'))
  assert.match(await fileOf(server, '.netrc'), /login admin\n {2}password admin-key\n/)
})

test('init refuses a certificate for another host, confirmed or given', async () => {
  await using server = await startStandIn(['elsewhere.test'])
  const given = ['-c', join(server.folder, 'cert.pem')]
  for (const flags of [['-s'], given]) {
    const argv = ['init', '-u', server.url, '-a', 'acme', ...flags]
    const { exitCode, stdout, stderr } = await inHome(server, argv)
    assert.equal(exitCode, 10)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /strongroom: Unable to retrieve and validate certificate from localhost:\d+\n/,
    )
  }
})

test('init with a given certificate asks nothing, and does not overwrite without --force', async () => {
  await using server = await startStandIn()
  const argv = ['init', '-u', server.url, '-a', 'acme', '-c', join(server.folder, 'cert.pem')]
  const first = await inHome(server, argv)
  assert.equal(first.exitCode, 0)
  assert.equal(first.stderr, '')
  const second = await inHome(server, argv)
  assert.equal(second.exitCode, 2)
  assert.equal(
    second.stderr,
    `strongroom: \`${join(server.folder, '.conjurrc')}\` exists\n  overwrite it with --force\n`,
  )
  assert.equal((await inHome(server, [...argv, '--force'])).exitCode, 0)
})

test('init with --insecure takes an http URL and trusts no certificate', async () => {
  await using server = await startStandIn()
  const { stdout } = await inHome(server, [
    'init',
    '-u',
    'http://localhost:8080',
    '-a',
    'acme',
    '-i',
  ])
  assert.equal(stdout, `Wrote configuration to ${join(server.folder, '.conjurrc')}\n`)
  assert.equal(
    await fileOf(server, '.conjurrc'),
    'account: acme\nappliance_url: http://localhost:8080\n',
  )
})

test('init says when there is no server', async () => {
  await using server = await startStandIn()
  const { exitCode, stderr } = await inHome(server, [
    'init',
    '-u',
    'https://localhost:1',
    '-a',
    'acme',
  ])
  assert.equal(exitCode, 9)
  assert.match(stderr, /^strongroom: cannot reach localhost:1: connection refused\n/)
})

test('login keeps the API key and not the password, whoami uses it, logout forgets it', async () => {
  await using server = await initialised()
  const others = 'machine other login a password b\n'
  await writeFile(join(server.folder, '.netrc'), others, { mode: 0o600 })

  const login = await inHome(server, ['login', '-i', 'admin'], 's3cret\n')
  assert.deepEqual(login, {
    exitCode: 0,
    signal: null,
    stdout: 'Logged in\n',
    stderr: `strongroom: the login is kept in ${join(server.folder, '.netrc')}\n`,
  })
  assert.equal(
    await fileOf(server, '.netrc'),
    `machine ${server.url}/authn\n  login admin\n  password admin-key\n${others}`,
  )
  assert.equal(await modeOf(server, '.netrc'), 0o600)

  const whoami = await inHome(server, ['whoami'])
  assert.equal(whoami.exitCode, 0)
  assert.equal(
    whoami.stdout,
    '{\n  "client_ip": "127.0.0.1",\n  "user_agent": "strongroom",\n  "account": "acme",\n' +
      '  "username": "admin",\n  "token_issued_at": "2026-01-01T00:00:00.000+00:00"\n}\n',
  )

  const logout = await inHome(server, ['logout'])
  assert.deepEqual(logout, { exitCode: 0, signal: null, stdout: 'Logged out\n', stderr: '' })
  assert.equal(await fileOf(server, '.netrc'), others)
  const after = await inHome(server, ['whoami'])
  assert.equal(after.exitCode, 4)
  assert.equal(after.stderr, 'strongroom: not logged in\n  run `strongroom login`\n')
})

test('login takes the API key of a host as it is', async () => {
  await using server = await initialised()
  const { stdout } = await inHome(server, ['login', '-i', 'host/app', '-p', 'host-key'])
  assert.equal(stdout, 'Logged in\n')
  assert.match(await fileOf(server, '.netrc'), /login host\/app\n {2}password host-key\n/)
})

test('login with a wrong password keeps nothing and shows nothing of it', async () => {
  await using server = await initialised()
  assert.deepEqual(await inHome(server, ['login', '-i', 'admin'], 'c4n4ry'), {
    exitCode: 4,
    signal: null,
    stdout: '',
    stderr:
      'strongroom: unable to log in\n  check the id and the password; the id of a host starts with host/\n',
  })
  await assert.rejects(stat(join(server.folder, '.netrc')), { code: 'ENOENT' })
})

test('login refuses to keep a key anywhere but in the file', async () => {
  await using server = await initialised()
  const environment = { PATH: '', HOME: server.folder, CONJUR_CREDENTIAL_STORAGE: 'none' }
  const { exitCode, stderr } = await runProgram('cli', ['login', '-i', 'admin'], { environment })
  assert.equal(exitCode, 3)
  assert.match(stderr, /^strongroom: the login cannot be kept: the credential storage is `none`\n/)
  assert.equal(server.seen.length, 0)
})

test('`file`: a login file that others may read is warned of, and login makes it private', async () => {
  await using server = await initialised()
  await inHome(server, ['login', '-i', 'admin'], 's3cret')
  await chmod(join(server.folder, '.netrc'), 0o644)
  const { exitCode, stderr } = await inHome(server, ['whoami'])
  assert.equal(exitCode, 0)
  assert.match(
    stderr,
    /^strongroom: warning: others may read `.*\.netrc`, which holds a credential/,
  )
  await inHome(server, ['login', '-i', 'admin'], 's3cret')
  assert.equal(await modeOf(server, '.netrc'), 0o600)
})

test('`file`: a login file that is a link stays one', async () => {
  await using server = await initialised()
  await writeFile(join(server.folder, 'real'), '', { mode: 0o600 })
  await symlink(join(server.folder, 'real'), join(server.folder, '.netrc'))
  await inHome(server, ['login', '-i', 'admin'], 's3cret')
  assert.match(await fileOf(server, 'real'), /password admin-key/)
})

test('without a configuration a command ends with 3 and says what to do', async () => {
  await using server = await startStandIn()
  assert.deepEqual(await inHome(server, ['whoami']), {
    exitCode: 3,
    signal: null,
    stdout: '',
    stderr:
      'strongroom: Must specify an ApplianceURL -- Must specify an Account\n' +
      '  run `strongroom init`, or set CONJUR_APPLIANCE_URL and CONJUR_ACCOUNT\n',
  })
})
