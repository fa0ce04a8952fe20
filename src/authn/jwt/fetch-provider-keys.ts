import type { Outbound } from '#app/outbound.ts'
import { discoveryUri, keysUriIn } from './discovery.ts'
import type { FetchKeys } from './fetch-keys.ts'
import { parseKeySet } from './key-set.ts'
import { unreachable } from './unreachable.ts'

/**
 * Fetches the keys of OpenID Connect providers, which are asked first where these are. What goes wrong is told in the codes that
 * reference/conjur-api.md 1.14 has for providers.
 */
export function fetchProviderKeys(outbound: Outbound): FetchKeys {
  const get = async (uri: string, complaint: string): Promise<string> => {
    try {
      return new TextDecoder().decode(await outbound.get(uri, { purpose: 'signing-keys' }))
    } catch (error) {
      throw unreachable(complaint, error)
    }
  }
  return async (source) => {
    if (source.kind !== 'provider-uri') throw new Error('these are not the keys of a provider')
    const complaint = 'CONJ00011E The provider cannot be discovered'
    const keysUri = keysUriIn(await get(discoveryUri(source.uri), complaint), source.uri)
    return parseKeySet(await get(keysUri, 'CONJ00012E The keys of the provider cannot be fetched'))
  }
}
