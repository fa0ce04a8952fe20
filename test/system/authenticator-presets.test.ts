import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import type { IssuerKey } from '../authn/jwt/issuer.ts'
import type { Reply } from '../http/client.ts'
import { ACCOUNT, assertSilent, mustBe, openNode } from '../http/harness.ts'
import type { TestNode } from '../http/harness.ts'
import { altered, presetOn } from './preset-page.ts'
import type { Claims, Preset } from './preset-page.ts'

/** An issuer at the addresses that a page names: a key set, or a provider that leads to one. */
function issuerAt(variables: Preset['variables'], keys: string): Outbound {
  const provider = variables.get('provider-uri')
  const pages = new Map<string, string>([[variables.get('jwks-uri') ?? '', keys]])
  if (provider !== undefined) {
    const configuration = { issuer: provider, jwks_uri: `${provider}/keys` }
    pages.set(`${provider}/.well-known/openid-configuration`, JSON.stringify(configuration))
    pages.set(`${provider}/keys`, keys)
  }
  return {
    async get(url) {
      const page = pages.get(url)
      if (page === undefined) throw new Failure('unreachable', url)
      return Buffer.from(page)
    },
    send: async () => assert.fail('nothing is sent'),
  }
}

/** Each page: its service, the host that it declares and whether the request names it. */
const PRESETS = [
  { page: 'kubernetes', service: 'kube', host: 'shop/cart', isNamed: true, alg: 'RS256' },
  { page: 'github-actions', service: 'github', host: 'deploy/shop', isNamed: true, alg: 'RS256' },
  { page: 'gitlab', service: 'gitlab', host: 'gitlab/shop/web', isNamed: false, alg: 'RS256' },
  { page: 'spiffe', service: 'spiffe', host: 'mesh/cart', isNamed: true, alg: 'ES256' },
] as const

interface Scene extends Preset {
  readonly node: TestNode
  readonly key: IssuerKey
  readonly present: (claims: Claims, by?: IssuerKey) => Promise<Reply>
}

async function startScene({
  page,
  service,
  host,
  isNamed,
  alg,
}: (typeof PRESETS)[number]): Promise<Scene> {
  const preset = presetOn(page)
  const key = await issuerKey(alg)
  const keys = jwksOf(key)
  const node = await openNode({
    settings: { authenticators: [`authn-jwt/${service}`] },
    authenticatorCalls: issuerAt(preset.variables, keys),
  })
  await node.load('- !policy conjur/authn-jwt')
  await node.load(preset.policy)
  for (const [name, value] of preset.variables) {
    await node.set(`conjur/authn-jwt/${service}/${name}`, value)
  }
  const as = isNamed ? `/${encodeURIComponent(`host/${host}`)}` : ''
  const path = `/authn-jwt/${service}/${ACCOUNT}${as}/authenticate`
  const present = async (claims: Claims, by = key): Promise<Reply> =>
    node.anyone.post(path, `jwt=${await signed(claims, by)}`)
  return { ...preset, node, key, present }
}

/** The paths of the claims that the trail says a login was held against. */
async function heldAgainst(node: TestNode): Promise<readonly string[]> {
  const login = (await node.trail()).findLast(({ operation }) => operation === 'authenticate')
  return (login?.attestation ?? []).map(({ attribute }) => attribute.replace(/^jwt\./, ''))
}

for (const preset of PRESETS) {
  test(`the example for ${preset.page} recognises the token that it shows`, async () => {
    const { node, claims, present } = await startScene(preset)
    await using stopped = node
    mustBe(200, await present(claims))
    const login = (await stopped.trail()).findLast(({ operation }) => operation === 'authenticate')
    assert.equal(login?.user, `acme:host:${preset.host}`)
    assert.ok((login.attestation ?? []).length > 0)
  })

  test(`\`jwt\`: the example for ${preset.page} refuses a token that differs in one thing alone`, async () => {
    const { node, claims, present } = await startScene(preset)
    await using stopped = node
    mustBe(200, await present(claims))
    const paths = await heldAgainst(stopped)
    for (const path of [...paths, 'aud', ...('iss' in claims ? ['iss'] : ['sub'])]) {
      for (const value of ['evil', undefined, [], {}, false, 0, 'EVIL/*', '**']) {
        const reply = await present(altered(claims, path.split('/'), value))
        assertSilent(401, reply)
      }
    }
    assertSilent(401, await present(claims, await issuerKey(preset.alg)))
    const expired = await present({ ...claims, exp: 1_749_999_999 })
    assert.match(mustBe(401, expired).text, /CONJ00016E/)
  })
}

test('a JWT-SVID of another trust domain, and a key of a bundle that is for certificates, count for nothing', async () => {
  const { node, claims, present, variables } = await startScene(PRESETS[3])
  await using stopped = node
  for (const sub of [
    'spiffe://evil.example/ns/shop/sa/cart',
    'spiffe://shop.example.evil/ns/shop/sa/cart',
    'spiffe://shop.example',
    'https://shop.example/ns/shop/sa/cart',
  ]) {
    assertSilent(401, await present({ ...claims, sub }))
  }
  assertSilent(401, await present({ ...claims, iss: 'https://other.example' }))
  const [forJwts, forCertificates] = [await issuerKey('ES256', 'a'), await issuerKey('ES256', 'b')]
  const keys = JSON.stringify({
    spiffe_sequence: 1,
    keys: [
      { ...forJwts.jwk, use: 'jwt-svid' },
      { ...forCertificates.jwk, use: 'x509-svid' },
    ],
  })
  await using bundle = await openNode({
    database: stopped.database,
    settings: { authenticators: ['authn-jwt/spiffe'] },
    authenticatorCalls: issuerAt(variables, keys),
  })
  const path = `/authn-jwt/spiffe/${ACCOUNT}/host%2Fmesh%2Fcart/authenticate`
  const presentTo = async (by: IssuerKey): Promise<Reply> =>
    bundle.anyone.post(path, `jwt=${await signed(claims, by)}`)
  mustBe(200, await presentTo(forJwts))
  assertSilent(401, await presentTo(forCertificates))
})
