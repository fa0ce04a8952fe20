import assert from 'node:assert/strict'
import { fillPath, PATHS } from '#api/paths.ts'
import { isAuditTrail, isPolicyLoad } from '#api/wire.ts'
import type { AuditEntryBody, PolicyLoadBody } from '#api/wire.ts'
import { parseServerUrl } from '#client/server-address.ts'
import { type Answer, type Call, openTransport } from '#client/transport.ts'

/** The account that the servers of the tests have. */
export const ACCOUNT = 'default'

/**
 * The REST API as a test sees it: one method a request, each resolving to whatever the server answered. What is thrown is that
 * there was no answer.
 */
export interface Rest {
  /** Sends a request, with the token of {@link Rest.logIn} when there is one. */
  send(call: Call): Promise<Answer>
  get(path: string): Promise<Answer>
  read(variable: string): Promise<Answer>
  write(variable: string, value: string | Uint8Array): Promise<Answer>
  /** Adds a policy to the branch `root`. */
  load(policy: string): Promise<Answer>
  /** Exchanges a key for a token, which the answer holds. */
  authenticate(login: string, key: string): Promise<Answer>
  /** Authenticates, and uses the token from now on. */
  logIn(login: string, key: string): Promise<void>
  /** Uses a token, as the value of an `Authorization` header. */
  use(authorization: string): void
  /** The whole audit trail, newest first. */
  trail(): Promise<readonly AuditEntryBody[]>
  close(): void
}

/** Opens a {@link Rest} to a server; it connects when it is first used. */
export function openRest(server: { readonly url: string; readonly caPem: string }): Rest {
  const transport = openTransport({
    address: parseServerUrl(server.url),
    ...(server.caPem === '' ? {} : { caPem: server.caPem }),
    timeoutMs: 30_000,
  })
  let authorization: string | undefined
  const send = (call: Call): Promise<Answer> => {
    const token = authorization === undefined ? {} : { Authorization: authorization }
    return transport.send({ ...call, headers: { ...token, ...call.headers } })
  }
  const get = (path: string): Promise<Answer> => send({ method: 'GET', path })
  const authenticate = (login: string, key: string): Promise<Answer> =>
    transport.send({
      method: 'POST',
      path: fillPath(PATHS.authenticate, { account: ACCOUNT, login }),
      body: key,
    })
  return {
    send,
    get,
    read: (variable) => get(variablePath(variable)),
    write: (variable, value) => send({ method: 'POST', path: variablePath(variable), body: value }),
    load: (policy) => send({ method: 'POST', path: policyPath('root'), body: policy }),
    authenticate,
    async logIn(login, key) {
      authorization = authorizationOf(mustBe(200, await authenticate(login, key)))
    },
    use(value) {
      authorization = value
    },
    trail: () => trailBefore(get),
    close: () => transport.close(),
  }
}

/** The path of a variable's value. */
export const variablePath = (id: string): string =>
  fillPath(PATHS.secret, { account: ACCOUNT, kind: 'variable', id })

/** The path of a policy branch. */
export const policyPath = (id: string): string => fillPath(PATHS.policy, { account: ACCOUNT, id })

/** The `Authorization` header of the token that an answer holds. */
export const authorizationOf = ({ body }: Answer): string =>
  `Token token="${body.toString('base64')}"`

/** The answer, which must have this status. */
export function mustBe(status: number, answer: Answer): Answer {
  assert.equal(answer.status, status, answer.body.toString())
  return answer
}

/** What a load of a policy answered, which must be that it was loaded. */
export function mustBeLoaded(answer: Answer): PolicyLoadBody {
  const loaded: unknown = JSON.parse(mustBe(201, answer).body.toString())
  assert.ok(isPolicyLoad(loaded))
  return loaded
}

const PAGE = 1000

async function trailBefore(
  get: (path: string) => Promise<Answer>,
  before = Number.MAX_SAFE_INTEGER,
): Promise<readonly AuditEntryBody[]> {
  const path = fillPath(PATHS.audit, { account: ACCOUNT })
  const answer = mustBe(200, await get(`${path}?limit=${PAGE}&before=${before}`))
  const page: unknown = JSON.parse(answer.body.toString())
  assert.ok(isAuditTrail(page))
  const last = page.at(-1)
  if (page.length < PAGE || last === undefined) return page
  return [...page, ...(await trailBefore(get, last.id))]
}
