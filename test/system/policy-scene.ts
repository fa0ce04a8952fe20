import assert from 'node:assert/strict'
import { isPolicyLoad } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

/** A server with the account `acme`, and what tests of policies do with it. */
export interface PolicyScene extends AsyncDisposable {
  readonly installation: Installation
  readonly node: TestNode
  /** The token of the administrator. */
  readonly admin: string
  /** Loads a policy, which must succeed, and remembers the keys of the roles that it makes. */
  load(text: string, how?: LoadOptions): Promise<number>
  /** What a policy would do, whatever comes of it. */
  dryRun(text: string, how?: LoadOptions): Promise<Answer>
  /** The effective policy, whatever comes of it. */
  fetch(branch: string, how?: FetchOptions): Promise<Answer>
  /** A token of a role that a load made; `login` is `bob@shop` or `host/x`. */
  as(login: string): Promise<string>
}

/** Where, how and by whom a policy is loaded. */
export interface LoadOptions {
  readonly branch?: string
  readonly method?: 'POST' | 'PATCH' | 'PUT'
  readonly by?: string
  /** What stands after the question mark. */
  readonly query?: string
}

/** How a policy is fetched. */
export interface FetchOptions {
  readonly by?: string
  readonly query?: string
  readonly type?: string
}

const pathOf = (branch: string, query = ''): string =>
  `/policies/acme/policy/${branch}${query === '' ? '' : `?${query}`}`

/** Starts the server. */
export async function openPolicyScene(): Promise<PolicyScene> {
  const installation = await startInstallation()
  const node = await installation.start()
  const admin = await node.tokenFor('admin', node.adminKey)
  const keys = new Map([['admin', node.adminKey]])
  const send = (
    text: string,
    { branch = 'root', method = 'POST', by = admin, query = '' }: LoadOptions = {},
  ): Promise<Answer> => node.as(by, { method, path: pathOf(branch, query), body: text })
  return {
    installation,
    node,
    admin,
    async load(text, how) {
      const answer = await send(text, how)
      assert.equal(answer.status, 201, answer.body.toString())
      const loaded: unknown = JSON.parse(answer.body.toString())
      assert.ok(isPolicyLoad(loaded))
      for (const { id, api_key: key } of Object.values(loaded.created_roles)) {
        keys.set(id.replace('acme:user:', '').replace('acme:host:', 'host/'), key)
      }
      return loaded.version
    },
    dryRun: (text, how = {}) => send(text, { query: 'dryRun=true', ...how }),
    fetch: (branch, { by = admin, query = '', type } = {}) =>
      node.as(by, {
        method: 'GET',
        path: pathOf(branch, query),
        headers: type === undefined ? {} : { 'Content-Type': type },
      }),
    as: (login) => node.tokenFor(login, keys.get(login) ?? assert.fail(`${login} has no key`)),
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  }
}
