import { refused } from './refusal.ts'
import type { Declared } from './settings.ts'

/** Where the keys are that sign the tokens of an instance. */
export type KeySource =
  | { readonly kind: 'public-keys'; readonly text: string }
  | {
      readonly kind: 'jwks-uri' | 'provider-uri'
      readonly uri: string
      /** The only authorities that may vouch for the host of the keys; the system's when absent. */
      readonly caPem?: string
    }

/** The one source that is configured; throws `unauthorized` when there is none, more than one, or a stray `ca-cert`. */
export function keySourceOf(declared: Declared): KeySource {
  const [source, ...more] = declaredSources(declared)
  if (source === undefined || more.length > 0) {
    throw refused(
      'CONJ00122E The signing key settings are invalid: exactly one of jwks-uri, provider-uri and public-keys must be set',
    )
  }
  const caPem = declared.get('ca-cert')
  if (source.kind !== 'public-keys') return caPem === undefined ? source : { ...source, caPem }
  if (caPem !== undefined) {
    throw refused('CONJ00122E The signing key settings are invalid: public-keys needs no ca-cert')
  }
  return source
}

function declaredSources(declared: Declared): readonly KeySource[] {
  const text = declared.get('public-keys')
  const uris = (['jwks-uri', 'provider-uri'] as const).flatMap((kind) => {
    const uri = declared.get(kind)
    return uri === undefined ? [] : [{ kind, uri }]
  })
  return text === undefined ? uris : [{ kind: 'public-keys', text }, ...uris]
}

/**
 * Who must have issued a token: `issuer`, else the provider, else the host of the key set (reference/conjur-api.md 6.4). Throws
 * `unauthorized` when none of them tells.
 */
export function issuerOf(declared: Declared, source: KeySource): string {
  const issuer = declared.get('issuer')
  if (issuer !== undefined) return issuer
  switch (source.kind) {
    case 'public-keys':
      throw refused('CONJ00122E The signing key settings are invalid: public-keys needs an issuer')
    case 'provider-uri':
      return source.uri
    case 'jwks-uri':
      return hostOf(source.uri)
  }
}

function hostOf(uri: string): string {
  if (!URL.canParse(uri)) throw refused('CONJ00080E The value of jwks-uri is not a URI')
  const { hostname } = new URL(uri)
  if (hostname === '') throw refused('CONJ00079E The value of jwks-uri names no host')
  return hostname
}
