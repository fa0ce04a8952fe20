import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReachable } from '#authn/reachable-address.ts'

test('`ssrf`: loopback, link-local, unspecified, multicast and metadata addresses are not called', () => {
  for (const address of [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'FD00:0EC2:0:0::254',
    'fd20:ce::254',
  ]) {
    assert.equal(isReachable(address), false, address)
  }
})

test('`ssrf`: an IPv4 address does not hide in an IPv6 address', () => {
  for (const address of [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:FFFF:a9fe:a9fe',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
  ]) {
    assert.equal(isReachable(address), false, address)
  }
})

test('private and public addresses are called', () => {
  for (const address of [
    '10.96.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '1.1.1.1',
    '126.255.255.255',
    '128.0.0.1',
    'fd00:10:96::1',
    'fc00::1',
    '2606:4700::1111',
    '64:ff9b::808:808',
    '::ffff:10.0.0.1',
  ]) {
    assert.equal(isReachable(address), true, address)
  }
})

test('what is no address is not called', () => {
  for (const address of ['', 'localhost', '127.1', '0x7f.0.0.1', '10.0.0.1/8', 'fe80::1%', '1']) {
    assert.equal(isReachable(address), false, address)
  }
})
