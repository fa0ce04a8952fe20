import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalAddress, containsAddress, isAddress, isRange, networkOf } from '#lib/cidr.ts'

const CASES: readonly (readonly [cidrs: string[], address: string, contained: boolean])[] = [
  [['10.0.0.0/8'], '10.255.0.1', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.0.0.0/8'], '::ffff:10.0.0.1', true],
  [['192.168.1.7'], '192.168.1.7', true],
  [['192.168.1.7'], '192.168.1.8', false],
  [['2001:db8::/32'], '2001:db8:1::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['10.0.0.0/8', '::1/128'], '::1', true],
  [[], '10.0.0.1', false],
  [['10.0.0.0/8'], 'not an address', false],
  [['10.0.0.0/8'], '', false],
]

for (const [cidrs, address, contained] of CASES) {
  const verb = contained ? 'contains' : 'does not contain'
  test(`[${cidrs.join(', ')}] ${verb} ${address || 'an empty text'}`, () => {
    assert.equal(containsAddress(cidrs, address), contained)
  })
}

test('the network of an address is itself, or the first half of an IPv6 address in one spelling', () => {
  const networks: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
  ]
  for (const [address, network] of networks) assert.equal(networkOf(address), network, address)
})

test('an address has one canonical spelling, and what is none stays what it is', () => {
  for (const [address, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['office', 'office'],
    ['', ''],
  ] as const) {
    assert.equal(canonicalAddress(address), canonical)
  }
})

test('an address and a block of addresses are ranges, and nothing else', () => {
  for (const text of [
    '10.0.0.1',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.0.0.1/32',
    '::1',
    '2001:db8::/128',
  ]) {
    assert.ok(isRange(text), text)
  }
  for (const text of [
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10/8',
    'x/8',
    '::1%lo',
    '1.2.3.4/08x',
  ]) {
    assert.ok(!isRange(text), text)
  }
  assert.deepEqual(['::1', '10.0.0.1', '10.0.0.1/32', 'x'].map(isAddress), [
    true,
    true,
    false,
    false,
  ])
})
