import { PATHS } from '#api/paths.ts'
import type { AuthenticatorStatus, StatusReport } from '#app/authenticator-status.ts'
import type { EnableAuthenticator } from '#app/enable-authenticator.ts'
import type { Instance } from '#app/instance-settings.ts'
import type { ListAuthenticators } from '#app/list-authenticators.ts'
import { Failure } from '#lib/failure.ts'
import { AUTHENTICATORS } from '#http/about/authenticators.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { FORM_OR_TEXT, readParameters } from '#http/parameters.ts'
import { noSuchRoute, route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes that list, enable and check authenticators. */
export interface AuthenticatorUses {
  readonly listAuthenticators: ListAuthenticators
  readonly enableAuthenticator: EnableAuthenticator
  readonly authenticatorStatus: AuthenticatorStatus
}

/** Which authenticators there are, enabling them, and their status (reference/conjur-api.md 1.6, 6.2). */
export const authenticatorRoutes = (use: AuthenticatorUses): readonly Route[] => [
  route(
    'GET',
    PATHS.authenticators,
    AUTHENTICATORS.list,
    async () => json(200, await use.listAuthenticators()),
    {
      access: 'open',
    },
  ),
  route('PATCH', PATHS.enableAuthenticator, AUTHENTICATORS.enable, (call) =>
    enable(use, call, instanceInOne(call)),
  ),
  route('PATCH', PATHS.enableInstance, AUTHENTICATORS.enableInstance, (call) =>
    enable(use, call, { ...instanceIn(call), service: call.params.service }),
  ),
  route('GET', PATHS.authenticatorStatus, AUTHENTICATORS.status, (call) =>
    status(use, call, instanceIn(call)),
  ),
  route('GET', PATHS.instanceStatus, AUTHENTICATORS.instanceStatus, (call) =>
    status(use, call, { ...instanceIn(call), service: call.params.service }),
  ),
]

type InstanceCall = Pick<Call<'authenticator' | 'account'>, 'params'>

const AUTHENTICATOR = /^authn(?:-[a-z0-9]+)*$/

/** The instance of a path that begins with the type of an authenticator; throws like an unknown route when it begins with something else. */
export function instanceIn({ params }: InstanceCall): Instance {
  if (!AUTHENTICATOR.test(params.authenticator)) throw noSuchRoute()
  return { account: params.account, type: params.authenticator }
}

/** The same, from a path in which a client wrote `TYPE/SERVICE` as one encoded segment. */
function instanceInOne({ params: { authenticator, account } }: InstanceCall): Instance {
  const [type = '', ...service] = authenticator.split('/')
  const instance = instanceIn({ params: { authenticator: type, account } })
  return service.length === 0 ? instance : { ...instance, service: service.join('/') }
}

async function enable(use: AuthenticatorUses, call: Call, instance: Instance): Promise<Answer> {
  const session = await call.session()
  const enabled = (await readParameters(call, FORM_OR_TEXT)).text('enabled')
  // Taking its absence for no would switch off what somebody failed to switch on.
  if (enabled === undefined) throw new Failure('parameter_missing', 'enabled is missing')
  await use.enableAuthenticator(session, instance, enabled.trim().toLowerCase() === 'true')
  return empty(204)
}

const STATUS = {
  ok: 200,
  not_found: 404,
  not_implemented: 501,
  forbidden: 403,
  broken: 500,
} as const

async function status(use: AuthenticatorUses, call: Call, instance: Instance): Promise<Answer> {
  const report = await use.authenticatorStatus(await call.session(), instance)
  return json(STATUS[report.verdict], printStatus(report))
}

function printStatus({ verdict, checks }: StatusReport): unknown {
  if (verdict === 'ok') return { status: 'ok' }
  const { error } = checks.find(({ result }) => result === 'failed') ?? {}
  return { status: 'error', error, checks }
}
