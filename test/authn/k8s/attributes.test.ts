import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubernetesApi } from '#authn/kubernetes/api.ts'
import { recognisePod } from '#authn/k8s/recognise-pod.ts'
import { exactly, judge } from '#domain/attestation.ts'
import type { Attribute } from '#domain/attestation.ts'
import { makeId } from '#domain/id.ts'

type Objects = Readonly<Record<string, object>>

const owner = (apiVersion: string, kind: string, name: string): object => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }],
})

const POD = '/api/v1/namespaces/shop/pods/cart-1'
const DIGEST = `sha256:${'0a'.repeat(32)}`

/** A pod that a deployment made, and all that the API server knows around it. */
const world = {
  [POD]: {
    metadata: {
      namespace: 'shop',
      name: 'cart-1',
      uid: 'uid-pod',
      labels: { 'app.kubernetes.io/name': 'cart' },
      ...owner('apps/v1', 'ReplicaSet', 'cart-set'),
    },
    spec: {
      serviceAccountName: 'seller',
      nodeName: 'node-1',
      containers: [{ name: 'app', image: 'app:1' }],
      initContainers: [{ name: 'authenticator', image: 'authenticator:2' }],
    },
    status: {
      phase: 'Running',
      initContainerStatuses: [{ name: 'authenticator', imageID: `r/a@${DIGEST}` }],
    },
  },
  '/api/v1/namespaces/shop': { metadata: { uid: 'uid-shop', labels: { team: 'web' } } },
  '/api/v1/namespaces/shop/serviceaccounts/seller': { metadata: { uid: 'uid-seller' } },
  '/apis/apps/v1/namespaces/shop/replicasets/cart-set': {
    metadata: { uid: 'uid-cart-set', ...owner('apps/v1', 'Deployment', 'cart') },
  },
  '/apis/apps/v1/namespaces/shop/deployments/cart': { metadata: { uid: 'uid-cart' } },
} as const satisfies Objects

const apiOf = (objects: Objects, asked: string[] = []): KubernetesApi => ({
  async read(_, path) {
    asked.push(path)
    const object = objects[path]
    return object === undefined ? { status: 404, object: {} } : { status: 200, object }
  },
  create: async () => assert.fail('nothing is created'),
})

const declared = new Map([
  ['kubernetes/api-url', 'https://cluster.example'],
  ['kubernetes/service-account-token', 'token'],
])

/** What is told of the pod when these attributes are demanded. */
function told(
  objects: Objects,
  names: readonly string[],
  asked?: string[],
): Promise<readonly Attribute[]> {
  const conditions = names.map((name) => exactly(name, '', 'test'))
  const role = { role: makeId('acme', 'host', 'cart'), annotations: new Map(), stated: conditions }
  const name = { namespace: 'shop', pod: 'cart-1', spiffeId: 'spiffe://…' }
  return recognisePod(
    { api: apiOf(objects, asked), inCluster: async () => undefined },
    { service: 'prod', declared },
    { name },
    role,
    conditions,
  )
}

/** Every attribute, what it is, and a change of the world that is of this attribute alone. */
const ATTRIBUTES: readonly (readonly [name: string, value: string, change: Objects])[] = [
  ['k8s.pod.uid', 'uid-pod', changed('uid-pod', 'another')],
  ['k8s.node.name', 'node-1', changed('node-1', 'node-2')],
  ['k8s.image', 'authenticator:2', changed('authenticator:2', 'authenticator:3')],
  ['k8s.image.digest', DIGEST, changed(DIGEST, DIGEST.replaceAll('0a', '0b'))],
  [
    'k8s.label.app.kubernetes.io/name',
    'cart',
    changed('"app.kubernetes.io/name":"cart"', '"app.kubernetes.io/name":"other"'),
  ],
  ['k8s.namespace.label.team', 'web', changed('"team":"web"', '"team":"db"')],
  ['k8s.namespace.uid', 'uid-shop', changed('uid-shop', 'another')],
  ['k8s.service-account', 'seller', without('/api/v1/namespaces/shop/serviceaccounts/seller')],
  ['k8s.service-account.uid', 'uid-seller', changed('uid-seller', 'another')],
  ['k8s.replicaset', 'cart-set', changed('"uid":"uid-cart-set","owner', '"uid":"another","owner')],
  ['k8s.replicaset.uid', 'uid-cart-set', changed('uid-cart-set', 'another')],
  ['k8s.deployment', 'cart', without('/apis/apps/v1/namespaces/shop/deployments/cart')],
  ['k8s.deployment.uid', 'uid-cart', changed('"uid-cart"', '"another"')],
]

/** The world with another text in place of one. */
function changed(from: string, to: string): Objects {
  const text = JSON.stringify(world)
  assert.ok(text.includes(from), from)
  return JSON.parse(text.replaceAll(from, to)) as Objects
}

/** The world without an object. */
function without(path: string): Objects {
  return Object.fromEntries(Object.entries(world).filter(([known]) => known !== path))
}

for (const [name, value, change] of ATTRIBUTES) {
  test(`${name} is what the API server says, and refused once it is something else`, async () => {
    const condition = exactly(name, value, 'test')
    assert.equal(judge([condition], await told(world, [name])).passed, true)
    assert.equal(judge([condition], await told(change, [name])).passed, false)
  })
}

for (const [apiVersion, kind, root] of [
  ['apps/v1', 'StatefulSet', '/apis/apps/v1'],
  ['apps/v1beta2', 'DaemonSet', '/apis/apps/v1'],
  ['batch/v1', 'Job', '/apis/batch/v1'],
  ['v1', 'ReplicationController', '/api/v1'],
  ['argoproj.io/v1alpha1', 'Rollout', '/apis/argoproj.io/v1alpha1'],
] as const) {
  test(`a ${kind} is known as the owner of its pods`, async () => {
    const name = `k8s.${kind.toLowerCase()}`
    const pod = world[POD]
    const objects = {
      [POD]: { ...pod, metadata: { ...pod.metadata, ...owner(apiVersion, kind, 'own') } },
      [`${root}/namespaces/shop/${kind.toLowerCase()}s/own`]: { metadata: { uid: 'uid-own' } },
    }
    const attributes = await told(objects, [name])
    assert.deepEqual(attributes.find((one) => one.name === name)?.values, ['own'])
    const [path] = Object.keys(objects).slice(1)
    const replaced = { ...objects, [path ?? '']: { metadata: { uid: 'another' } } }
    assert.equal(judge([exactly(name, 'own', 'test')], await told(replaced, [name])).passed, false)
  })
}

test('the chain of owners is followed to its end: a cron job', async () => {
  const pod = world[POD]
  const objects = {
    [POD]: { ...pod, metadata: { ...pod.metadata, ...owner('batch/v1', 'Job', 'night-1') } },
    '/apis/batch/v1/namespaces/shop/jobs/night-1': {
      metadata: { uid: 'uid-night-1', ...owner('batch/v1', 'CronJob', 'night') },
    },
    '/apis/batch/v1/namespaces/shop/cronjobs/night': { metadata: { uid: 'uid-night' } },
  }
  const attributes = await told(objects, ['k8s.cronjob'])
  assert.deepEqual(attributes.find(({ name }) => name === 'k8s.cronjob')?.values, ['night'])
})

test('owners that own each other end', async () => {
  const asked: string[] = []
  const pod = world[POD]
  const loop = { metadata: { uid: 'uid-x', ...owner('apps/v1', 'ReplicaSet', 'x') } }
  const objects = {
    [POD]: { ...pod, metadata: { ...pod.metadata, ...owner('apps/v1', 'ReplicaSet', 'x') } },
    '/apis/apps/v1/namespaces/shop/replicasets/x': loop,
  }
  await told(objects, ['k8s.deployment'], asked)
  assert.ok(asked.length < 10)
})

test('nothing is asked that no condition is about', async () => {
  const asked: string[] = []
  await told(world, ['k8s.label.tier', 'k8s.pod.uid'], asked)
  assert.deepEqual(asked, [POD])
})
