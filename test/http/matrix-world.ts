import assert from 'node:assert/strict'
import { permitAccounts } from '#app/account-management.ts'
import { openGate } from '#app/gate.ts'
import { createRecorder } from '#app/recorder.ts'
import { openTrail } from '#app/trail.ts'
import { adminOf } from '#domain/id.ts'
import { apiKeys, newGeneration } from '#main/server/use-cases.ts'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, at, basic, keyIn, mustBe, NOW, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

/** Somebody of each sort: `editor` may, `viewer` sees and may not, `stranger` sees nothing. */
const POLICY = `
- !user alice
- !user viewer
- !user editor
- !user stranger
- !host app
- !host own
- !group ops
- !layer web
- !host-factory { id: factory, layers: [!layer web] }
- !variable db
- !variable empty
- !variable binary
- !webservice mill
- !policy
  id: shop
  body: [!variable db, !group staff, !user clerk]
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !webservice status
    - !variable public-keys
    - !variable issuer
    - !variable token-app-property
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy { id: conjur/authn-jwt/bare, body: [!webservice, !webservice status] }
- !host { id: job, annotations: { authn-jwt/ci/ref: main } }
- !host { id: outsider, annotations: { authn-jwt/ci/ref: main } }
- !grant { role: !group conjur/authn-jwt/ci/apps, member: !host job }
- !permit
  role: !user viewer
  privileges: [read]
  resources:
    - !policy root
    - !policy shop
    - !host app
    - !group ops
    - !group shop/staff
    - !host-factory factory
    - !variable db
    - !variable empty
    - !variable binary
    - !webservice conjur/authn-jwt/ci
- !permit
  role: !user editor
  privileges: [read, create, update, execute]
  resources: [!policy shop, !host app, !group ops, !group shop/staff]
`

const ISSUER = 'https://ci.example'

/** Where everything is asked once: a node on which each of the callers of a matrix stands at the door. */
export interface MatrixWorld extends TestNode {
  readonly caller: (who: string) => Caller
  /** What stands for `{name}` in a request: what only this world knows. */
  readonly words: Readonly<Record<string, string>>
}

/** The world in which Appendix A of reference/conjur-api.md is played. */
export async function openMatrixWorld(options: NodeOptions = {}): Promise<MatrixWorld> {
  const node = await openNode(options)
  const loaded = await node.load(POLICY)
  await node.set('db', 'value')
  await node.set('binary', Buffer.from([0xff, 0xfe]))
  await permitAll(node)
  const key = await issuerKey()
  for (const [name, value] of [
    ['public-keys', `{"type":"jwks","value":${jwksOf(key)}}`],
    ['issuer', ISSUER],
    ['token-app-property', 'job'],
  ] as const) {
    await node.set(`conjur/authn-jwt/ci/${name}`, value)
  }
  const callers = new Map<string, Caller>([
    ['nobody', node.anyone],
    ['admin', node.admin],
    ['alice by key', node.client.caller(basic('alice', keyIn(loaded, 'user:alice')))],
    ['alice by guess', node.client.caller(basic('alice', 'guess'))],
    ['ghost by guess', node.client.caller(basic('ghost', 'guess'))],
    ['app by key', node.client.caller(basic('host/app', keyIn(loaded, 'host:app')))],
  ])
  for (const login of ['alice', 'viewer', 'editor', 'stranger', 'host/app']) {
    callers.set(login, await node.as(login))
  }
  const jwt = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    signed(
      { iss: ISSUER, job: 'job', ref: 'main', iat: NOW / 1000, exp: NOW / 1000 + 60, ...more },
      key,
    )
  const words = {
    ...(await factoryTokens(node, callers)),
    key: keyIn(loaded, 'user:alice'),
    jwt: await jwt(),
    expired: await jwt({ iat: NOW / 1000 - 90, exp: NOW / 1000 - 60 }),
    outsider: await jwt({ job: 'outsider' }),
    foreign: await signed({ iss: 'https://evil.example', job: 'job' }, key),
  }
  return Object.assign(node, {
    words,
    caller: (who: string) => callers.get(who) ?? assert.fail(`nobody is called ${who}`),
  })
}

/** The administrator may manage accounts, which only an operator can say. */
export async function permitAll(node: TestNode): Promise<void> {
  const { store } = node
  const clock = (): number => node.now
  const parts = {
    store,
    gate: await openGate(store),
    recorder: createRecorder(openTrail(store), clock),
    apiKeys,
    newGeneration,
    // The account above all has been made by nobody yet; any key will do for it.
    newSigningKey: async (account: string) => {
      const [known] = await store.signingKeys()
      return { ...(known ?? assert.fail('no signing key')), account }
    },
  }
  await permitAccounts(parts, adminOf(ACCOUNT), ['execute', 'read', 'update'])
}

/** Tokens of the host factory, as callers who have nothing else: one that is good, one bound to an address, one to be revoked. */
async function factoryTokens(
  node: TestNode,
  callers: Map<string, Caller>,
): Promise<Readonly<Record<string, string>>> {
  const order = async (cidr: string): Promise<string> => {
    const path = `/host_factory_tokens?host_factory=${ACCOUNT}:host_factory:factory&expiration=2050-01-01T00:00:00Z${cidr}`
    const { json } = mustBe(200, await node.admin.post(path))
    return String(at(json, '0', 'token'))
  }
  const bearerOf = (token: string): Caller =>
    node.client.caller({ Authorization: `Token token="${token}"` })
  const [good, bound, spare] = [
    await order(''),
    await order('&cidr[]=192.0.2.0/24'),
    await order(''),
  ]
  callers.set('factory', bearerOf(good))
  callers.set('bound factory', bearerOf(bound))
  callers.set('no factory', bearerOf('0123456789abcdef'))
  return { spare }
}

/** The form of a reply in a word: its status and what kind of body it has, of an error its code. */
export function formOf(reply: Reply): string {
  if (reply.text === '') return `${reply.status}`
  const type = String(reply.headers['content-type'])
  if (!type.startsWith('application/json')) return `${reply.status} ${type.split(';', 1).join('')}`
  const code = at(reply.json, 'error', 'code')
  return `${reply.status} ${typeof code === 'string' ? code : 'json'}`
}
