import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequest } from '#authn/local/request.ts'

test('a line names the role, and may name its account, an end and addresses', () => {
  assert.deepEqual(readRequest('{"sub":"alice"}', 'acme'), { account: 'acme', login: 'alice' })
  const whole = {
    account: 'rival',
    sub: 'host/shop/cart',
    exp: 1_750_000_060,
    cidr: ['10.0.0.0/8', '::1', '192.0.2.7/32'],
  }
  assert.deepEqual(readRequest(` ${JSON.stringify(whole)} \r`, 'acme'), {
    account: 'rival',
    login: 'host/shop/cart',
    expires: 1_750_000_060,
    cidrs: ['10.0.0.0/8', '::1', '192.0.2.7/32'],
  })
  const unset = '{"account":null,"sub":"alice","exp":null,"cidr":null}'
  assert.deepEqual(readRequest(unset, 'acme'), { account: 'acme', login: 'alice' })
})

test('a line that is no JSON is a login of the account that the server began with', () => {
  assert.deepEqual(readRequest('host/shop/cart\r', 'acme'), {
    account: 'acme',
    login: 'host/shop/cart',
  })
})

test('what is not understood gives no token, and is not quoted', () => {
  for (const line of [
    '',
    ' \t',
    '{',
    '{"sub":"canary"',
    '{}',
    '{"sub":7}',
    '{"sub":null}',
    '{"sub":"alice","account":7}',
    '{"sub":"alice","exp":"1750000060"}',
    '{"sub":"alice","exp":1e999}',
    '{"sub":"alice","cidr":"10.0.0.0/8"}',
    '{"sub":"alice","cidr":[]}',
    '{"sub":"alice","cidr":[7]}',
    '{"sub":"alice","cidr":["10.0.0.0/33"]}',
    '{"sub":"alice","cidr":["10.0.0.0/8/8"]}',
    '{"sub":"alice","cidr":["canary"]}',
    '{"sub":"alice","cidrs":["10.0.0.0/8"]}',
    '{"sub":"alice","aud":"canary"}',
    `{"sub":"alice","cidr":${JSON.stringify(Array.from({ length: 65 }, () => '::1'))}}`,
  ]) {
    assert.throws(
      () => readRequest(line, 'acme'),
      ({ code, message }: Error & { code: string }) => {
        assert.equal(code, 'malformed', line)
        assert.doesNotMatch(message, /canary/)
        return true
      },
    )
  }
})
