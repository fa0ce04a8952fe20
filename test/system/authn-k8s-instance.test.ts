import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { loadX509 } from '#crypto/x509-library.ts'
import { ACCOUNT, assertSilent, at, mustBe } from '../http/harness.ts'
import { clientKeyPem, clientKeys } from '../kubernetes/pod-client.ts'
import { makeAuthority } from '../kubernetes/pod-world.ts'
import { changePod, openStandInWorld, standIn } from '../kubernetes/stand-in-world.ts'

const INSTANCE = 'conjur/authn-k8s/prod'

test('one server recognises the pods of several clusters, each by its own', async () => {
  await using scene = await openStandInWorld({
    settings: { authenticators: ['authn-k8s/prod', 'authn-k8s/test'] },
  })
  await using second = await standIn()
  const { world, cluster } = scene
  const { node } = world
  await node.load(`
- !policy
  id: conjur/authn-k8s/test
  body:
    - !webservice
    - !variable ca/key
    - !variable ca/cert
    - !variable kubernetes/api-url
    - !variable kubernetes/ca-cert
    - !variable kubernetes/service-account-token
`)
  const set = (name: string, value: string): Promise<void> =>
    node.set(`conjur/authn-k8s/test/${name}`, value)
  await set('kubernetes/api-url', second.access.url)
  await set('kubernetes/service-account-token', second.access.token)
  await set('kubernetes/ca-cert', second.access.caPem ?? '')
  mustBe(201, await node.admin.post(`/authn-k8s/test/${ACCOUNT}/ca`))
  const login = await world.host('cart', { 'authn-k8s/test/namespace': second.namespace })
  await node.load(
    `- !permit { role: !host apps/cart, privileges: [authenticate], resource: !webservice conjur/authn-k8s/test }\n`,
  )
  await second.start({ name: 'cart' })
  mustBe(202, await world.inject(login, 'cart', { service: 'test', namespace: second.namespace }))
  assertSilent(401, await world.inject(login, 'cart', { service: 'test' }))
  const pem = await scene.admit(login)
  const other = `/authn-k8s/test/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`
  const reply = await node.anyone.send({
    method: 'POST',
    path: other,
    headers: { 'X-SSL-Client-Certificate': encodeURIComponent(pem) },
  })
  assertSilent(401, reply)
  assert.match(await world.reason(), /^CONJ00030E /)
  assert.ok(cluster.asked.every((line) => !line.includes(second.namespace)))
})

test('an API server that refuses, or is gone, is named in the trail', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  const login = await world.host('cart')
  const owned = await world.host('owned', { 'authn-k8s/deployment': 'cart' })
  changePod(scene, scene.podPath, {
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart', uid: 'x', controller: true },
    ],
  })
  cluster.tokens.set(
    cluster.access.token,
    new Set(['get pods', 'get pods/exec', 'create pods/exec']),
  )
  await scene.refuse(
    owned,
    /^CONJ00132E The Kubernetes API answers 403 for what is below `.*\/replicasets`/,
  )
  cluster.tokens.clear()
  await scene.refuse(login, /^CONJ00132E The Kubernetes API answers 401 /)
  await cluster[Symbol.asyncDispose]()
  await scene.refuse(login, /^CONJ00132E The Kubernetes API cannot be asked/)
})

test('an authority is made once, and another one only for who says what becomes of the first', async () => {
  await using scene = await openStandInWorld()
  const { world } = scene
  const { node } = world
  const login = await world.host('cart')
  const first = await scene.admit(login)
  mustBe(409, await makeAuthority(node))
  mustBe(422, await makeAuthority(node, 'burn'))
  mustBe(200, await world.authenticate(login, first))
  const kept = mustBe(201, await makeAuthority(node, 'keep'))
  mustBe(200, await world.authenticate(login, first))
  const second = await scene.admit(login)
  const made = new X509Certificate(String(at(kept.json, 'certificate')))
  assert.ok(new X509Certificate(second).verify(made.publicKey))
  assert.equal(at(kept.json, 'fingerprint'), made.fingerprint256)
  assert.match(made.subject, /^CN=conjur\.authn-k8s\.prod\nOU=Conjur Kubernetes CA\nO=acme$/)
  assert.ok(made.ca)
  mustBe(201, await makeAuthority(node, 'replace'))
  for (const pem of [first, second]) {
    assertSilent(401, await world.authenticate(login, pem))
    assert.match(await world.reason(), /^CONJ00030E /)
  }
  await node.load(
    '- !user ops\n- !user seer\n- !permit { role: !user seer, privileges: [read], resource: !variable conjur/authn-k8s/prod/ca/key }\n- !permit { role: !user seer, privileges: [read], resource: !variable conjur/authn-k8s/prod/ca/cert }\n',
  )
  const path = `/authn-k8s/prod/${ACCOUNT}/ca`
  mustBe(404, await (await node.as('ops')).post(path))
  mustBe(403, await (await node.as('seer')).post(path))
  mustBe(404, await node.admin.post(`/authn-k8s/none/${ACCOUNT}/ca`))
  mustBe(401, await node.anyone.post(path))
})

test('the status of an instance names what is wrong with it', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  const { node } = world
  const status = async (): Promise<readonly unknown[]> => {
    const { status: code, json } = await node.admin.get(`/authn-k8s/prod/${ACCOUNT}/status`)
    const error = at(json, 'error')
    return [code, typeof error === 'string' ? error.slice(0, 10) : '']
  }
  assert.deepEqual(await status(), [200, ''])
  const wrong: readonly (readonly [string, string, string])[] = [
    ['kubernetes/service-account-token', 'no token', 'CONJ00153E'],
    [
      'kubernetes/ca-cert',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'CONJ00154E',
    ],
    ['kubernetes/api-url', 'ftp://cluster', 'CONJ00037E'],
    ['ca/key', 'no key', 'CONJ00156E'],
    ['ca/cert', cluster.access.caPem ?? '', 'CONJ00155E'],
  ]
  for (const [name, value, code] of wrong) {
    const path = `/secrets/${ACCOUNT}/variable/${encodeURIComponent(`${INSTANCE}/${name}`)}`
    const good = (await node.admin.get(path)).text
    await node.set(`${INSTANCE}/${name}`, value)
    assert.deepEqual(await status(), [500, code], name)
    await node.set(`${INSTANCE}/${name}`, good)
  }
  assert.deepEqual(await status(), [200, ''])
  cluster.tokens.set(cluster.access.token, new Set())
  assert.deepEqual(await status(), [500, 'CONJ00153E'])
  cluster.tokens.clear()
  assert.deepEqual(await status(), [500, 'CONJ00153E'])
})

test('an authority with an RSA key, as a Conjur server makes it, goes on to sign', async () => {
  await using scene = await openStandInWorld()
  const { node } = scene.world
  const { certPem, keyPem } = await rsaAuthority(node.now)
  await node.set(`${INSTANCE}/ca/key`, keyPem)
  await node.set(`${INSTANCE}/ca/cert`, certPem)
  const login = await scene.world.host('cart')
  mustBe(200, await scene.world.authenticate(login, await scene.admit(login)))
})

/** An authority after reference/conjur-api.md 6.6. */
async function rsaAuthority(
  now: number,
): Promise<{ readonly certPem: string; readonly keyPem: string }> {
  const x509 = await loadX509()
  const keys = await clientKeys
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=acme:webservice:conjur.authn-k8s.prod, OU=Conjur Kubernetes CA, O=acme',
    notBefore: new Date(now - 1000),
    notAfter: new Date(now + 3650 * 86_400_000),
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  return { certPem: certificate.toString('pem'), keyPem: await clientKeyPem() }
}
