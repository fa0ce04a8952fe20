import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containsAddress } from '#lib/cidr.ts'

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
