import { createHash } from 'node:crypto'
import { refused } from '#authn/jwt/refusal.ts'
import type { LoginRequest } from './login-request.ts'
import type { Provider } from './provider.ts'
import type { CodeFlowSettings } from './settings.ts'

/**
 * Where somebody logs in (OpenID Connect Core 1.0, 3.1.2.1; RFC 7636 4.3): all that the provider must be told but the state, which clients
 * of Conjur add themselves. Throws `unauthorized` when the provider does not say where it is.
 */
export function authorizationUrl(
  { authorizationEndpoint }: Provider,
  { clientId, scope, redirectUri }: CodeFlowSettings,
  { nonce, codeVerifier }: LoginRequest,
): string {
  if (authorizationEndpoint === undefined) {
    throw refused('CONJ00130E The provider is misconfigured: it has no authorization_endpoint')
  }
  const url = new URL(authorizationEndpoint)
  const parameters = {
    client_id: clientId,
    response_type: 'code',
    scope,
    nonce,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** What a provider is called when nobody said: the words of the service, each with a capital. */
export const titleOf = (service: string): string =>
  service
    .split(/[\s_-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
    .trim()
