import { parseDocument } from './json-document.ts'
import { refused } from './refusal.ts'

/** Where a provider publishes its configuration (OpenID Connect Discovery 1.0, 4). */
export const discoveryUri = (provider: string): string =>
  `${withoutSlash(provider)}/.well-known/openid-configuration`

/**
 * Where the keys of `provider` are, by the configuration that it publishes. Throws `unauthorized` when that speaks for another issuer,
 * or when it would lead from HTTPS to plain HTTP.
 */
export function keysUriIn(configuration: string, provider: string): string {
  const { issuer, jwks_uri: uri } = parseDocument(
    configuration,
    'CONJ00011E The configuration of the provider is not a JSON object',
  )
  if (typeof issuer !== 'string' || withoutSlash(issuer) !== withoutSlash(provider)) {
    throw refused('CONJ00011E The configuration of the provider is that of another issuer')
  }
  if (typeof uri !== 'string') {
    throw refused('CONJ00011E The configuration of the provider does not tell where its keys are')
  }
  if (isSecure(provider) && !isSecure(uri)) {
    throw refused('CONJ00011E The provider is secure and its keys are not')
  }
  return uri
}

const withoutSlash = (uri: string): string => (uri.endsWith('/') ? uri.slice(0, -1) : uri)

const isSecure = (uri: string): boolean => uri.toLowerCase().startsWith('https:')
