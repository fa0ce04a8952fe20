import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboundAnswer, OutboundRequest } from '#app/outbound.ts'
import type { KubernetesAccess } from '#authn/kubernetes/access.ts'
import { Failure } from '#lib/failure.ts'
import { authenticatorIn, confirm, door, settingsWith, signed, world } from './issuer.ts'
import type { World } from './issuer.ts'

const reviewing = {
  'kubernetes/token-review': 'true',
  'kubernetes/api-url': 'https://api.kube.example:6443/',
  'kubernetes/service-account-token': 'reviewer',
  'kubernetes/ca-cert': 'PEM',
}

const holds = {
  authenticated: true,
  audiences: ['strongroom'],
  user: {
    username: 'system:serviceaccount:shop:cart',
    extra: {
      'authentication.kubernetes.io/pod-name': ['cart-7d4'],
      'authentication.kubernetes.io/pod-uid': ['pod-uid'],
      'authentication.kubernetes.io/node-name': ['node-1'],
    },
  },
}

const answer = (status: number, object: unknown): OutboundAnswer => ({
  status,
  body: Buffer.from(typeof object === 'string' ? object : JSON.stringify(object)),
})

/** A world whose API server answers each review with `object`, and what it was asked. */
function cluster(
  object: unknown,
  status = 201,
): { readonly outside: World; readonly asked: (readonly [url: string, OutboundRequest])[] } {
  const asked: (readonly [string, OutboundRequest])[] = []
  const outside = world()
  outside.send = async (url, request) => {
    asked.push([url, request])
    return answer(status, object)
  }
  return { outside, asked }
}

const token = await signed()

async function review(
  outside: World,
  annotations: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, string | null>> = reviewing,
): Promise<void> {
  const configured = settingsWith(settings)
  const recognised = await door(outside)(token, { settings: configured })
  const all = { 'authn-jwt/kube/sub': 'system:serviceaccount:shop:cart', ...annotations }
  await confirm(recognised, new Map(Object.entries(all)), configured)
}

test('a token is shown to the API server of its cluster, which says whose it is', async () => {
  const { outside, asked } = cluster({ status: holds })
  await review(outside, {
    'strongroom/attest/k8s.pod.uid': 'pod-uid',
    'strongroom/attest/k8s.pod.name': 'glob:cart-*',
    'strongroom/attest/k8s.namespace': 'shop',
    'strongroom/attest/k8s.service-account': 'cart',
    'strongroom/attest/k8s.node.name': 'node-1',
  })
  const [[url, { purpose, headers, body, caPem }] = assert.fail('nothing was asked')] = asked
  assert.equal(url, 'https://api.kube.example:6443/apis/authentication.k8s.io/v1/tokenreviews')
  assert.deepEqual(
    [purpose, headers['authorization'], caPem],
    ['kubernetes', 'Bearer reviewer', 'PEM'],
  )
  assert.deepEqual(JSON.parse(Buffer.from(body ?? []).toString()), {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences: ['strongroom'] },
  })
})

test('a token whose pod is gone no longer holds', async () => {
  const { outside } = cluster({ status: { authenticated: false, error: 'pod deleted' } })
  await assert.rejects(review(outside), { code: 'unauthorized', message: /^CONJ00153E/ })
})

test('`k8s-attest`: a review that does not answer for the audience holds nothing good', async () => {
  for (const audiences of [undefined, [], ['other'], 'strongroom']) {
    const { outside } = cluster({ status: { ...holds, audiences } })
    await assert.rejects(review(outside), { code: 'unauthorized', message: /^CONJ00153E/ })
  }
  const { outside, asked } = cluster({ status: holds })
  await assert.rejects(review(outside, {}, { ...reviewing, audience: null }), {
    message: /^CONJ00115E/,
  })
  assert.equal(asked.length, 0)
})

test('`k8s-attest`: what the token says is not taken for what the API server says', async () => {
  const { outside } = cluster({
    status: { ...holds, user: { username: 'system:serviceaccount:evil:cart' } },
  })
  await assert.rejects(review(outside, { 'strongroom/attest/k8s.namespace': 'shop' }), {
    message: /^CONJ00049E/,
  })
  await assert.rejects(review(outside, { 'strongroom/attest/k8s.pod.uid': 'pod-uid' }), {
    message: /^CONJ00049E Nothing tells/,
  })
})

test('an API server that refuses, or answers something else, vouches for nobody', async () => {
  for (const [object, status] of [
    [{ status: holds }, 403],
    [{ status: holds }, 302],
    [{}, 201],
    ['<html>', 200],
    [{ status: 'true' }, 201],
  ] as const) {
    const { outside } = cluster(object, status)
    await assert.rejects(review(outside), { code: 'unauthorized', message: /^CONJ00132E/ })
  }
  const outside = world()
  await assert.rejects(review(outside), (error) => {
    assert.ok(error instanceof Failure && error.cause instanceof Failure)
    assert.match(error.message, /^CONJ00132E/)
    assert.equal(error.cause.code, 'unreachable')
    return true
  })
})

test('a cluster that is half configured is asked nothing', async () => {
  for (const missing of ['kubernetes/api-url', 'kubernetes/service-account-token']) {
    const { outside, asked } = cluster({ status: holds })
    await assert.rejects(review(outside, {}, { ...reviewing, [missing]: null }), {
      message: /^CONJ00132E/,
    })
    assert.equal(asked.length, 0)
  }
  const { outside } = cluster({ status: holds })
  await assert.rejects(review(outside, {}, { 'kubernetes/token-review': 'maybe' }), {
    message: /^CONJ00037E/,
  })
})

test('without a cluster in the settings it is the one that the server runs in', async () => {
  const { outside, asked } = cluster({ status: holds })
  const own: KubernetesAccess = { url: 'https://10.96.0.1:443', token: 'own' }
  const settings = settingsWith({ 'kubernetes/token-review': 'true' })
  const inCluster = authenticatorIn(outside, async () => own)
  const body = Buffer.from(`jwt=${token}`)
  const proof = { account: 'acme', service: 'kube', login: 'host/shop/cart', body, clientIp: '' }
  const recognised = await inCluster.recognise(proof, settings)
  const role = { role: recognised.role, annotations: new Map<string, string>(), stated: [] }
  await recognised.attributes(role, [])
  assert.match(asked[0]?.[0] ?? '', /^https:\/\/10\.96\.0\.1:443\/apis/)
  await assert.rejects(review(outside, {}, { 'kubernetes/token-review': 'true' }), {
    message: /^CONJ00132E This server runs in no cluster/,
  })
})

test('`error-canary`: the token of the reviewer is in no refusal', async () => {
  const outside = world()
  await assert.rejects(
    review(outside, {}, { ...reviewing, 'kubernetes/service-account-token': 'CANARY' }),
    (error) =>
      error instanceof Failure &&
      !JSON.stringify([error.message, String(error.cause)]).includes('CANARY'),
  )
})
