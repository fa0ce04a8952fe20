import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { discoveryUri, keysUriIn } from './discovery.ts'
import { parseKeySet, parsePublicKeys, type KeySet } from './key-set.ts'
import type { KeySource } from './key-source.ts'
import { refused } from './refusal.ts'

/** The keys of a source as they are now; throws `unauthorized` when they cannot be had or are malformed. */
export type FetchKeys = (source: KeySource) => Promise<KeySet>

/** Fetches through the outbound port; a provider is asked first where its keys are. */
export function fetchKeys(outbound: Outbound): FetchKeys {
  const get = async (
    uri: string,
    caPem: string | undefined,
    complaint: string,
  ): Promise<string> => {
    try {
      const body = await outbound.get(uri, {
        purpose: 'signing-keys',
        ...(caPem === undefined ? {} : { caPem }),
      })
      return new TextDecoder().decode(body)
    } catch (error) {
      throw error instanceof Failure ? refused(complaint, { cause: error }) : error
    }
  }

  const discover = async (provider: string, caPem: string | undefined): Promise<string> => {
    const complaint = 'CONJ00011E The provider cannot be discovered'
    return keysUriIn(await get(discoveryUri(provider), caPem, complaint), provider)
  }

  return async (source) => {
    if (source.kind === 'public-keys') return parsePublicKeys(source.text)
    const { kind, uri, caPem } = source
    const keysUri = kind === 'provider-uri' ? await discover(uri, caPem) : uri
    return parseKeySet(await get(keysUri, caPem, 'CONJ00087E The key set cannot be fetched'))
  }
}
