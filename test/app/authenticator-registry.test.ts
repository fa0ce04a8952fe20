import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthenticatorRegistry } from '#app/authenticator-registry.ts'
import { authenticatorType } from '#app/authenticator-table.ts'
import { instanceIn, placeOf } from '#app/instance-place.ts'
import type { Change, Row } from '#domain/change.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'

const webservice = (identifier: string, account = 'acme'): Id =>
  makeId(account, 'webservice', identifier)

const KUBE = webservice('conjur/authn-jwt/kube')

const resource = (id: Id): Row => ({
  table: 'resource',
  id,
  owner: makeId('acme', 'user', 'admin'),
})
const enablement = (id: Id, enabled: boolean): Row => ({
  table: 'enablement',
  resource: id,
  enabled,
})

function registryOf(...changes: readonly Change[]): AuthenticatorRegistry {
  const registry = new AuthenticatorRegistry()
  for (const change of changes) registry.note(change)
  return registry
}

const add = (row: Row): Change => ({ op: 'add', row })
const remove = (row: Row): Change => ({ op: 'remove', row })

test('an authenticator is enabled by the last that was said of it, in its own account', () => {
  const registry = registryOf(add(resource(KUBE)), add(enablement(KUBE, false)), {
    op: 'change',
    row: enablement(KUBE, true),
  })
  assert.equal(registry.isEnabled(KUBE), true)
  assert.equal(registry.isEnabled(webservice('conjur/authn-jwt/kube', 'beta')), false)
  registry.note({ op: 'change', row: enablement(KUBE, false) })
  assert.equal(registry.isEnabled(KUBE), false)
})

test('an enablement goes when it is removed, and with its webservice', () => {
  const changes = [add(resource(KUBE)), add(enablement(KUBE, true))]
  assert.equal(registryOf(...changes, remove(enablement(KUBE, true))).isEnabled(KUBE), false)
  const gone = registryOf(...changes, remove(resource(KUBE)))
  assert.deepEqual([gone.isEnabled(KUBE), gone.configured(), gone.enabled()], [false, [], []])
  gone.note(add(resource(KUBE)))
  assert.deepEqual([gone.configured(), gone.enabled()], [['authn-jwt/kube'], []])
})

test('instances of one name in two accounts are listed once, sorted', () => {
  const beta = webservice('conjur/authn-jwt/kube', 'beta')
  const registry = registryOf(
    add(resource(webservice('conjur/authn-oidc/idp'))),
    add(resource(KUBE)),
    add(resource(beta)),
    add(enablement(beta, true)),
  )
  assert.deepEqual(registry.configured(), ['authn-jwt/kube', 'authn-oidc/idp'])
  assert.deepEqual(registry.enabled(), ['authn-jwt/kube'])
})

test('lists are made once for each change that concerns them', () => {
  const registry = registryOf(add(resource(KUBE)))
  const list = registry.configured()
  registry.note(add(resource(makeId('acme', 'variable', 'db'))))
  assert.equal(registry.configured(), list)
  registry.note(remove(resource(KUBE)))
  assert.deepEqual(registry.configured(), [])
})

test('nothing is left after it was cleared', () => {
  const registry = registryOf(add(resource(KUBE)), add(enablement(KUBE, true)))
  registry.clear()
  assert.deepEqual([registry.isEnabled(KUBE), registry.configured()], [false, []])
})

test('a webservice is an authenticator by its identifier, and a status is none', () => {
  for (const [identifier, expected] of [
    ['conjur/authn-jwt/kube', ['authn-jwt', 'kube']],
    ['conjur/authn', ['authn', undefined]],
    ['conjur/authn-gcp', ['authn-gcp', undefined]],
    ['conjur/authn-gcp/status', undefined],
    ['conjur/authn-jwt/kube/status', undefined],
    ['conjur/authn-jwt/', undefined],
    ['conjur/authnx/kube', undefined],
    ['authn-jwt/kube', undefined],
    ['x/conjur/authn-jwt/kube', undefined],
  ] as const) {
    const found = instanceIn(identifier)
    assert.deepEqual(found && [found.authenticator, found.service], expected, identifier)
  }
})

test('a place is that of a type that we know, with its name', () => {
  const placed = (id: Id): unknown => {
    const place = placeOf('acme', id)
    return place && [place.type.name, place.name]
  }
  assert.deepEqual(placed(KUBE), ['jwt', 'kube'])
  assert.deepEqual(placed(webservice('conjur/authn-gcp')), ['gcp', 'default'])
  for (const other of [
    webservice('conjur/authn-gcp/x'),
    webservice('conjur/authn-jwt'),
    webservice('conjur/authn'),
    webservice('conjur/authn-foo/x'),
    makeId('acme', 'policy', 'conjur/authn-jwt/kube'),
  ]) {
    assert.equal(placed(other), undefined, other)
  }
})

test('a type is known by both of its names', () => {
  assert.equal(authenticatorType('aws'), authenticatorType('authn-iam'))
  assert.equal(authenticatorType('authn-aws'), undefined)
})
