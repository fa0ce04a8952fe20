import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificate, openAuthority } from '#crypto/certificate-authority.ts'
import { createAuthority } from '#crypto/new-authority.ts'
import { ACCOUNT, assertError, assertSilent, mustBe } from '../http/harness.ts'
import { requestBy, spiffeId } from '../kubernetes/pod-client.ts'
import { openStandInWorld } from '../kubernetes/stand-in-world.ts'
import type { StandInWorld } from '../kubernetes/stand-in-world.ts'

const INSTANCE = 'conjur/authn-k8s/prod'

/** A certificate that differs in one thing from one that is good. */
async function otherCertificate(
  scene: StandInWorld,
  more: Partial<Parameters<typeof issueCertificate>[1]>,
): Promise<string> {
  const { world, cluster, pod } = scene
  const value = async (name: string): Promise<string> =>
    (
      await world.node.admin.get(
        `/secrets/${ACCOUNT}/variable/${encodeURIComponent(`${INSTANCE}/${name}`)}`,
      )
    ).text
  const authority = openAuthority({
    key: Buffer.from(await value('ca/key')),
    chain: await value('ca/cert'),
  })
  const { pem } = await issueCertificate(authority, {
    request: await requestBy({ commonName: 'x' }),
    commonName: 'host.apps.cart',
    clientUid: pod.uid,
    dnsNames: [],
    uris: [spiffeId(cluster.namespace, pod.name)],
    notBefore: new Date(world.node.now - 1000),
    notAfter: new Date(world.node.now + 60_000),
    ...more,
  })
  return pem
}

test('a certificate counts for its host, its pod and its time alone', async () => {
  await using scene = await openStandInWorld()
  const { world } = scene
  const login = await world.host('cart')
  const other = await world.host('other')
  const good = await otherCertificate(scene, {})
  mustBe(200, await world.authenticate(login, good))
  const { now } = world.node
  const cases: readonly (readonly [string | undefined, string, RegExp])[] = [
    [undefined, login, /^CONJ00029E /],
    [good, other, /^CONJ00031E /],
    [await otherCertificate(scene, { commonName: 'host.apps.other' }), login, /^CONJ00031E /],
    [await otherCertificate(scene, { notAfter: new Date(now - 1) }), login, /^CONJ00032E /],
    [await otherCertificate(scene, { notBefore: new Date(now + 1000) }), login, /^CONJ00032E /],
    [await otherCertificate(scene, { clientUid: 'another' }), login, /^CONJ00024E .*another one/],
    [await otherCertificate(scene, { uris: [], dnsNames: ['cart'] }), login, /^CONJ00022E /],
    [
      await otherCertificate(scene, { uris: [spiffeId('kube-system', 'cart')] }),
      login,
      /^CONJ00024E /,
    ],
  ]
  for (const [pem, as, reason] of cases) {
    assertSilent(401, await world.authenticate(as, pem))
    assert.match(await world.reason(), reason)
  }
  assertError(
    422,
    { code: 'argument_error', message: 'CONJ00059E The client certificate has no common name' },
    await world.authenticate(login, await otherCertificate(scene, { commonName: '' })),
  )
})

test('`cert-auth`: a certificate of another authority of the same name is worth nothing', async () => {
  await using scene = await openStandInWorld()
  const { world, pod, cluster } = scene
  const login = await world.host('cart')
  const { now } = world.node
  const life = { notBefore: new Date(now - 1000), notAfter: new Date(now + 60_000) }
  const names = {
    commonName: INSTANCE.replaceAll('/', '.'),
    unit: 'Conjur Kubernetes CA',
    organization: ACCOUNT,
  }
  const forged = await createAuthority({ ...names, ...life })
  const authority = openAuthority({ key: Buffer.from(forged.keyPem), chain: forged.certPem })
  const { pem } = await issueCertificate(authority, {
    request: await requestBy({ commonName: 'x' }),
    commonName: 'host.apps.cart',
    clientUid: pod.uid,
    dnsNames: [],
    uris: [spiffeId(cluster.namespace, pod.name)],
    ...life,
  })
  assertSilent(401, await world.authenticate(login, pem))
  assert.match(await world.reason(), /^CONJ00030E /)
})

test('the header of a certificate counts from a proxy that the settings name, and from nobody else', async () => {
  await using scene = await openStandInWorld({ settings: { certificateProxies: ['192.0.2.1'] } })
  const login = await scene.world.host('cart')
  const pem = await scene.admit(login)
  assertSilent(401, await scene.world.authenticate(login, pem))
  assert.match(await scene.world.reason(), /^CONJ00029E /)
})

test('the token comes in base64 to who asks for that', async () => {
  await using scene = await openStandInWorld()
  const login = await scene.world.host('cart')
  const pem = await scene.admit(login)
  for (const [accept, isEncoded] of [
    ['base64', true],
    ['gzip, Base64', true],
    ['gzip', false],
  ] as const) {
    const reply = mustBe(
      200,
      await scene.world.authenticate(login, pem, { 'Accept-Encoding': accept }),
    )
    assert.equal(reply.headers['content-encoding'], isEncoded ? 'base64' : undefined)
    assert.equal(reply.text.startsWith('{'), !isEncoded)
  }
})

test('where the settings say so, a pod calls from its own address or not at all', async () => {
  await using scene = await openStandInWorld()
  const { world, pod } = scene
  const login = await world.host('cart')
  await world.node.load('- !variable source-address\n', { branch: INSTANCE })
  await world.node.set(`${INSTANCE}/source-address`, 'true')
  const from = (address: string): { readonly headers: Readonly<Record<string, string>> } => ({
    headers: { 'X-Forwarded-For': address },
  })
  assertSilent(401, await world.inject(login, pod.name, from('10.1.2.4')))
  assert.match(await world.reason(), /^CONJ00003E /)
  mustBe(202, await world.inject(login, pod.name, from('10.1.2.3')))
  const pem = await scene.certificate()
  assertSilent(401, await world.authenticate(login, pem, from('10.1.2.4').headers))
  mustBe(200, await world.authenticate(login, pem, from('10.1.2.3').headers))
  const records = (await world.node.trail()).filter(({ kind }) => kind === 'authn')
  const findings = records.map(({ attestation = [] }) => {
    const finding = attestation.find(({ attribute }) => attribute === 'source-address')
    return [finding?.outcome, finding?.statedBy, finding?.source, finding?.values?.join()]
  })
  assert.deepEqual(
    findings.slice(-4),
    (
      [
        ['failed', '10.1.2.4'],
        ['passed', '10.1.2.3'],
        ['failed', '10.1.2.4'],
        ['passed', '10.1.2.3'],
      ] as const
    ).map(([outcome, value]) => [outcome, 'the setting source-address', 'connection', value]),
  )
})
