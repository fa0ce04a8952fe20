import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { test } from 'node:test'
import { createTlsIdentity } from '#crypto/tls-identity.ts'

const options = {
  hostnames: ['strongroom.example', 'localhost'],
  addresses: ['127.0.0.1', '::1'],
  now: new Date('2026-01-01T00:00:00Z'),
  days: 30,
}

test('the certificate stands for its names and addresses and no others', async () => {
  const { certPem } = await createTlsIdentity(options)
  const certificate = new X509Certificate(certPem)
  assert.equal(certificate.checkHost('strongroom.example'), 'strongroom.example')
  assert.equal(certificate.checkHost('localhost'), 'localhost')
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  assert.equal(certificate.checkIP('::1'), '::1')
  assert.equal(certificate.checkHost('other.example'), undefined)
})

test('the certificate is a P-256 server certificate that signs itself and no other', async () => {
  const { certPem, keyPem, fingerprint256 } = await createTlsIdentity(options)
  const certificate = new X509Certificate(certPem)
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)))
  assert.equal(certificate.ca, false)
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(certificate.fingerprint256, fingerprint256)
  assert.ok(createSecureContext({ cert: certPem, key: keyPem }))
})

test('the certificate begins an hour before its making and lasts the days that were asked for', async () => {
  const { certPem } = await createTlsIdentity(options)
  const { validFromDate, validToDate } = new X509Certificate(certPem)
  assert.equal(validFromDate.toISOString(), '2025-12-31T23:00:00.000Z')
  assert.equal(validToDate.toISOString(), '2026-01-31T00:00:00.000Z')
})

test('two certificates have neither the key nor the serial number in common', async () => {
  const [one, two] = [await createTlsIdentity(options), await createTlsIdentity(options)]
  const serials = [one, two].map(({ certPem }) => new X509Certificate(certPem).serialNumber)
  assert.notEqual(serials[0], serials[1])
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
  assert.notEqual(one.keyPem, two.keyPem)
})
