import assert from 'node:assert/strict'
import { readAdminKey } from '../../scripts/server-process.ts'
import { serverHome } from './server-home.ts'
import { jsonIn, openWire } from './wire.ts'
import type { Wire, WireAnswer, WireCall } from './wire.ts'

/** The account that the server of a {@link ConjurClient} has. */
export const ACCOUNT = 'default'

const POLICY = `
- !user alice
- !user bob
- !host app
- !group ops
- !layer web
- !host-factory { id: mill, layers: [!layer web] }
- !grant { role: !group ops, member: !user alice }
- !policy
  id: shop
  body:
    - !variable db/password
    - !variable db password
    - !variable certificate
    - !host { id: web, annotations: { description: a web host } }
    - !user clerk
- !permit { role: !group ops, privileges: [read], resource: !variable shop/db/password }
`

/** What the Go client says of itself with every call (reference/conjur-api.md 8.1). */
const SAYS = 'in=Go SDK&it=cybr-secretsmanager&iv=0.15.0&vn=CyberArk'
export const GO: Readonly<Record<string, string>> = {
  'x-cybr-telemetry': Buffer.from(SAYS).toString('base64url'),
  'User-Agent': 'Go-http-client/1.1',
  'Accept-Encoding': 'gzip',
}

/** The headers of HTTP Basic. */
export const basic = (login: string, secret: string): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
})

/** Go's url.QueryEscape, as far as ids need it. */
export const queryEscape = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

/** Go's url.PathEscape, likewise. */
export const pathEscape = (text: string): string =>
  encodeURIComponent(text).replaceAll(/%(?:3A|40|24|26|2B|3D)/g, decodeURIComponent)

/** The path of a policy as the Go client writes it. */
export const policyPath = (id: string): string => `/policies/${ACCOUNT}/policy/${queryEscape(id)}`

/** The full id of a variable. */
export const idOf = (id: string): string => `${ACCOUNT}:variable:${id}`

/** The status of an answer that is under way. */
export const statusOf = async (call: Promise<WireAnswer>): Promise<number> => (await call).status

/** An existing client of a server as it is shipped, and the server. */
export interface ConjurClient extends AsyncDisposable {
  readonly wire: Wire
  readonly adminKey: string
  /** What the load of the first policy answered. */
  readonly loaded: unknown
  /** The `Authorization` header of the bearer of a key. */
  tokenOf(login: string, key: string): Promise<string>
  /** A call with the token of the administrator. */
  as(call: WireCall): Promise<WireAnswer>
  get(path: string, headers?: WireCall['headers']): Promise<WireAnswer>
}

/** Starts a server, logs in and loads a policy. */
export async function openConjurClient(): Promise<ConjurClient> {
  await using stack = new AsyncDisposableStack()
  const home = stack.use(await serverHome())
  const server = await home.start()
  const wire = stack.use(openWire(server))
  const adminKey = await readAdminKey(server.dataDir)

  const tokenOf = async (login: string, key: string): Promise<string> => {
    const path = `/authn/${ACCOUNT}/${queryEscape(login)}/authenticate`
    const headers = { ...GO, 'Content-Type': 'text/plain' }
    const answer = await wire.send({ method: 'POST', path, headers, body: key })
    assert.equal(answer.status, 200, answer.text)
    return `Token token="${answer.body.toString('base64')}"`
  }
  const token = await tokenOf('admin', adminKey)
  const as = (call: WireCall): Promise<WireAnswer> =>
    wire.send({ ...call, headers: { ...GO, Authorization: token, ...call.headers } })
  const load = { method: 'POST', path: policyPath('root'), body: POLICY }
  const loaded = jsonIn(await as(load), 201)
  const all = stack.move()
  return {
    wire,
    adminKey,
    loaded,
    tokenOf,
    as,
    get: (path, headers = {}) => as({ method: 'GET', path, headers }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
