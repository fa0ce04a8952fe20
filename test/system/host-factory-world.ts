import assert from 'node:assert/strict'
import { Client } from 'pg'
import { isCreatedHost, isHostFactoryTokens } from '#api/host-factory-wire.ts'
import type { CreatedHostBody, HostFactoryTokenBody } from '#api/host-factory-wire.ts'
import type { Answer, Call } from '#client/transport.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { TestNode } from './node.ts'

const POLICY = `
- !policy
  id: shop
  body:
    - !layer cart
    - !layer till
    - !host-factory { id: hf, layers: [ !layer till, !layer cart ] }
    - !host-factory { id: other, layers: [ !layer cart ] }
    - !host manual
    - !variable db
    - !permit { role: !layer cart, privileges: [ read, execute ], resource: !variable db }
- !user maker
- !user revoker
- !user viewer
- !user stranger
- !permit { role: !user maker, privileges: [ execute ], resource: !host-factory shop/hf }
- !permit { role: !user revoker, privileges: [ update ], resource: !host-factory shop/hf }
- !permit { role: !user viewer, privileges: [ read ], resource: !host-factory shop/hf }
`

/** The host factory of the tests; `maker` may execute it, `revoker` update it, `viewer` read it, `stranger` nothing. */
export const FACTORY = 'acme:host_factory:shop/hf'

/** When the tokens of the tests end unless a test says otherwise. */
export const FUTURE = '2050-12-31T00:00:00Z'

/** Parameters of a form; an empty value leaves one out. */
export type Fields = Readonly<Record<string, string>>

/** What a test may say of a host besides its id. */
export interface HostOptions {
  /** A form. */
  readonly body?: string
  /** The address that it is asked for from. */
  readonly from?: string
  readonly at?: TestNode
}

/** Two nodes of one installation with host factories, and people who may do different things with them. */
export interface HostFactoryWorld extends AsyncDisposable {
  readonly node: TestNode
  readonly other: TestNode
  /** Asks as one of the people, or as `admin`. */
  as(who: string, call: Call, at?: TestNode): Promise<Answer>
  load(policy: string, method?: 'POST' | 'PATCH'): Promise<Answer>
  /** Asks for tokens by a form. */
  order(who: string, fields?: Fields): Promise<Answer>
  /** One token, made by the administrator. */
  token(fields?: Fields): Promise<string>
  revoke(who: string, token: string): Promise<Answer>
  /** Asks for a host with a token. */
  make(token: string, id: string, options?: HostOptions): Promise<Answer>
  /** The rows of a statement that runs in the database itself. */
  inDatabase(statement: string): Promise<readonly unknown[]>
}

export async function startHostFactoryWorld(): Promise<HostFactoryWorld> {
  const installation = await startInstallation()
  // The addresses of the tests are those that they say.
  const more = { STRONGROOM_TRUSTED_PROXIES: '127.0.0.1' }
  const node = await installation.start(more)
  const other = await installation.start(more)
  const tokens = new Map([['admin', await node.tokenFor('admin', node.adminKey)]])
  const as: HostFactoryWorld['as'] = (who, call, at = node) =>
    at.as(tokens.get(who) ?? assert.fail(who), call)
  const load: HostFactoryWorld['load'] = (body, method = 'POST') =>
    as('admin', { method, path: '/policies/acme/policy/root', body })
  const loaded = JSON.stringify(jsonOf(await load(POLICY), 201))
  for (const name of ['maker', 'revoker', 'viewer', 'stranger']) {
    const key = new RegExp(`"acme:user:${name}","api_key":"([^"]+)"`).exec(loaded)?.[1]
    tokens.set(name, await node.tokenFor(name, key ?? ''))
  }
  const order: HostFactoryWorld['order'] = (who, fields = {}) =>
    as(who, {
      method: 'POST',
      path: '/host_factory_tokens',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: formOf({ host_factory: FACTORY, expiration: FUTURE, ...fields }),
    })
  return {
    node,
    other,
    as,
    load,
    order,
    token: async (fields) => tokensIn(await order('admin', fields))[0]?.token ?? '',
    revoke: (who, token) => as(who, { method: 'DELETE', path: `/host_factory_tokens/${token}` }),
    make: (token, id, { body, from, at = node } = {}) =>
      at.send({
        method: 'POST',
        path: `/host_factories/hosts${id === '' ? '' : `?id=${encodeURIComponent(id)}`}`,
        headers: {
          Authorization: `Token token="${token}"`,
          ...(from === undefined ? {} : { 'X-Forwarded-For': from }),
        },
        ...(body === undefined ? {} : { body }),
      }),
    async inDatabase(statement) {
      const client = new Client(installation.environment['STRONGROOM_DATABASE_URL'])
      await client.connect()
      const { rows } = await client.query<Record<string, unknown>>(statement)
      await client.end()
      return rows
    },
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  }
}

const formOf = (fields: Fields): string =>
  new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== '')).toString()

/** The tokens of an answer. */
export function tokensIn(answer: Answer): readonly HostFactoryTokenBody[] {
  const body = jsonOf(answer)
  assert.ok(isHostFactoryTokens(body))
  return body
}

/** The host that was made. */
export function hostIn(answer: Answer): CreatedHostBody {
  const body = jsonOf(answer, 201)
  assert.ok(isCreatedHost(body))
  return body
}

/** A member of a JSON object. */
export const memberOf = (body: unknown, name: string): unknown =>
  Object.entries(body ?? {}).find(([own]) => own === name)?.[1]

/** The body of a refusal. */
export const errorOf = (code: string, message: string): unknown => ({ error: { code, message } })
