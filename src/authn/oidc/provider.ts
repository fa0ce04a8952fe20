import type { Outbound } from '#app/outbound.ts'
import { discoveryUri, keysUriIn } from '#authn/jwt/discovery.ts'
import { parseDocument } from '#authn/jwt/json-document.ts'
import { parseKeySet, type KeySet } from '#authn/jwt/key-set.ts'
import type { KeyHolder } from '#authn/jwt/key-shelves.ts'
import type { KeySource } from '#authn/jwt/key-source.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { createSigningKeys, type SigningKeys } from '#authn/jwt/signing-keys.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { unreachable } from '#authn/jwt/unreachable.ts'

/** How a client proves itself to the token endpoint (RFC 6749 2.3.1). */
export type ClientProof = 'client_secret_basic' | 'client_secret_post'

/** What a provider publishes of itself (OpenID Connect Discovery 1.0, 3). */
export interface Provider {
  /** In just the characters that stand in its ID tokens. */
  readonly issuer: string
  readonly authorizationEndpoint: string | undefined
  readonly tokenEndpoint: string | undefined
  readonly clientProof: ClientProof
}

/** The providers of all instances: asked when they are needed, and remembered like keys (src/authn/jwt/signing-keys.ts). */
export interface Providers {
  readonly signingKeys: SigningKeys
  /** Throws `unauthorized` when the provider cannot be had or is malformed, `unavailable` when the limits allow no further try. */
  of(holder: KeyHolder): Promise<Provider>
}

/** Providers over the outbound port. Their keys and the rest of them are fetched, kept and given up together. */
export function createProviders(outbound: Outbound, now: () => number): Providers {
  const known = new WeakMap<KeySet, Provider>()
  const fetch = async (source: KeySource): Promise<KeySet> => {
    if (source.kind === 'public-keys') throw new Error('a provider is somewhere')
    const { keys, provider } = await fetchProvider(outbound, source)
    known.set(keys, provider)
    return keys
  }
  const signingKeys = createSigningKeys(fetch, now)
  return {
    signingKeys,
    async of(holder) {
      const provider = known.get(await signingKeys.of(holder))
      if (provider === undefined) throw new Error('there are keys of no provider')
      return provider
    },
  }
}

async function fetchProvider(
  outbound: Outbound,
  { uri, caPem }: Exclude<KeySource, { kind: 'public-keys' }>,
): Promise<{ readonly keys: KeySet; readonly provider: Provider }> {
  const get = async (address: string, code: string): Promise<string> => {
    const asked = { purpose: 'oidc', ...(caPem === undefined ? {} : { caPem }) } as const
    try {
      return new TextDecoder().decode(await outbound.get(address, asked))
    } catch (error) {
      throw unreachable(code, error)
    }
  }
  const text = await get(discoveryUri(uri), 'CONJ00011E The provider cannot be discovered')
  const keysUri = keysUriIn(text, uri)
  const provider = providerIn(parseDocument(text, MALFORMED), isSecure(uri))
  return {
    provider,
    keys: parseKeySet(await get(keysUri, 'CONJ00012E The keys of the provider cannot be fetched')),
  }
}

const MALFORMED = 'CONJ00011E The configuration of the provider is not a JSON object'

function providerIn(document: JsonObject, mustBeSecure: boolean): Provider {
  const endpoint = (name: string): string | undefined => {
    const uri = document[name]
    if (uri === undefined) return undefined
    if (
      typeof uri === 'string' &&
      URL.canParse(uri) &&
      (isSecure(uri) || isPlain(uri, mustBeSecure))
    )
      return uri
    throw refused(`CONJ00130E The provider is misconfigured: its ${name} is not an https: URI`)
  }
  return {
    issuer: String(document['issuer']),
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    clientProof: clientProofIn(document['token_endpoint_auth_methods_supported']),
  }
}

/** The first where the provider says nothing (OpenID Connect Discovery 1.0, 3), and where it takes both. */
const clientProofIn = (methods: unknown): ClientProof =>
  Array.isArray(methods) &&
  !methods.includes('client_secret_basic') &&
  methods.includes('client_secret_post')
    ? 'client_secret_post'
    : 'client_secret_basic'

const isSecure = (uri: string): boolean => new URL(uri).protocol === 'https:'

const isPlain = (uri: string, mustBeSecure: boolean): boolean =>
  !mustBeSecure && new URL(uri).protocol === 'http:'
