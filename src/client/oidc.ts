import { fillPath, PATHS } from '#api/paths.ts'
import type { OidcProviderBody } from '#api/oidc-wire.ts'
import { isOidcProviders } from '#api/oidc-wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import { bodyOf, mustSucceed } from './answers.ts'
import { tokenIn } from './authentication.ts'
import { queryOf } from './query.ts'
import type { Transport } from './transport.ts'

/** Where a person logs in for an authenticator of the account (reference/conjur-api.md 6.5); throws `not_found` when the server offers none of that name. */
export async function fetchOidcProvider(
  transport: Transport,
  account: string,
  service: string,
): Promise<OidcProviderBody> {
  const answer = await transport.send({
    method: 'GET',
    path: fillPath(PATHS.oidcProviders, { account }),
  })
  const providers = bodyOf(mustSucceed(answer), isOidcProviders)
  const provider = providers.find(({ service_id: id }) => id === service)
  if (provider !== undefined) return provider
  throw new Failure(
    'not_found',
    `the server offers no OpenID Connect provider ${quoted(service)}`,
    {
      hint: 'check service_id; the server leaves out providers that it cannot reach',
    },
  )
}

/** What the provider gave to a person who logged in there, and what binds it to this login. */
export interface OidcGrant extends Pick<OidcProviderBody, 'nonce' | 'code_verifier'> {
  readonly code: string
}

/** Exchanges a code of the provider for an access token; throws `unauthorized` when the server does not accept it. */
export async function authenticateByOidc(
  transport: Transport,
  account: string,
  service: string,
  { code, nonce, code_verifier }: OidcGrant,
): Promise<AccessToken> {
  const path = fillPath(PATHS.authenticateOidc, { service, account })
  return tokenIn(
    await transport.send({ method: 'GET', path: path + queryOf({ code, nonce, code_verifier }) }),
  )
}
