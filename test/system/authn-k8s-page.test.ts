import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { tokenReviewer } from '#authn/jwt/token-review.ts'
import { listAt } from '#authn/kubernetes/object.ts'
import { createOutbound } from '#authn/outbound.ts'
import { mustBe } from '../http/harness.ts'
import { CLIENT_PEM, openPodWorld } from '../kubernetes/pod-world.ts'
import { RIGHTS } from '../kubernetes/stand-in-cluster.ts'
import { standIn } from '../kubernetes/stand-in-world.ts'

const page = readFileSync('docs/authenticators/authn-k8s.md', 'utf8')

function blockBelow(title: string): string {
  const section =
    page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? assert.fail(title)
  return /```yaml\n(?<block>[^]*?)```/.exec(section)?.groups?.['block'] ?? assert.fail(title)
}

test('the policy of the page lets the pods in that it speaks of', async () => {
  await using cluster = await standIn()
  const { namespace } = cluster
  await using world = await openPodWorld(cluster)
  const text = blockBelow('Policy')
    .replace('authn-k8s/namespace: shop', `authn-k8s/namespace: ${namespace}`)
    .replace('authn-k8s/service-account: cart', 'authn-k8s/service-account: default')
  await world.node.load(text)
  const labels = { 'app.kubernetes.io/name': 'cart' }
  const pod = await cluster.start({ name: 'cart', isDeployed: true, labels })
  const other = await cluster.start({ name: 'other', isDeployed: true, labels })
  mustBe(202, await world.inject('host/shop/cart', pod.name))
  const pem = (await pod.read('authenticator', CLIENT_PEM)) ?? assert.fail()
  mustBe(200, await world.authenticate('host/shop/cart', pem))
  mustBe(401, await world.inject('host/shop/cart', other.name))
})

test('the rights of the page are those that the stand-in cluster demands', () => {
  const granted = listAt(parse(blockBelow('Rights in the cluster')), 'rules').flatMap((rule) =>
    listAt(rule, 'resources').flatMap((resource) =>
      listAt(rule, 'verbs').map((verb) => `${String(verb)} ${String(resource)}`),
    ),
  )
  // What is for the status and for authn-jwt is granted to whoever is authenticated, or by a role of the cluster's own.
  const own = RIGHTS.filter((right) => right !== 'get apis' && right !== 'create tokenreviews')
  assert.deepEqual(granted.toSorted(), own.toSorted())
  assert.ok(granted.every((right) => !right.includes('*') && !right.includes('secrets')))
})

test('`k8s-attest`: a token counts when its cluster says so, and for the audience that it was made for', async () => {
  await using cluster = await standIn()
  const { access, reviewed, tokens } = cluster
  const user = { username: 'system:serviceaccount:shop:cart' }
  reviewed.set('of-a-pod', { audiences: ['strongroom'], user })
  const outbound = createOutbound({ allow: [{ host: '127.0.0.1' }] })
  const review = tokenReviewer({ outbound, inCluster: async () => access })
  const settings = { access, audience: 'strongroom' }
  assert.partialDeepStrictEqual(await review(settings, 'of-a-pod'), [
    { name: 'k8s.namespace', values: ['shop'] },
    { name: 'k8s.service-account', values: ['cart'] },
  ])
  const elsewhere = { access, audience: 'elsewhere' }
  await assert.rejects(review(elsewhere, 'of-a-pod'), { message: /^CONJ00153E / })
  await assert.rejects(review(settings, 'of-nobody'), { message: /^CONJ00153E / })
  tokens.clear()
  await assert.rejects(review(settings, 'of-a-pod'), { code: 'unauthorized' })
})
