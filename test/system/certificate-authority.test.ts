import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isAuditTrail, isPolicyLoad } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'
import { makeAuthority, openSslIn } from './openssl.ts'
import type { OpenSsl } from './openssl.ts'

const authority = (name: string, ...annotations: readonly string[]): string => `
- !policy
  id: conjur/${name}/ca
  body:
    - !variable private-key
    - !variable password
    - !variable cert-chain
    - !webservice
      annotations:
        ca/private-key: conjur/${name}/ca/private-key
        ca/certificate-chain: conjur/${name}/ca/cert-chain
        ca/max_ttl: P1Y
${annotations.map((line) => `        ${line}\n`).join('')}
    - !permit { role: !layer /clients, privileges: [ sign ], resource: !webservice }
`

const LONG = 'a/very/long/path/that/does/not/fit/into/a/common/name/node-1'

const POLICY = `
- !layer clients
- !host bacon
- !host toast
- !host apps/web/www.acme.example
- !host apps/*.acme.example
- !host 'apps/with space'
- !host ${LONG}
- !user alice
- !grant
  role: !layer clients
  members:
    - !host bacon
    - !host apps/web/www.acme.example
    - !host apps/*.acme.example
    - !host 'apps/with space'
    - !host ${LONG}
    - !user alice
${authority('kitchen')}
${authority('dining-room', 'ca/private-key-password: conjur/dining-room/ca/password')}
${authority('empty')}
- !policy
  id: conjur/thief/ca
  owner: !user alice
  body:
    - !webservice
      annotations:
        ca/private-key: conjur/kitchen/ca/private-key
        ca/certificate-chain: conjur/kitchen/ca/cert-chain
        ca/max_ttl: P1Y
    - !permit { role: !layer /clients, privileges: [ sign ], resource: !webservice }
`

let installation: Installation
let node: TestNode
let openssl: OpenSsl
const tokens = new Map<string, string>()

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
  openssl = openSslIn(installation.folder)
  await makeAuthority(openssl)
  tokens.set('admin', await node.tokenFor('admin', node.adminKey))
  const loaded = jsonOf(
    await as('admin', { method: 'POST', path: '/policies/acme/policy/root', body: POLICY }),
    201,
  )
  assert.ok(isPolicyLoad(loaded))
  for (const { id, api_key: key } of Object.values(loaded.created_roles)) {
    const login = id.replace(/^acme:(?:user:)?/, '').replace(/^host:/, 'host/')
    tokens.set(login, await node.tokenFor(login, key))
  }
  await set('conjur/kitchen/ca/private-key', await fileOf('ca.key'))
  await set('conjur/kitchen/ca/cert-chain', (await fileOf('ca.pem')) + (await fileOf('root.pem')))
  await set('conjur/dining-room/ca/private-key', await fileOf('locked.key'))
  await set('conjur/dining-room/ca/password', 'secret')
  await set('conjur/dining-room/ca/cert-chain', await fileOf('ca.pem'))
  await openssl.request('bacon')
})
after(() => installation[Symbol.asyncDispose]())

const fileOf = (name: string): Promise<string> => readFile(join(installation.folder, name), 'utf8')

const as = (who: string, call: Parameters<TestNode['send']>[0]): Promise<Answer> =>
  node.as(tokens.get(who) ?? assert.fail(who), call)

async function set(id: string, body: string): Promise<void> {
  const path = `/secrets/acme/variable/${encodeURIComponent(id)}`
  assert.equal((await as('admin', { method: 'POST', path, body })).status, 201)
}

interface Order {
  readonly csr?: string
  readonly ttl?: string
  readonly service?: string
  readonly account?: string
  readonly accept?: string
}

/** Asks for a certificate; an empty member leaves the parameter out. */
async function sign(who: string, order: Order = {}): Promise<Answer> {
  const { csr = await fileOf('bacon.csr'), ttl = 'P6M', service = 'kitchen', accept } = order
  const given = Object.entries({ csr, ttl }).filter(([, value]) => value !== '')
  return as(who, {
    method: 'POST',
    path: `/ca/${order.account ?? 'acme'}/${service}/sign`,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(accept === undefined ? {} : { Accept: accept }),
    },
    body: new URLSearchParams(given).toString(),
  })
}

/** The certificate of an answer, once openssl has verified its chain. */
async function verified(answer: Answer): Promise<X509Certificate> {
  const body = jsonOf(answer, 201)
  assert.ok(typeof body === 'object' && body !== null && 'certificate' in body)
  return verifiedPem(String(body.certificate))
}

async function verifiedPem(pem: string): Promise<X509Certificate> {
  await openssl.write('leaf.pem', pem)
  const chain = '-CAfile root.pem -untrusted ca.pem leaf.pem'
  assert.equal(await openssl.run(`verify -x509_strict ${chain}`), 'leaf.pem: OK\n')
  assert.equal(await openssl.run(`verify -purpose sslserver ${chain}`), 'leaf.pem: OK\n')
  assert.equal(await openssl.run(`verify -purpose sslclient ${chain}`), 'leaf.pem: OK\n')
  return new X509Certificate(pem)
}

const errorOf = (code: string, message: string): unknown => ({ error: { code, message } })

test('a host gets a certificate of what it is, whose chain openssl verifies, whatever its request says', async () => {
  const answer = await sign('host/bacon')
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  const certificate = await verified(answer)
  assert.equal(certificate.subject, 'CN=acme:kitchen:host:bacon')
  assert.equal(certificate.subjectAltName, 'DNS:bacon, URI:spiffe://conjur/acme/kitchen/host/bacon')
  assert.equal(certificate.ca, false)
  const key = await openssl.run('pkey -in bacon.key -pubout')
  assert.equal(certificate.publicKey.export({ type: 'spki', format: 'pem' }), key)
})

test('whoever accepts PEM alone gets PEM', async () => {
  const answer = await sign('host/bacon', { accept: 'application/x-pem-file' })
  assert.deepEqual([answer.status, answer.headers['content-type']], [201, 'application/x-pem-file'])
  await verifiedPem(answer.body.toString())
})

test('keys of every kind that is taken get certificates', async () => {
  for (const [name, newKey] of [
    ['rsa', 'rsa:2048'],
    ['p384', 'ec -pkeyopt ec_paramgen_curve:secp384r1'],
    ['p521', 'ec -pkeyopt ec_paramgen_curve:secp521r1'],
    ['ed25519', 'ed25519'],
  ] as const) {
    await openssl.request(name, newKey)
    await verified(await sign('host/bacon', { csr: await fileOf(`${name}.csr`) }))
  }
})

test('a certificate lives as long as asked for, at most as long as the authority allows', async () => {
  const lifeOf = async (ttl: string): Promise<number> => {
    const { validToDate } = await verified(await sign('host/bacon', { ttl }))
    return Math.round((validToDate.getTime() - Date.now()) / 1000)
  }
  const about = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) < 60, `${actual} is not ${expected}`)
  about(await lifeOf('PT1H'), 3600)
  about(await lifeOf('P1Y'), 365 * 86_400)
  about(await lifeOf('P5Y'), 365 * 86_400)
})

test('the key of an authority may be encrypted', async () => {
  const certificate = await verified(await sign('host/bacon', { service: 'dining-room' }))
  assert.equal(certificate.subject, 'CN=acme:dining-room:host:bacon')
})

test('only hosts that may sign get certificates', async () => {
  for (const who of ['admin', 'alice']) {
    const refused = await sign(who)
    assert.deepEqual([refused.status, refused.body.toString()], [403, ''], who)
  }
  assert.equal((await sign('host/toast')).status, 404)
  assert.equal((await sign('host/bacon', { service: 'living-room' })).status, 404)
  assert.equal((await sign('host/bacon', { account: 'other' })).status, 404)
  const anonymous = await node.send({ method: 'POST', path: '/ca/acme/kitchen/sign' })
  assert.equal(anonymous.status, 401)
  const permit =
    '- !permit { role: !host toast, privileges: [ read ], resource: !webservice conjur/kitchen/ca }'
  await as('admin', { method: 'POST', path: '/policies/acme/policy/root', body: permit })
  assert.equal((await sign('host/toast')).status, 403)
})

test('`k8s-attest`: a request that was not signed with its key proves nothing', async () => {
  const der = Buffer.from(pemBody(await fileOf('bacon.csr')), 'base64')
  const last = der.length - 1
  der.writeUInt8(der.readUInt8(last) ^ 1, last)
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const refused = await sign('host/bacon', { csr: forged })
  assert.deepEqual([refused.status, refused.body.toString()], [403, ''])
})

const pemBody = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '')

test('what is no request, no sound key or no duration is told', async () => {
  await openssl.request('weak', 'rsa:1024')
  await openssl.request('koblitz', 'ec -pkeyopt ec_paramgen_curve:secp256k1')
  const noRequest = 'csr is not a certificate signing request'
  const weak = 'csr has a key that is not RSA of 2048 to 8192 bits, P-256 or stronger'
  for (const [order, message] of [
    [{ csr: '' }, noRequest],
    [{ csr: 'x' }, noRequest],
    [{ csr: await fileOf('ca.pem') }, noRequest],
    [{ csr: await fileOf('weak.csr') }, weak],
    [{ csr: await fileOf('koblitz.csr') }, weak],
    [{ ttl: '' }, 'ttl `` is not an ISO 8601 duration'],
    [{ ttl: 'P0D' }, 'ttl `P0D` is not an ISO 8601 duration'],
    [{ ttl: '1 day' }, 'ttl `1 day` is not an ISO 8601 duration'],
  ] as const) {
    const refused = jsonOf(await sign('host/bacon', order), 422)
    assert.deepEqual(refused, errorOf('argument_error', message))
  }
})

test('`json-dos`: a request that nests without end is refused like any other that is none', async () => {
  const nested = Buffer.alloc(20_000, Buffer.from([0x30, 0x80])).toString('base64')
  assert.equal((await sign('host/bacon', { csr: nested })).status, 422)
})

test('`template-metachar`: a host whose name is no name of DNS gets none, and its URI is encoded', async () => {
  const namesOf = async (host: string): Promise<unknown> =>
    (await verified(await sign(host))).subjectAltName
  assert.equal(
    await namesOf('host/apps/web/www.acme.example'),
    'DNS:www.acme.example, URI:spiffe://conjur/acme/kitchen/host/apps/web/www.acme.example',
  )
  assert.equal(
    await namesOf('host/apps/*.acme.example'),
    'URI:spiffe://conjur/acme/kitchen/host/apps/*.acme.example',
  )
  assert.equal(
    await namesOf('host/apps/with space'),
    'URI:spiffe://conjur/acme/kitchen/host/apps/with%20space',
  )
})

test('a name that is too long for a common name stands in the URI alone', async () => {
  const certificate = await verified(await sign(`host/${LONG}`))
  assert.equal(certificate.subject ?? '', '')
  assert.match(certificate.subjectAltName ?? '', new RegExp(`host/${LONG}$`))
})

test('`confused-deputy`: an authority cannot be made to sign with the key of another by an annotation', async () => {
  const refused = jsonOf(await sign('host/bacon', { service: 'thief' }), 422)
  const message = 'the certificate authority is not set up'
  assert.deepEqual(refused, errorOf('unprocessable_entity', message))
})

test('an authority that is not set up says so to the caller, and why to the trail', async () => {
  const message = 'the certificate authority is not set up'
  const why = async (): Promise<string | undefined> => {
    const refused = jsonOf(await sign('host/bacon', { service: 'empty' }), 422)
    assert.deepEqual(refused, errorOf('unprocessable_entity', message))
    const trail = jsonOf(await as('admin', { method: 'GET', path: '/audit/acme?limit=1' }))
    assert.ok(isAuditTrail(trail))
    return trail[0]?.event.reason
  }
  assert.equal(await why(), 'acme:variable:conjur/empty/ca/private-key has no value')
  await set('conjur/empty/ca/private-key', await fileOf('bacon.key'))
  assert.equal(await why(), 'acme:variable:conjur/empty/ca/cert-chain has no value')
  await set('conjur/empty/ca/cert-chain', 'nonsense')
  assert.equal(await why(), 'the certificate chain cannot be read')
  await set('conjur/empty/ca/cert-chain', await fileOf('ca.pem'))
  assert.equal(await why(), 'the private key is not that of the first certificate of the chain')
  await set('conjur/empty/ca/private-key', await fileOf('locked.key'))
  assert.equal(await why(), 'the private key cannot be read')
})

test('a certificate is in the trail with its serial number', async () => {
  const { serialNumber } = await verified(await sign('host/bacon'))
  const trail = jsonOf(await as('admin', { method: 'GET', path: '/audit/acme?limit=1' }))
  assert.ok(isAuditTrail(trail))
  const { kind, operation, user, subject } = trail[0]?.event ?? assert.fail('no event')
  assert.deepEqual(
    [kind, operation, user, subject['resource'], String(subject['serial']).toUpperCase()],
    ['certificate', 'sign', 'acme:host:bacon', 'acme:webservice:conjur/kitchen/ca', serialNumber],
  )
})
