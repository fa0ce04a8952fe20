import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readListsIn } from '#authn/cert/list-thread.ts'
import { createClient } from '#client/client.ts'
import type { Client } from '#client/client.ts'
import type { CertificateCredentials, Credentials } from '#client/credentials.ts'
import { openStrongroom } from '#client/library.ts'
import type { Credentials as LibraryCredentials, Strongroom } from '#client/library.ts'
import { REVOCATION_PROGRAM } from '../../src/main/server/revocation-program.ts'
import {
  clientExtensions,
  DAY,
  listPem,
  make,
  makeAuthority,
  makeList,
  NOW,
} from '../authn/cert/pki.ts'
import type { Made } from '../authn/cert/pki.ts'
import { startInstallation } from './node.ts'
import { runProgram } from './program.ts'
import type { Transcript } from './program.ts'

const POLICY = `
- !policy
  id: conjur/authn-cert/vm
  body:
    - !webservice
    - !variable ca-cert
    - !variable crl
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !host { id: vm-1, annotations: { authn-cert/vm/san-dns: vm-1.acme.example } }
- !grant { role: !group conjur/authn-cert/vm/apps, member: !host vm-1 }
`

/** Days from the time of the tests of the library to that of the clock. */
const today = (Date.now() - NOW) / DAY
const nowadays = { from: today - 1, until: today + 1 }

const root = await makeAuthority({ ...nowadays })
const middle = await makeAuthority({ ...nowadays, subject: 'CN=middle', by: root })

const machine = (serialNumber: string): Promise<Made> =>
  make({
    ...nowadays,
    by: middle,
    serialNumber,
    extensions: clientExtensions([{ type: 'dns', value: 'vm-1.acme.example' }]),
  })

const installation = await startInstallation()
after(() => installation[Symbol.asyncDispose]())
const enabled = { STRONGROOM_AUTHENTICATORS: 'authn,authn-cert/vm' }
const plain = await installation.start(enabled)
const secure = await installation.start({ ...enabled, STRONGROOM_TLS: 'on' })
const caPem = readFileSync(join(installation.folder, 'data', 'tls', 'cert.pem'), 'utf8')

const clientOf = (credentials: Credentials, url: string = secure.url): Client => {
  const client = createClient({ url, account: 'acme', caPem, credentials })
  after(() => client.close())
  return client
}

const admin = clientOf({ kind: 'apiKey', login: 'admin', key: plain.adminKey })
await admin.loadPolicy({ branch: 'root', mode: 'load', text: POLICY })
const list = (...revoked: readonly string[]): Promise<Uint8Array> =>
  makeList(middle, { ...nowadays, revoked })
const setList = async (der: Uint8Array): Promise<void> =>
  admin.setSecret('conjur/authn-cert/vm/crl', Buffer.from(listPem(der)))
await admin.setSecret('conjur/authn-cert/vm/ca-cert', Buffer.from(root.pem + middle.pem))
await setList(await list())

/** Writes the certificate, the one of its authority behind it, and the key where a client finds them. */
async function keep(made: Made, key: Made = made): Promise<CertificateCredentials> {
  const certFile = join(installation.folder, 'client.pem')
  const keyFile = join(installation.folder, 'client.key')
  writeFileSync(certFile, made.pem + middle.pem)
  writeFileSync(keyFile, await key.keyPem())
  return { kind: 'certificate', service: 'vm', hostId: 'vm-1', certFile, keyFile }
}

const first = await machine('0100')

test('a machine logs in by its certificate over TLS that the server itself terminates, again and again', async () => {
  const client = clientOf(await keep(first))
  assert.equal((await client.whoami()).username, 'host/vm-1')
  await client.authenticate()
  const another = clientOf({ ...(await keep(first)), hostId: 'host/vm-1' })
  assert.equal((await another.whoami()).username, 'host/vm-1')
})

test('a certificate that was replaced in its file is shown from then on', async () => {
  const credentials = await keep(first)
  const client = clientOf(credentials)
  await client.authenticate()
  await keep(await machine('0200'))
  await clientOf(credentials).authenticate()
  await keep(await makeAuthority({ ...nowadays }))
  await assert.rejects(clientOf(credentials).authenticate(), { code: 'unauthorized' })
})

test('a program logs in by the library, with each certificate that its files hold in turn', async () => {
  const { certFile, keyFile } = await keep(await machine('0300'))
  const certificate: LibraryCredentials = {
    kind: 'certificate',
    service: 'vm',
    hostId: 'vm-1',
    certificate: { file: certFile },
    key: { file: keyFile },
  }
  const open = (credentials: LibraryCredentials): Strongroom =>
    openStrongroom({ url: secure.url, account: 'acme', ca: caPem, credentials })
  await using program = open(certificate)
  assert.equal((await program.whoami()).login, 'host/vm-1')
  // Whoever rotates the key of a host ends its tokens: the next call needs another one.
  await keep(await makeAuthority({ ...nowadays }))
  await admin.rotateApiKey('host:vm-1')
  await assert.rejects(program.whoami(), { code: 'unauthorized', status: 401 })
  const renewed = await machine('0400')
  await keep(renewed)
  assert.equal((await program.whoami()).login, 'host/vm-1')
  const given = { certificate: renewed.pem + middle.pem, key: await renewed.keyPem() }
  await using direct = open({ ...certificate, ...given })
  assert.equal((await direct.whoami()).login, 'host/vm-1')
  await using broken = open({ ...certificate, key: given.certificate })
  await assert.rejects(broken.whoami(), { code: 'configuration', status: undefined })
})

test('files that do not fit together, or are not there, are a mistake in the settings', async () => {
  const credentials = await keep(first, root)
  const misconfigured = { code: 'configuration', message: /do not belong together/ }
  await assert.rejects(clientOf(credentials).authenticate(), misconfigured)
  const nowhere = { ...credentials, keyFile: join(installation.folder, 'none') }
  await assert.rejects(clientOf(nowhere).authenticate(), { code: 'configuration' })
  const good = await keep(first)
  await assert.rejects(clientOf(good, plain.url).authenticate(), /over https only/)
})

test('the command line is told of a certificate once, or by its environment, and logs in by it', async () => {
  const { certFile, keyFile } = await keep(first)
  const home = join(installation.folder, 'home')
  mkdirSync(home)
  const caFile = join(installation.folder, 'data', 'tls', 'cert.pem')
  const own = { PATH: process.env['PATH'] ?? '', HOME: home }
  const run = (argv: readonly string[], environment = own): Promise<Transcript> =>
    runProgram('cli', argv, { environment })
  const server = ['-u', secure.url, '-a', 'acme', '--ca-cert', caFile, '--force']
  const byCertificate = ['init', ...server, '--authn-type', 'cert', '--service-id', 'vm']
  assert.equal((await run(byCertificate)).exitCode, 2)
  const files = ['--client-cert', certFile, '--client-key', keyFile, '--cert-host-id', 'vm-1']
  assert.equal((await run([...byCertificate, ...files])).exitCode, 0)
  assert.equal((await run(['login'])).stdout, 'Logged in\n')
  assert.match((await run(['whoami'])).stdout, /"username": "host\/vm-1"/)
  await keep(await make({ ...nowadays }))
  assert.equal((await run(['login'])).exitCode, 4)

  await keep(first)
  assert.equal((await run(['init', ...server])).exitCode, 0)
  const told = {
    ...own,
    CONJUR_AUTHN_CERT_SERVICE_ID: 'vm',
    CONJUR_AUTHN_CERT_FILE: certFile,
    CONJUR_AUTHN_CERT_KEY_FILE: keyFile,
    CONJUR_AUTHN_CERT_HOST_ID: 'vm-1',
  }
  assert.match((await run(['whoami'], told)).stdout, /"username": "host\/vm-1"/)
})

test('a certificate that was revoked is refused from then on, and the others are not', async () => {
  const credentials = await keep(first)
  await clientOf(credentials).authenticate()
  await setList(await list('0100'))
  await assert.rejects(clientOf(credentials).authenticate(), { code: 'unauthorized' })
  const entries = await admin.audit({ limit: 1 })
  assert.match(JSON.stringify(entries), /CONJ00030E[^"]*revoked/)
  await clientOf(await keep(await machine('0200'))).authenticate()
  await setList(Buffer.from('nothing'))
  await assert.rejects(clientOf(credentials).authenticate(), { code: 'unauthorized' })
})

test('lists are read in a thread of their own, which is gone when it has', async () => {
  const read = readListsIn(REVOCATION_PROGRAM)
  const serials = Array.from({ length: 2000 }, (_, index) => (0x1000 + index).toString(16))
  const bytes = await list(...serials)
  const authorities = [root.der, middle.der]
  const lists = await Promise.all([read({ bytes, authorities }), read({ bytes, authorities })])
  for (const [only] of lists) assert.deepEqual([...(only?.serials ?? [])], serials)
  await assert.rejects(read({ bytes: Buffer.from('x'), authorities }), {
    code: 'unauthorized',
    message: /^CONJ00030E /,
  })
  const broken = readListsIn(new URL('data:text/javascript,throw new Error()'))
  await assert.rejects(broken({ bytes, authorities }), { code: 'unavailable' })
  const silent = readListsIn(new URL('data:text/javascript,'))
  await assert.rejects(silent({ bytes, authorities }), { code: 'unavailable' })
})
