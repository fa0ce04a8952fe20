import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lackingPythonClient } from '../../scripts/python-client.ts'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import { callsByPython } from './python/client.ts'
import type { PythonCall, PythonLogin, PythonTarget } from './python/client.ts'
import { startScene } from './scene.ts'

// CyberArk's own client for Python, unmodified, against a server as it is shipped.

const POLICY = `
- !policy
  id: shop
  body:
    - &secrets
      - !variable db/password
      - !variable db/user name
    - !host web
    - !layer apps
    - !grant { role: !layer apps, member: !host web }
    - !host-factory { id: mill, layers: [!layer apps] }
    - !permit { role: !layer apps, privileges: [read, execute], resource: *secrets }
- !user alice
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !variable public-keys
    - !variable issuer
    - !variable token-app-property
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !host { id: job, annotations: { authn-jwt/ci/ref: main } }
- !grant { role: !group conjur/authn-jwt/ci/apps, member: !host job }
`

const ISSUER = 'https://ci.example'

/** A server over TLS, and its administrator as the client logs in. */
interface Place extends AsyncDisposable {
  readonly folder: string
  readonly target: PythonTarget
  readonly admin: PythonLogin
}

async function openPlace(): Promise<Place> {
  const scene = await startScene([])
  const { installation, node } = scene
  const secure = await installation.start({ STRONGROOM_TLS: 'on' })
  return {
    folder: installation.folder,
    target: {
      url: secure.url.replace('127.0.0.1', 'localhost'),
      account: 'acme',
      ca: join(installation.folder, 'data', 'tls', 'cert.pem'),
    },
    admin: { type: 'authn', username: 'admin', password: node.adminKey },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  }
}

const id = (kind: string, name: string): string => `acme:${kind}:${name}`
const answer = (value: unknown): unknown => ({ answer: value })
const status = (value: number): unknown => ({ status: value })

/** Holds what the administrator's calls answer against what they must; a function looks for itself. */
async function mustAnswer(
  { target, admin }: Place,
  expected: readonly (readonly [PythonCall, unknown])[],
): Promise<readonly unknown[]> {
  const calls = expected.map(([call]) => call)
  const answers = await callsByPython(target, admin, calls)
  for (const [index, [call, wanted]] of expected.entries()) {
    if (wanted !== ANY) assert.deepEqual(answers[index], wanted, JSON.stringify(call))
  }
  return answers
}

const ANY = Symbol('any answer')

test("CyberArk's client for Python works as it is", { skip: lackingPythonClient() }, async () => {
  await using place = await openPlace()
  const file = join(place.folder, 'policy.yml')
  writeFileSync(file, POLICY)
  const password = 'shop/db/password'
  const user = 'shop/db/user name'
  const ours = ['variable', password] as const
  const everything = ['execute', id('user', 'alice')] as const

  const first = await mustAnswer(place, [
    [['login'], answer(place.admin['password'])],
    [['whoami'], ANY],
    [['load_policy_file', 'root', file, true], ANY],
    [['load_policy_file', 'root', file], ANY],
    [['update_policy_file', 'root', file], answer({ created_roles: {}, version: 2 })],
    [['set', password, 'pässword\n'], answer(null)],
    [['set', user, 'bob'], answer(null)],
    [['get', password], answer('pässword\n')],
    [['get', password, '1'], answer('pässword\n')],
    [['get', password, '9'], status(404)],
    [['get_many', password, user], answer({ [password]: 'pässword\n', [user]: 'bob' })],
    [['get_many', password, 'shop/none'], status(404)],
    [['list', { kind: 'variable', search: 'db', limit: 1 }], answer([id(...ours)])],
    [['check_privilege', ...ours, 'execute', id('host', 'shop/web')], answer(true)],
    [['check_privilege', ...ours, ...everything], answer(false)],
    [['check_privilege', ...ours, 'execute'], answer(true)],
    [['resource_exists', ...ours], answer(true)],
    [['resource_exists', 'variable', 'shop/none'], answer(false)],
    [['role_exists', 'host', 'shop/web'], answer(true)],
    [['get_role', 'host', 'shop/none'], status(404)],
    [
      ['role_memberships', 'host', 'shop/web'],
      answer([id('host', 'shop/web'), id('layer', 'shop/apps')]),
    ],
    [
      ['list_permitted_roles', { kind: 'variable', identifier: password, privilege: 'execute' }],
      answer([
        id('host', 'shop/web'),
        id('host_factory', 'shop/mill'),
        id('layer', 'shop/apps'),
        id('policy', 'shop'),
        id('user', 'admin'),
      ]),
    ],
    [['list_members_of_role', { kind: 'layer', identifier: 'shop/apps' }], ANY],
    [['create_token', { host_factory: 'shop/mill', minutes: 5, cidr: '127.0.0.0/8' }], ANY],
    [['rotate_other_api_key', { kind: 'host', identifier: 'shop/web' }], ANY],
    [['set_authenticator_state', 'authn-jwt/ci', true], answer('')],
    [['list_oidc_providers'], answer([])],
  ])
  const [, whoami, trial, loaded] = first
  const key = first.at(-3) as { readonly answer: string }
  const tokens = first.at(-4) as { readonly answer: readonly [{ readonly token: string }] }
  assert.match(JSON.stringify(whoami), /"account": ?"acme","username": ?"admin"/)
  assert.match(JSON.stringify(trial), /"status":"Valid YAML"/)
  assert.match(JSON.stringify(loaded), /"acme:host:shop\/web":\{"id":/)
  const members = first.at(-5)
  assert.deepEqual(
    members,
    answer([id('host', 'shop/web'), id('host_factory', 'shop/mill'), id('policy', 'shop')]),
  )

  const web = { type: 'authn', username: 'host/shop/web', password: key.answer }
  assert.deepEqual(
    await callsByPython(place.target, web, [
      ['get', password],
      ['set', password, 'x'],
    ]),
    [answer('pässword\n'), status(403)],
  )

  const [{ token }] = tokens.answer
  const made = await mustAnswer(place, [
    [['create_host', { host_id: 'made', token, annotations: { description: 'a host' } }], ANY],
    [['revoke_token', token], ANY],
    [['create_host', { host_id: 'other', token }], status(401)],
    [['rotate_personal_api_key', 'admin', place.admin['password']], ANY],
  ])
  assert.match(JSON.stringify(made[0]), /"id":"acme:host:made".*"api_key":/)
})

test("CyberArk's client for Python logs in by JWT", { skip: lackingPythonClient() }, async () => {
  await using place = await openPlace()
  const file = join(place.folder, 'policy.yml')
  writeFileSync(file, POLICY)
  const key = await issuerKey()
  await callsByPython(place.target, place.admin, [
    ['load_policy_file', 'root', file],
    ['set', 'conjur/authn-jwt/ci/public-keys', `{"type":"jwks","value":${jwksOf(key)}}`],
    ['set', 'conjur/authn-jwt/ci/issuer', ISSUER],
    ['set', 'conjur/authn-jwt/ci/token-app-property', 'job'],
    ['set_authenticator_state', 'authn-jwt/ci', true],
  ])
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: ISSUER, job: 'job', ref: 'main', iat: now, exp: now + 60 }
  const token = await signed(claims, key)
  const whoami = async (login: PythonLogin): Promise<string> =>
    JSON.stringify(await callsByPython(place.target, login, [['whoami']]))
  assert.match(await whoami({ type: 'authn-jwt', service: 'ci', token }), /"username":"host\/job"/)
  const other = await signed({ ...claims, ref: 'other' }, key)
  assert.equal(await whoami({ type: 'authn-jwt', service: 'ci', token: other }), '[{"status":401}]')
})
