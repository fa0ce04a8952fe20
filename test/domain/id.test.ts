import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountOf,
  identifierOf,
  kindOf,
  loginOf,
  makeId,
  parseId,
  parseIdIn,
  roleOfLogin,
} from '#domain/id.ts'

test('an id has an account, a kind and an identifier, which may hold colons', () => {
  const id = parseId('acme:host:system:serviceaccount:shop:cart')
  assert.equal(accountOf(id), 'acme')
  assert.equal(kindOf(id), 'host')
  assert.equal(identifierOf(id), 'system:serviceaccount:shop:cart')
})

const MALFORMED = [
  '',
  'acme',
  'acme:user',
  'acme::x',
  ':user:x',
  'acme:user:',
  'acme:user:a\nb',
  'acme:user:a\u0000',
  'acme:user:\uD800',
  `acme:user:${'x'.repeat(951)}`,
]

for (const text of MALFORMED) {
  test(`${JSON.stringify(text).slice(0, 30)} is not an id`, () => {
    assert.throws(() => parseId(text), { code: 'argument_error' })
  })
}

test('a part with a colon cannot make the id of something else (attack `kind-confusion`)', () => {
  assert.throws(() => makeId('acme:user', 'admin', 'x'), { code: 'argument_error' })
  assert.throws(() => makeId('acme', 'variable:x', 'y'), { code: 'argument_error' })
})

test('a short id stands for one in the account at hand', () => {
  assert.equal(parseIdIn('acme', 'user:alice'), 'acme:user:alice')
  assert.equal(parseIdIn('acme', 'other:user:alice'), 'other:user:alice')
  assert.throws(() => parseIdIn('acme', 'alice'), /Expected at least 2 tokens in alice/)
})

test('a login names a user or a host, and nothing else', () => {
  assert.equal(roleOfLogin('acme', 'alice'), 'acme:user:alice')
  assert.equal(roleOfLogin('acme', 'user/alice'), 'acme:user:alice')
  assert.equal(roleOfLogin('acme', 'host/shop/cart'), 'acme:host:shop/cart')
  assert.equal(roleOfLogin('acme', 'group/admins'), 'acme:user:group/admins')
})

test('the login of a role leads back to it', () => {
  for (const text of ['acme:user:alice', 'acme:host:shop/cart', 'acme:user:bob@shop']) {
    const role = parseId(text)
    assert.equal(roleOfLogin('acme', loginOf(role)), role)
  }
})
