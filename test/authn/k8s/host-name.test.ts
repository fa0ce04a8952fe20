import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dotted, hostNamed } from '#authn/k8s/host-name.ts'

const found = (name: string, ...hosts: readonly string[]): string | undefined =>
  hostNamed('acme', name, (role) => hosts.includes(role.slice('acme:host:'.length)))

test('the dots of a name are slashes', () => {
  assert.equal(found('host.shop.cart', 'shop/cart'), 'acme:host:shop/cart')
  assert.equal(found('host.cart', 'cart'), 'acme:host:cart')
  assert.equal(found('host.shop.*.*', 'shop/*/*'), 'acme:host:shop/*/*')
  assert.equal(dotted('host/shop/my.app'), 'host.shop.my.app')
})

test('dots are dots where that, and nothing else, is the name of a host', () => {
  assert.equal(found('host.my.app', 'my.app'), 'acme:host:my.app')
  assert.equal(found('host.shop.my.app', 'shop/my.app'), 'acme:host:shop/my.app')
  assert.equal(found('host.my.app', 'my.app', 'my/app'), 'acme:host:my/app')
  assert.equal(found('host.my.app'), 'acme:host:my/app')
})

test('what is no name of a host names nobody', () => {
  for (const name of ['', 'user.alice', 'hosts.cart', 'host', '.host.cart']) {
    assert.equal(found(name, 'alice', 'cart'), undefined)
  }
  assert.throws(() => found('host.'), { code: 'argument_error' })
})

test('a name of many dots is looked up once', () => {
  let asked = 0
  const name = `host.${'a.'.repeat(400)}a`
  hostNamed('acme', name, () => {
    asked += 1
    return false
  })
  assert.equal(asked, 1)
})
