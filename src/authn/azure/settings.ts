import type { KeyHolder } from '#authn/jwt/key-shelves.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { folded, isGuid } from './resource-id.ts'

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<string, string>

/** An instance that has a name, and what is set of it. */
export interface NamedInstance {
  readonly account: string
  readonly service: string
  readonly declared: Declared
}

/** What an instance was configured to accept. */
export interface AzureSettings {
  /** The address of who issues its tokens. */
  readonly provider: string
  /** The directory that vouches for identities, in lower case. */
  readonly tenant: string
  /** Whom tokens must be for; anybody when absent. */
  readonly audience: string | undefined
}

const PROVIDER = /^https:\/\/[^/?#@\s]+\/(?<tenant>[^/?#]+)(?:\/v2\.0)?\/?$/

/**
 * The settings of an instance; throws `unauthorized` unless `provider-uri` is the address of a single tenant, by its id: what issues for
 * several would vouch for the identities of strangers, and what is not secure for anybody's.
 */
export function readSettings(declared: Declared): AzureSettings {
  const provider = declared.get('provider-uri') ?? ''
  const tenant = folded(PROVIDER.exec(provider)?.groups?.['tenant'] ?? '')
  if (!isGuid(tenant)) {
    throw refused(
      'CONJ00037E The value of provider-uri is not https://HOST/TENANT/ with the id of one tenant',
    )
  }
  return { provider, tenant, audience: declared.get('audience') }
}

/** Whose keys vouch for the tokens of an instance; throws `unauthorized` when that cannot be told. */
export const holderOf = ({ account, service, declared }: NamedInstance): KeyHolder => ({
  account,
  service,
  source: { kind: 'provider-uri', uri: readSettings(declared).provider },
})
