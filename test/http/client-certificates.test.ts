import assert from 'node:assert/strict'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { certificateReader } from '#http/client-certificates.ts'
import type { CertificateHeader } from '#http/client-certificates.ts'
import { make, makeAuthority } from '../authn/cert/pki.ts'

const authority = await makeAuthority()
const client = await make({ by: authority })

const ESCAPED = encodeURIComponent(client.pem)
const field = (der: Uint8Array): string => `:${Buffer.from(der).toString('base64')}:`

/** What is read of a request that comes over plain HTTP with these headers. */
const read = (
  headers: IncomingHttpHeaders,
  header: CertificateHeader = 'x-ssl-client-certificate',
  { peer = '10.9.9.9', proxies = ['10.0.0.0/8'] } = {},
): readonly Buffer[] => {
  const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage
  return certificateReader({ addresses: proxies, header })(request).map((der) => Buffer.from(der))
}

const own = [Buffer.from(client.der)]
const chain = [...own, Buffer.from(authority.der)]

test('the header of a named proxy tells the certificate of the client, and perhaps those above it', () => {
  assert.deepEqual(read({ 'x-ssl-client-certificate': ESCAPED }), own)
  const both = encodeURIComponent(client.pem + authority.pem)
  assert.deepEqual(read({ 'x-ssl-client-certificate': both }), chain)
  assert.deepEqual(read({ 'client-cert': field(client.der) }, 'client-cert'), own)
  assert.deepEqual(
    read(
      { 'client-cert': field(client.der), 'client-cert-chain': ` ${field(authority.der)} ` },
      'client-cert',
    ),
    chain,
  )
})

test('`cert-auth`: the header of anybody but a named proxy counts nothing', () => {
  const headers = {
    'x-ssl-client-certificate': ESCAPED,
    'client-cert': field(client.der),
    'x-forwarded-for': '10.9.9.9',
  }
  for (const header of ['x-ssl-client-certificate', 'client-cert'] as const) {
    assert.deepEqual(read(headers, header, { peer: '198.51.100.9' }), [])
    assert.deepEqual(read(headers, header, { peer: '10.9.9.9', proxies: [] }), [])
    assert.deepEqual(read(headers, header, { peer: '127.0.0.1', proxies: [] }), [])
  }
})

test('`cert-auth`: of a named proxy no header counts but the one that it sets', () => {
  assert.deepEqual(read({ 'client-cert': field(client.der) }), [])
  assert.deepEqual(read({ 'x-ssl-client-certificate': ESCAPED }, 'client-cert'), [])
  assert.deepEqual(read({ 'client-cert-chain': field(client.der) }, 'client-cert'), [])
  assert.deepEqual(read({}), [])
  assert.deepEqual(read({ 'x-ssl-client-certificate': '' }), [])
})

test('a header that cannot be read is refused, one that came twice too', () => {
  const refused = { code: 'unauthorized', message: /^CONJ00029E / }
  const many = encodeURIComponent(client.pem.repeat(11))
  for (const value of [
    '%',
    'x',
    client.pem.slice(0, 200),
    `${ESCAPED}, ${ESCAPED}`,
    encodeURIComponent(client.pem.replace('CERTIFICATE', 'PRIVATE KEY')),
    encodeURIComponent(`${client.pem}and more`),
    encodeURIComponent(client.pem.replaceAll('A', 'B')),
    many,
  ]) {
    assert.throws(() => read({ 'x-ssl-client-certificate': value }), refused, value.slice(0, 40))
  }
  const good = field(client.der)
  for (const value of ['x', `${good}, ${good};x`, good.slice(1), ':AAAA:', `"${good}"`]) {
    assert.throws(() => read({ 'client-cert': value }, 'client-cert'), refused, value.slice(0, 40))
  }
  const twice = { 'client-cert': `${good}, ${good}` }
  assert.throws(() => read(twice, 'client-cert'), refused)
  const wrongAbove = { 'client-cert': good, 'client-cert-chain': `${good},,${good}` }
  assert.throws(() => read(wrongAbove, 'client-cert'), refused)
})
