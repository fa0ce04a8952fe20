import type { OidcProviderBody } from '#api/oidc-wire.ts'
import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload, WorkloadProof } from '#app/authenticate-workload.ts'
import type { LoginOffer, OfferLogins } from '#app/offer-logins.ts'
import { OIDC } from '#http/about/authn-oidc.ts'
import { json, withHeader } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes by which people log in at a provider. */
export interface OidcUses {
  readonly authenticateWorkload: AuthenticateWorkload
  readonly offerLogins: OfferLogins
}

const TYPE = 'authn-oidc'
const OPEN = { access: 'open' } as const

/** Logging in by OpenID Connect (reference/conjur-api.md 1.6, 6.5). */
export const oidcRoutes = (use: OidcUses): readonly Route[] => [
  route(
    'GET',
    PATHS.oidcProviders,
    OIDC.providers,
    async ({ params }) =>
      uncached(json(200, (await use.offerLogins(params.account, TYPE)).map(print))),
    OPEN,
  ),
  route(
    'POST',
    PATHS.authenticateOidc,
    OIDC.byIdToken,
    (call) => byIdToken(use, call, call.params.service),
    OPEN,
  ),
  route(
    'GET',
    PATHS.authenticateOidc,
    OIDC.byCode,
    (call) => byCode(use, call, call.params.service),
    OPEN,
  ),
  route(
    'POST',
    PATHS.authenticateOidcUnnamed,
    OIDC.byIdTokenUnnamed,
    (call) => byIdToken(use, call),
    OPEN,
  ),
  route(
    'GET',
    PATHS.authenticateOidcUnnamed,
    OIDC.byCodeUnnamed,
    (call) => byCode(use, call),
    OPEN,
  ),
]

async function byIdToken(use: OidcUses, call: Call<'account'>, service?: string): Promise<Answer> {
  const authorization = call.header('authorization')
  return authenticated(use, call, {
    ...instanceOf(call, service),
    body: await call.body(),
    ...(authorization === '' ? {} : { authorization }),
  })
}

const byCode = (use: OidcUses, call: Call<'account'>, service?: string): Promise<Answer> =>
  authenticated(use, call, {
    ...instanceOf(call, service),
    body: new Uint8Array(),
    parameters: call.query,
  })

const instanceOf = (
  { params: { account } }: Call<'account'>,
  service: string | undefined,
): Pick<WorkloadProof, 'type' | 'account' | 'service'> =>
  service === undefined ? { type: TYPE, account } : { type: TYPE, account, service }

const authenticated = async (use: OidcUses, call: Call, proof: WorkloadProof): Promise<Answer> =>
  uncached(tokenAnswer(call, await use.authenticateWorkload(proof, call.origin)))

/** A GET whose answer is for one person alone: nobody between may keep it. */
const uncached = (answer: Answer): Answer => withHeader(answer, 'Cache-Control', 'no-store')

const print = ({
  service,
  name,
  url,
  nonce,
  codeVerifier,
  state,
}: LoginOffer): OidcProviderBody => ({
  service_id: service,
  type: TYPE,
  name,
  nonce,
  code_verifier: codeVerifier,
  state,
  redirect_uri: url,
})
