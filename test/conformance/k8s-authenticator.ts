import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { assertSilent, mustBe } from '../http/harness.ts'
import type { RunningPod, TestCluster } from '../kubernetes/test-cluster.ts'
import { NAMESPACE_LABEL } from '../kubernetes/test-cluster.ts'
import { CLIENT_PEM, openPodWorld } from '../kubernetes/pod-world.ts'
import type { PodWorld } from '../kubernetes/pod-world.ts'
import { spiffeId } from '../kubernetes/pod-client.ts'

/** Asks for a certificate for a pod and finds it where the client waits for it. */
async function certificateOf(
  world: PodWorld,
  login: string,
  pod: RunningPod,
  container = 'authenticator',
): Promise<string> {
  const reply = mustBe(202, await world.inject(login, pod.name))
  assert.equal(reply.text, '')
  return (await pod.read(container, CLIENT_PEM)) ?? assert.fail(`${pod.name} has no certificate`)
}

/** What authn-k8s owes pods, on whatever cluster they run: one that stands in for it, or a real one. */
export function k8sAuthenticatorConformance(name: string, open: () => Promise<TestCluster>): void {
  test(`${name}: a pod gets a certificate and logs in with it`, async () => {
    await using cluster = await open()
    await using world = await openPodWorld(cluster)
    const pod = await cluster.start({ name: 'cart' })
    const login = await world.host('cart')
    const pem = await certificateOf(world, login, pod)
    const certificate = new X509Certificate(pem)
    assert.match(certificate.subject, /^CN=host\.apps\.cart$/m)
    assert.equal(certificate.subjectAltName, `URI:${spiffeId(cluster.namespace, pod.name)}`)
    assert.equal(certificate.ca, false)
    const left = certificate.validToDate.getTime() - world.node.now
    assert.ok(Math.abs(left - 3 * 86_400_000) < 1000)
    const reply = mustBe(200, await world.authenticate(login, pem))
    assert.match(reply.text, /^\{"protected":/)
    assert.equal(await pod.read('authenticator', `${CLIENT_PEM}.tmp`), undefined)
  })

  test(`${name}: a second certificate takes the place of the first`, async () => {
    await using cluster = await open()
    await using world = await openPodWorld(cluster)
    const pod = await cluster.start({ name: 'cart' })
    const login = await world.host('cart')
    const first = await certificateOf(world, login, pod)
    const second = await certificateOf(world, login, pod)
    assert.notEqual(first, second)
    mustBe(200, await world.authenticate(login, second))
  })

  test(`${name}: what a host demands is held against what the cluster says`, async () => {
    await using cluster = await open()
    await using world = await openPodWorld(cluster)
    const pod = await cluster.start({ name: 'shop', isDeployed: true, labels: { tier: 'web' } })
    const selector = `${NAMESPACE_LABEL.name}=${NAMESPACE_LABEL.value}`
    const demands: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
      [{ 'authn-k8s/deployment': 'shop' }, true],
      [{ 'authn-k8s/deployment': 'other' }, false],
      [{ 'authn-k8s/stateful-set': 'shop' }, false],
      [{ 'authn-k8s/pod': pod.name }, true],
      [{ 'authn-k8s/pod': 'other' }, false],
      [{ 'authn-k8s/service-account': 'default' }, true],
      [{ 'authn-k8s/service-account': 'other' }, false],
      [{ 'authn-k8s/namespace': `${cluster.namespace}-` }, false],
      [{ 'authn-k8s/namespace': '', 'authn-k8s/namespace-label-selector': selector }, true],
      [{ 'authn-k8s/namespace': '', 'authn-k8s/namespace-label-selector': 'no=such' }, false],
      [{ 'strongroom/attest/k8s.label.tier': 'web' }, true],
      [{ 'strongroom/attest/k8s.label.tier': 'db' }, false],
      [{ 'strongroom/attest/k8s.pod.uid': pod.uid }, true],
      [{ 'strongroom/attest/k8s.deployment': 'glob:sh*' }, true],
    ]
    for (const [index, [annotations, isMet]] of demands.entries()) {
      const login = await world.host(`host-${index}`, annotations)
      const reply = await world.inject(login, pod.name)
      assert.equal(reply.status, isMet ? 202 : 401, JSON.stringify(annotations))
    }
  })

  test(`${name}: \`k8s-attest\`: a pod that is gone, or changed, is not what it was`, async () => {
    await using cluster = await open()
    await using world = await openPodWorld(cluster)
    const pod = await cluster.start({ name: 'cart', labels: { tier: 'web' } })
    const login = await world.host('cart', { 'strongroom/attest/k8s.label.tier': 'web' })
    const pem = await certificateOf(world, login, pod)
    mustBe(200, await world.authenticate(login, pem))
    await pod.label('tier', 'db')
    assertSilent(401, await world.authenticate(login, pem))
    await pod.label('tier', 'web')
    mustBe(200, await world.authenticate(login, pem))
    await pod.remove()
    assertSilent(401, await world.authenticate(login, pem))
    assert.match(await world.reason(), /^CONJ00024E /)
    const another = await cluster.start({ name: 'cart', labels: { tier: 'web' } })
    assertSilent(401, await world.authenticate(login, pem))
    assert.match(await world.reason(), /is another one by now/)
    mustBe(200, await world.authenticate(login, await certificateOf(world, login, another)))
  })

  test(`${name}: the certificate goes into the container that the host names`, async () => {
    await using cluster = await open()
    await using world = await openPodWorld(cluster)
    const pod = await cluster.start({ name: 'pair', containers: ['app', 'sidecar'] })
    const login = await world.host('pair', { 'authn-k8s/authentication-container-name': 'sidecar' })
    await certificateOf(world, login, pod, 'sidecar')
    assert.equal(await pod.read('app', CLIENT_PEM), undefined)
    const other = await world.host('other')
    assertSilent(401, await world.inject(other, pod.name))
    assert.match(await world.reason(), /^CONJ00028E /)
  })
}
