/** The shapes of the bodies about OpenID Connect (reference/conjur-api.md 6.5). */

/** One element of `GET /authn-oidc/:account/providers`. */
export interface OidcProviderBody {
  readonly service_id: string
  readonly type: string
  readonly name: string
  readonly nonce: string
  readonly code_verifier: string
  /** For clients that make none; servers of Conjur do not send it. */
  readonly state?: string
  /** Where a person logs in: the provider's authorization endpoint with everything but `state`. */
  readonly redirect_uri: string
}

const MEMBERS = ['service_id', 'name', 'nonce', 'code_verifier', 'redirect_uri']

const isProvider = (value: unknown): value is OidcProviderBody => {
  if (typeof value !== 'object' || value === null) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return MEMBERS.every((name) => typeof members.get(name) === 'string')
}

/** Whether `value` is a list of providers. */
export const isOidcProviders = (value: unknown): value is readonly OidcProviderBody[] =>
  Array.isArray(value) && value.every(isProvider)
