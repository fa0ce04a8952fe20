import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { NOT_PINNED, pinnedTo } from '#client/certificate-pin.ts'
import { createTlsIdentity } from '#crypto/tls-identity.ts'

const now = new Date()
const { certPem } = await createTlsIdentity({
  hostnames: ['vault.example'],
  addresses: [],
  now,
  days: 1,
})
const certificate = new X509Certificate(certPem)
const shown = certificate.toLegacyObject()
const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
const keyPin = `sha256/${createHash('sha256').update(key).digest('base64')}`
const other = '00'.repeat(32)

/** The code with which a check refuses the certificate for a name; `undefined` when it is content. */
function fault(pins: readonly string[], host = 'vault.example'): string | undefined {
  const error = pinnedTo(pins)(host, shown)
  return error !== undefined && 'code' in error ? String(error.code) : undefined
}

test('a pin is a digest of the key, or the fingerprint of the certificate as commands show it', () => {
  assert.equal(fault([keyPin]), undefined)
  assert.equal(fault([certificate.fingerprint256]), undefined)
  assert.equal(fault([certificate.fingerprint256.replaceAll(':', '').toLowerCase()]), undefined)
  assert.equal(fault([other]), NOT_PINNED)
  assert.equal(fault([`sha256/${Buffer.from(other, 'hex').toString('base64')}`]), NOT_PINNED)
})

test('of several pins one must fit, so that the next key can be pinned before it is used', () => {
  assert.equal(fault([other, keyPin]), undefined)
})

test('a pinned certificate for another name is refused as any other would be', () => {
  assert.equal(fault([keyPin], 'evil.example'), 'ERR_TLS_CERT_ALTNAME_INVALID')
})
