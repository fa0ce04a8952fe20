import assert from 'node:assert/strict'
import { isPolicyLoad } from '#api/wire.ts'
import type { Answer, Call } from '#client/transport.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

/** A server with policies, and everybody whom they name. */
export interface Scene extends AsyncDisposable {
  readonly installation: Installation
  readonly node: TestNode
  /** What a role answers to a request; the administrator's login is `admin`. */
  as(login: string, method: Call['method'], path: string, more?: Partial<Call>): Promise<Answer>
  /** The JSON of a GET, which must succeed. */
  get(login: string, path: string): Promise<unknown>
  /** Loads a policy into a branch as the administrator. */
  load(branch: string, text: string, method?: 'POST' | 'PATCH' | 'PUT'): Promise<void>
  /** Sets a variable as the administrator. */
  set(variable: string, value: string | Uint8Array): Promise<void>
  /** The newest records of the trail, newest first, without those of reading it. */
  trail(limit: number): Promise<readonly Record<string, unknown>[]>
}

/** Starts a {@link Scene}; the policies are loaded in their order, by branch. `environment` is added to that of its server. */
export async function startScene(
  policies: readonly (readonly [branch: string, text: string])[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const installation = await startInstallation()
  const node = await installation.start(environment)
  const tokens = new Map([['admin', await node.tokenFor('admin', node.adminKey)]])
  const as: Scene['as'] = (login, method, path, more = {}) =>
    node.as(tokens.get(login) ?? assert.fail(`${login} is not there`), { method, path, ...more })
  const load: Scene['load'] = async (branch, text, method = 'POST') => {
    const path = `/policies/acme/policy/${encodeURIComponent(branch)}`
    const loaded = jsonOf(await as('admin', method, path, { body: text }), 201)
    assert.ok(isPolicyLoad(loaded))
    for (const { id, api_key: key } of Object.values(loaded.created_roles)) {
      const login = id.replace(/^acme:user:/, '').replace(/^acme:host:/, 'host/')
      tokens.set(login, await node.tokenFor(login, key))
    }
  }
  for (const [branch, text] of policies) await load(branch, text)
  return {
    installation,
    node,
    as,
    load,
    get: async (login, path) => jsonOf(await as(login, 'GET', path)),
    async set(variable, value) {
      const path = `/secrets/acme/variable/${encodeURIComponent(variable)}`
      assert.equal((await as('admin', 'POST', path, { body: value })).status, 201)
    },
    async trail(limit) {
      const entries = jsonOf(await as('admin', 'GET', `/audit/acme?limit=${limit + 10}`))
      assert.ok(Array.isArray(entries))
      return entries
        .map(({ event }: { event: Record<string, unknown> }) => event)
        .filter(({ kind }) => kind !== 'audit')
        .slice(0, limit)
    },
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  }
}

/** That an answer refuses with this status and without a word. */
export const assertSilent = (status: number, answer: Answer): void =>
  assert.deepEqual([answer.status, answer.body.toString()], [status, ''])

/** That an answer refuses with exactly this error object. */
export const assertError = (
  status: number,
  error: Readonly<Record<string, unknown>>,
  answer: Answer,
): void => assert.deepEqual(jsonOf(answer, status), { error })

/** The error of a resource that is not there, or not for the caller. */
export function absent(id: string): Readonly<Record<string, unknown>> {
  const [account = '', kind = '', ...rest] = id.split(':')
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
  return {
    code: 'not_found',
    message: `${name} '${rest.join(':')}' not found in account '${account}'`,
    target: kind,
    details: { code: 'not_found', target: 'id', message: id },
  }
}
