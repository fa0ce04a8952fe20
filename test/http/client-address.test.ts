import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { addressReader } from '#http/client-address.ts'

/** Where a request comes from that has this peer and these forwarding headers. */
const addressOf = (
  trusted: readonly string[],
  peer: string,
  forwarded?: string | readonly string[],
): string => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage
  return addressReader(trusted)(request)
}

const PROXIES = ['10.0.0.0/8', '2001:db8::1']

test('the address is that of the peer, whatever it forwards, unless the peer is a trusted proxy', () => {
  assert.equal(addressOf([], '127.0.0.1', '192.0.2.1'), '127.0.0.1')
  assert.equal(addressOf(PROXIES, '198.51.100.9', '192.0.2.1'), '198.51.100.9')
  assert.equal(addressOf(PROXIES, '::ffff:198.51.100.9'), '198.51.100.9')
})

test('behind trusted proxies the address is the last one that is none of them', () => {
  for (const [forwarded, address] of [
    ['192.0.2.1', '192.0.2.1'],
    ['203.0.113.5, 192.0.2.1', '192.0.2.1'],
    ['203.0.113.5,192.0.2.1 , 10.1.2.3', '192.0.2.1'],
    [['203.0.113.5', '192.0.2.1, 10.1.2.3'], '192.0.2.1'],
    ['192.0.2.1, 2001:db8::1', '192.0.2.1'],
  ] as const) {
    assert.equal(addressOf(PROXIES, '10.9.9.9', forwarded), address, String(forwarded))
  }
})

test('where every address is that of a proxy it is the first one, and without any that of the peer', () => {
  assert.equal(addressOf(PROXIES, '10.9.9.9', '10.1.1.1, 10.2.2.2'), '10.1.1.1')
  for (const none of [undefined, '', ' , ']) {
    assert.equal(addressOf(PROXIES, '10.9.9.9', none), '10.9.9.9')
  }
})

test('`edge-internal-routes`: a client cannot say that it is somebody else, nor that it is the server itself', () => {
  for (const claimed of ['127.0.0.1', '::1', '10.0.0.1', 'localhost', 'unknown']) {
    assert.equal(addressOf(PROXIES, '10.9.9.9', `${claimed}, 192.0.2.1`), '192.0.2.1')
    assert.equal(addressOf(PROXIES, '192.0.2.1', claimed), '192.0.2.1')
  }
})
