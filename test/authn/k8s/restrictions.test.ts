import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerNamed, restrictionsOn } from '#authn/k8s/restrictions.ts'
import { exactly } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { makeId } from '#domain/id.ts'

type Annotations = Readonly<Record<string, string>>

const demanded = (
  id: string,
  annotations: Annotations = {},
  stated: readonly Condition[] = [],
): readonly string[] =>
  restrictionsOn(
    { role: makeId('acme', 'host', id), annotations: new Map(Object.entries(annotations)), stated },
    'prod',
  ).map(({ attribute, anyOf }) => `${attribute}=${anyOf.map(({ text }) => text).join('|')}`)

test('the end of an id says which pods a host may be', () => {
  for (const [id, conditions] of [
    ['shop/*/*', ['k8s.namespace=shop']],
    ['any/policy/shop/*/*', ['k8s.namespace=shop']],
    ['shop/pod/cart', ['k8s.namespace=shop', 'k8s.pod.name=cart']],
    ['shop/service_account/cart', ['k8s.namespace=shop', 'k8s.service-account=cart']],
    ['shop/service-account/cart', ['k8s.namespace=shop', 'k8s.service-account=cart']],
    ['shop/deployment/cart', ['k8s.namespace=shop', 'k8s.deployment=cart']],
    ['shop/stateful_set/db', ['k8s.namespace=shop', 'k8s.statefulset=db']],
    ['shop/deployment_config/cart', ['k8s.namespace=shop', 'k8s.deploymentconfig=cart']],
  ] as const) {
    assert.deepEqual(demanded(id), conditions, id)
  }
})

test('each annotation has the failure codes of the reference, for what is missing and for what is another', () => {
  const codesOf = (name: string): readonly unknown[] => {
    const annotations = { 'authn-k8s/namespace': 'shop', [`authn-k8s/${name}`]: 'a=b' }
    if (name === 'namespace-label-selector') annotations['authn-k8s/namespace'] = ''
    const role = makeId('acme', 'host', 'cart')
    const demands = restrictionsOn(
      { role, annotations: new Map(Object.entries(annotations)), stated: [] },
      'prod',
    )
    const { missing, failed } = demands.at(-1)?.codes ?? {}
    return [missing, failed]
  }
  assert.deepEqual(codesOf('namespace'), ['CONJ00023E', 'CONJ00023E'])
  assert.deepEqual(codesOf('namespace-label-selector'), ['CONJ00083E', 'CONJ00083E'])
  assert.deepEqual(codesOf('service-account'), ['CONJ00026E', 'CONJ00061E'])
  assert.deepEqual(codesOf('pod'), ['CONJ00060E', 'CONJ00060E'])
  for (const controller of ['deployment', 'stateful-set', 'deployment-config']) {
    assert.deepEqual(codesOf(controller), ['CONJ00062E', 'CONJ00061E'])
  }
})

test('an id that says no pods lets nobody in', () => {
  for (const [id, code] of [
    ['cart', 'CONJ00048E'],
    ['shop/cart', 'CONJ00048E'],
    ['shop//cart', 'CONJ00048E'],
    ['/pod/cart', 'CONJ00048E'],
    ['shop/pod/*', 'CONJ00048E'],
    ['shop/*/cart', 'CONJ00048E'],
    ['shop/daemon_set/cart', 'CONJ00041E'],
    ['shop/namespace/cart', 'CONJ00041E'],
    ['shop/constructor/cart', 'CONJ00041E'],
  ] as const) {
    assert.throws(
      () => demanded(id),
      { code: 'unauthorized', message: new RegExp(`^${code} `) },
      id,
    )
  }
})

test('annotations count in place of the id, those of the service before the general ones', () => {
  const namespace = { 'authn-k8s/namespace': 'shop' }
  assert.deepEqual(demanded('other/*/*', namespace), ['k8s.namespace=shop'])
  assert.deepEqual(
    demanded('cart', {
      ...namespace,
      'authn-k8s/prod/namespace': 'blog',
      'authn-k8s/test/pod': 'x',
    }),
    ['k8s.namespace=blog'],
  )
  assert.deepEqual(
    demanded('cart', {
      'authn-k8s/namespace-label-selector': 'team=web,tier==front,empty=',
      'authn-k8s/service-account': 'cart',
      'authn-k8s/pod': '',
    }),
    [
      'k8s.namespace.label.team=web',
      'k8s.namespace.label.tier=front',
      'k8s.namespace.label.empty=',
      'k8s.service-account=cart',
    ],
  )
})

test('a namespace that is stated in our own spelling is enough', () => {
  const stated = [exactly('k8s.namespace', 'shop', 'strongroom/attest/k8s.namespace')]
  assert.deepEqual(demanded('cart', {}, stated), [])
  assert.deepEqual(demanded('cart', { 'authn-k8s/pod': 'cart' }, stated), ['k8s.pod.name=cart'])
  const label = [
    exactly('k8s.namespace.label.team', 'web', 'strongroom/attest/k8s.namespace.label.team'),
  ]
  assert.deepEqual(demanded('cart', {}, label), [])
  const other = [exactly('k8s.pod.uid', 'x', 'strongroom/attest/k8s.pod.uid')]
  assert.throws(() => demanded('cart', {}, other), { message: /^CONJ00048E / })
})

test('the name of the container is no restriction', () => {
  const container = { 'authn-k8s/authentication-container-name': 'sidecar' }
  assert.deepEqual(demanded('shop/*/*', container), ['k8s.namespace=shop'])
  for (const [annotations, name] of [
    [{}, 'authenticator'],
    [container, 'sidecar'],
    [{ 'kubernetes/authentication-container-name': 'old' }, 'old'],
    [{ 'kubernetes/authentication-container-name': '' }, 'authenticator'],
    [{ 'kubernetes/authentication-container-name': 'old', ...container }, 'sidecar'],
    [{ ...container, 'authn-k8s/prod/authentication-container-name': 'own' }, 'own'],
    [{ ...container, 'authn-k8s/test/authentication-container-name': 'other' }, 'sidecar'],
  ] as const) {
    assert.equal(containerNamed(new Map<string, string>(Object.entries(annotations)), 'prod'), name)
  }
})
