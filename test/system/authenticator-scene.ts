import assert from 'node:assert/strict'
import { isAccessToken } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import { admin } from './admin-program.ts'
import type { TestNode } from './node.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'

/** Who issues the tokens of the tests. */
export const ISSUER = 'https://ci.example'

const key = await issuerKey()

/** The value of `public-keys` that holds the issuer's key, as the object that the v2 API takes. */
export const publicKeys: unknown = JSON.parse(`{"type":"jwks","value":${jwksOf(key)}}`)

/** A policy with an authenticator `ci` and a host that it recognises. */
const POLICY = `
- !user alice
- !user viewer
- !user stranger
- !policy
  id: conjur/authn-jwt
  body:
    - !policy
      id: ci
      body:
        - !webservice
        - !webservice status
        - !variable public-keys
        - !variable issuer
        - !variable token-app-property
        - !group apps
        - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !host { id: job, annotations: { authn-jwt/ci/ref: main, authn-jwt/made/ref: main } }
- !grant { role: !group conjur/authn-jwt/ci/apps, member: !host job }
- !permit { role: !user alice, privileges: [update], resource: !webservice conjur/authn-jwt/ci }
- !permit
  role: !user viewer
  privileges: [read]
  resources: [ !webservice conjur/authn-jwt/ci, !webservice conjur/authn-jwt/ci/status ]
`

/** A {@link Scene} of two servers on one database, and a second account whose authenticator has the same name. */
export interface AuthenticatorScene extends Scene {
  readonly other: TestNode
  /** What a server answers to a workload that presents a token of the issuer. */
  present(node: TestNode, service?: string, account?: string): Promise<Answer>
}

/** Starts an {@link AuthenticatorScene}. */
export async function startAuthenticatorScene(): Promise<AuthenticatorScene> {
  const scene = await startScene([['root', POLICY]])
  for (const [name, value] of [
    ['public-keys', JSON.stringify(publicKeys)],
    ['issuer', ISSUER],
    ['token-app-property', 'job'],
  ] as const) {
    await scene.set(`conjur/authn-jwt/ci/${name}`, value)
  }
  return {
    ...scene,
    other: await scene.installation.start(),
    async present(node, service = 'ci', account = 'acme') {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: ISSUER, job: 'job', ref: 'main', iat: now, exp: now + 60 }
      const body = `jwt=${await signed(claims, key)}`
      const path = `/authn-jwt/${service}/${account}/authenticate`
      return node.send({ method: 'POST', path, body })
    },
  }
}

/** Creates the account `beta` with the policy of this scene and its values; returns its administrator's token. */
export async function createBeta({ installation, node }: AuthenticatorScene): Promise<string> {
  const created = await admin(installation.environment, ['account', 'create', 'beta'])
  assert.equal(created.exitCode, 0, created.stderr)
  const apiKey = /API key for admin: (?<key>\S+)/.exec(created.stdout)?.groups?.['key'] ?? ''
  const token = await node.tokenFor('admin', apiKey, 'beta')
  const load = { method: 'POST', path: '/policies/beta/policy/root', body: POLICY } as const
  assert.equal((await node.as(token, load)).status, 201)
  for (const [name, value] of [
    ['public-keys', JSON.stringify(publicKeys)],
    ['issuer', ISSUER],
    ['token-app-property', 'job'],
  ] as const) {
    const path = `/secrets/beta/variable/conjur%2Fauthn-jwt%2Fci%2F${name}`
    assert.equal((await node.as(token, { method: 'POST', path, body: value })).status, 201)
  }
  return token
}

/** That a workload was recognised. */
export const assertRecognised = (answer: Answer): void =>
  assert.ok(
    answer.status === 200 && isAccessToken(JSON.parse(answer.body.toString())),
    `${answer.status} ${answer.body.toString()}`,
  )
