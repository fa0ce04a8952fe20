import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { ACCOUNT, assertError, assertSilent, mustBe } from '../http/harness.ts'
import { spiffeId } from '../kubernetes/pod-client.ts'
import {
  changeImage,
  changePod,
  metadataOf,
  openStandInWorld,
} from '../kubernetes/stand-in-world.ts'
import type { ClusterObject } from '../kubernetes/stand-in-cluster.ts'

const INSTANCE = 'conjur/authn-k8s/prod'

test('a request without a name is told so, and one without a pod is not', async () => {
  await using scene = await openStandInWorld()
  const { world, pod } = scene
  const login = await world.host('cart')
  assertError(
    422,
    { code: 'argument_error', message: 'CONJ00058E The certificate request has no common name' },
    await world.inject(login, pod.name, { commonName: '' }),
  )
  for (const [uris, reason] of [
    [[], /^CONJ00022E .*it has no alternative name/],
    [['spiffe://cluster.local/namespace/shop'], /^CONJ00022E .*does not name a pod/],
  ] as const) {
    assertSilent(401, await world.inject(login, pod.name, { uris }))
    assert.match(await world.reason(), reason)
  }
})

test('`k8s-attest`: a request that asks for more than the name of its pod is refused', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, pod } = scene
  const login = await world.host('cart')
  const own = spiffeId(cluster.namespace, pod.name)
  for (const more of [
    { addresses: ['10.0.0.1'] },
    { dnsNames: ['cart.shop.svc'] },
    { uris: [own, 'spiffe://cluster.local/namespace/kube-system/podname/admin'] },
    { uris: [own.replace('cluster.local', 'prod.example')] },
    { uris: [`${own}/../admin`] },
    { uris: [own.replace('/podname/', '/podname/%2e%2e/')] },
    { uris: [`${own}?x=y`] },
    { uris: [own.toUpperCase()] },
    { dnsNames: ['cart'], uris: [] },
  ]) {
    assertSilent(401, await world.inject(login, pod.name, more))
    assert.match(await world.reason(), /^CONJ00022E /)
  }
  assert.deepEqual(cluster.asked, [])
})

test('`k8s-attest`: a request whose sender does not have its key is refused', async () => {
  await using scene = await openStandInWorld()
  const login = await scene.world.host('cart')
  assertSilent(401, await scene.world.inject(login, 'cart', { isForged: true }))
  assert.match(await scene.world.reason(), /^CONJ00002E .*signature.*does not hold/)
  assert.deepEqual(scene.cluster.asked, [])
})

test('`k8s-attest`: a namespace that only looks like the one of the host is another', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, podPath } = scene
  const login = await world.host('cart')
  for (const suffix of ['-', '1', '.', '\u200b', '%00']) {
    const namespace = `${cluster.namespace}${suffix}`
    const other = podPath.replace(cluster.namespace, namespace)
    const copy = cluster.objects.get(podPath) ?? assert.fail()
    cluster.objects.set(other, { ...copy, metadata: { ...metadataOf(copy), namespace } })
    assertSilent(401, await world.inject(login, 'cart', { namespace }))
    assert.match(await world.reason(), /^CONJ000(?:22|23)E /)
  }
})

test('`k8s-attest`: a pod is what the API server says, whatever it says of its owners itself', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, podPath } = scene
  const login = await world.host('db', { 'authn-k8s/stateful-set': 'db' })
  await scene.refuse(login, /^CONJ00062E /)
  const set = { metadata: { name: 'db', uid: 'real' } }
  cluster.objects.set(`/apis/apps/v1/namespaces/${cluster.namespace}/statefulsets/db`, set)
  const claim = (more: ClusterObject): void => {
    const reference = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'db',
      uid: 'real',
      controller: true,
    }
    changePod(scene, podPath, { ownerReferences: [{ ...reference, ...more }] })
  }
  for (const wrong of [
    { uid: 'forged' },
    { controller: false },
    { apiVersion: 'evil.example/v1' },
    { name: '../statefulsets/db' },
    { name: 'gone' },
  ]) {
    claim(wrong)
    await scene.refuse(login, /^CONJ00062E /)
  }
  claim({})
  await scene.admit(login)
})

test('`k8s-attest`: only the container that authenticates counts for what runs in it', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  await cluster.start({ name: 'cart', containers: ['authenticator', 'good'] })
  changeImage(scene, 'good', 'registry.example/good:1')
  const login = await world.host('cart', {
    'strongroom/attest/k8s.image': 'registry.example/good:1',
  })
  await scene.refuse(login, /^CONJ00049E `k8s\.image` from the Kubernetes API is not what/)
  const digest = `sha256:${'ab'.repeat(32)}`
  const pinned = await world.host('pinned', { 'strongroom/attest/k8s.image.digest': digest })
  await scene.admit(pinned)
})

test('a pod that has ended, or waits for its end, gets no certificate', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, podPath } = scene
  const login = await world.host('cart')
  const pem = await scene.admit(login)
  changePod(scene, podPath, { deletionTimestamp: '2026-01-01T00:00:00Z' })
  await scene.refuse(login, /^CONJ00024E .* has ended/)
  // It may still have to tidy up.
  mustBe(200, await world.authenticate(login, pem))
  for (const phase of ['Succeeded', 'Failed']) {
    const pod = cluster.objects.get(podPath) ?? assert.fail()
    cluster.objects.set(podPath, { ...pod, status: { phase } })
    assertSilent(401, await world.authenticate(login, pem))
    assert.match(await world.reason(), /^CONJ00024E .* has ended/)
  }
})

test('hosts are named by every form of the header', async () => {
  await using scene = await openStandInWorld()
  const { world, node } = { ...scene, node: scene.world.node }
  const { namespace } = scene.cluster
  await node.load(`
- !host
  id: rooted
  annotations: { authn-k8s/namespace: ${namespace} }
- !grant { role: !group conjur/authn-k8s/prod/apps, member: !host rooted }
`)
  await node.load(
    `
- !policy
  id: apps
  body:
    - !host ${namespace}/*/*
    - !host ${namespace}/pod/cart
    - !host ${namespace}/service_account/default
`,
    { branch: INSTANCE },
  )
  for (const id of ['*/*', 'pod/cart', 'service_account/default']) {
    await node.load(`
- !grant { role: !group ${INSTANCE}/apps, member: !host "${INSTANCE}/apps/${namespace}/${id}" }
`)
  }
  const dotted = await world.host('my.app')
  const deep = await world.host('a/b/c/d')
  const below = (id: string): string => `host/${INSTANCE}/apps/${namespace}/${id}`
  for (const login of [
    'host/rooted',
    dotted,
    deep,
    below('*/*'),
    below('pod/cart'),
    below('service_account/default'),
  ]) {
    mustBe(200, await world.authenticate(login, await scene.admit(login)))
  }
  const named = { prefix: null, commonName: `${namespace}.pod.cart` }
  mustBe(202, await world.inject('', 'cart', named))
  mustBe(202, await world.inject('', 'cart', { prefix: 'host', commonName: 'rooted' }))
  mustBe(202, await world.inject('', 'cart', { prefix: 'host.apps.a.b', commonName: 'c.d' }))
  for (const prefix of ['user', 'hosts', 'host/apps', '']) {
    assertSilent(401, await world.inject('', 'cart', { prefix, commonName: 'rooted' }))
  }
})

test('who may not, and who is not there, are refused as everywhere', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  await world.node.load(
    `- !host\n  id: outside\n  annotations: { authn-k8s/namespace: ${cluster.namespace} }\n`,
  )
  assertSilent(403, await world.inject('host/outside', 'cart'))
  assert.match(await world.reason(), /^CONJ00006E /)
  assertSilent(401, await world.inject('host/nobody', 'cart'))
  assert.match(await world.reason(), /^CONJ00007E /)
  const [event] = (await world.node.trail()).slice(-1)
  assert.deepEqual(
    [event?.kind, event?.operation, event?.user, event?.subject['authenticator']],
    ['authn', 'k8s-inject-client-cert', 'not-found', 'authn-k8s'],
  )
  assertSilent(401, await world.inject('host/outside', 'cart', { service: 'other' }))
  assert.match(await world.reason(), /^CONJ00004E 'authn-k8s\/other' is not enabled/)
  assert.deepEqual(cluster.asked, [])
})

test('a certificate that was placed is in the trail, with the pod that has it', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, pod } = scene
  const login = await world.host('cart')
  const certificate = new X509Certificate(await scene.admit(login))
  const event = (await world.node.trail()).find(
    ({ result, operation }) => result === 'success' && operation === 'k8s-inject-client-cert',
  )
  assert.deepEqual(
    [event?.user, event?.subject],
    [
      `${ACCOUNT}:host:apps/cart`,
      {
        authenticator: 'authn-k8s',
        service: `${ACCOUNT}:webservice:${INSTANCE}`,
        serial: certificate.serialNumber.toLowerCase(),
        until: certificate.validToDate.toISOString(),
        pod: spiffeId(cluster.namespace, pod.name),
        uid: pod.uid,
        container: 'authenticator',
      },
    ],
  )
})

test('annotations that contradict each other, or are unknown, let nobody in', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  const { namespace } = cluster
  const none = { 'authn-k8s/namespace': '' }
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'authn-k8s/namespace-label-selector': 'a=b' }, /^CONJ00131E /],
    [{ ...none, 'authn-k8s/pod': 'cart' }, /^CONJ00131E /],
    [{ 'authn-k8s/deployment': 'a', 'authn-k8s/stateful-set': 'b' }, /^CONJ00055E /],
    [{ 'authn-k8s/ip-address': '10.0.0.1' }, /^CONJ00050E /],
    [{ ...none, 'authn-k8s/namespace-label-selector': 'a!=b' }, /^CONJ00094E /],
    [{ ...none, 'authn-k8s/namespace-label-selector': 'a=b,' }, /^CONJ00094E /],
    [{ ...none, 'authn-k8s/namespace-label-selector': 'team=other' }, /^CONJ00083E /],
    [{ ...none }, /^CONJ00048E /],
    [{ 'authn-k8s/prod/namespace': 'elsewhere' }, /^CONJ00023E /],
    [{ 'authn-k8s/service-account': 'gone' }, /^CONJ00061E /],
    [{ 'authn-k8s/authentication-container-name': 'none' }, /^CONJ00028E /],
    [{ 'kubernetes/authentication-container-name': 'none' }, /^CONJ00028E /],
  ]
  for (const [index, [annotations, reason]] of cases.entries()) {
    await scene.refuse(await world.host(`bad-${index}`, annotations), reason)
  }
  const good: readonly Readonly<Record<string, string>>[] = [
    { 'authn-k8s/namespace': 'elsewhere', 'authn-k8s/prod/namespace': namespace },
    { 'authn-k8s/other/pod': 'another' },
    { ...none, 'strongroom/attest/k8s.namespace': namespace },
    {
      'kubernetes/authentication-container-name': 'none',
      'authn-k8s/authentication-container-name': 'gone',
      'authn-k8s/prod/authentication-container-name': 'authenticator',
    },
  ]
  for (const [index, annotations] of good.entries()) {
    await scene.admit(await world.host(`good-${index}`, annotations))
  }
})
