import { PATHS } from '#api/paths.ts'
import type { CreateHost } from '#app/create-host.ts'
import type {
  CreateHostFactoryTokens,
  IssuedToken,
  RevokeHostFactoryToken,
  TokenOrder,
} from '#app/host-factory-tokens.ts'
import { parseId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { printSeconds } from '#lib/iso8601.ts'
import { HOST_FACTORIES } from '#http/about/host-factories.ts'
import { empty, json, withHeader } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { readParameters } from '#http/parameters.ts'
import type { Parameters } from '#http/parameters.ts'
import { printResource } from '#http/print-resource.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of host factories. */
export interface HostFactoryUses {
  readonly createHostFactoryTokens: CreateHostFactoryTokens
  readonly revokeHostFactoryToken: RevokeHostFactoryToken
  readonly createHost: CreateHost
}

/** The most tokens of one request, and the most uses of a token. */
const MOST = 1000

/** Host factories (reference/conjur-api.md 1.11). */
export const hostFactoryRoutes = (use: HostFactoryUses): readonly Route[] => [
  route('POST', PATHS.hostFactoryTokens, HOST_FACTORIES.createTokens, async (call) => {
    const session = await call.session()
    const order = orderOf(await readParameters(call))
    const tokens = await use.createHostFactoryTokens(session, order)
    return unstored(json(200, tokens.map(printToken)))
  }),
  route('DELETE', PATHS.hostFactoryToken, HOST_FACTORIES.revokeToken, async (call) => {
    await use.revokeHostFactoryToken(await call.session(), call.params.token)
    return empty(204)
  }),
  // Open, because a host factory token is no access token.
  route(
    'POST',
    PATHS.hostFactoryHosts,
    HOST_FACTORIES.createHost,
    (call) => createHost(use, call),
    { access: 'open' },
  ),
]

/** No store between us and the client may keep a key (RFC 9111 5.2.2.5). */
const unstored = (answer: Answer): Answer => withHeader(answer, 'Cache-Control', 'no-store')

function orderOf(parameters: Parameters): TokenOrder {
  const required = (name: string): string => {
    const value = parameters.text(name) ?? ''
    if (value === '') throw new Failure('argument_error', name)
    return value
  }
  const maxUses = parameters.text('max_uses')
  return {
    factory: parseId(required('host_factory')),
    expiration: required('expiration'),
    count: positive('count', parameters.text('count') ?? '1'),
    cidrs: cidrsIn(parameters),
    ...(maxUses === undefined ? {} : { maxUses: positive('max_uses', maxUses) }),
  }
}

/** An empty list, as some clients send one, restricts nothing. */
function cidrsIn(parameters: Parameters): readonly string[] {
  const cidrs = parameters.list('cidr').filter((cidr) => cidr !== '')
  if (cidrs.length > MOST) throw new Failure('argument_error', `more than ${MOST} address ranges`)
  return cidrs
}

function positive(name: string, digits: string): number {
  const value = /^\d{1,4}$/.test(digits) ? Number(digits) : 0
  if (value >= 1 && value <= MOST) return value
  const text = `Invalid value for parameter '${name}': ${digits.slice(0, 80)}`
  throw new Failure('argument_error', text)
}

const printToken = ({ token, expiresAt, cidrs, maxUses }: IssuedToken): unknown => ({
  expiration: printSeconds(expiresAt),
  cidr: cidrs,
  token,
  ...(maxUses === undefined ? {} : { max_uses: maxUses }),
})

async function createHost(use: HostFactoryUses, call: Call): Promise<Answer> {
  const parameters = await readParameters(call)
  const order = { id: parameters.text('id'), annotations: parameters.members('annotations') }
  const token = /^Token token="(?<token>[^"]*)"/.exec(call.header('authorization'))?.groups?.[
    'token'
  ]
  const { host, apiKey } = await use.createHost(token, call.origin, order)
  return unstored(json(201, { ...printResource(host), api_key: apiKey }))
}
