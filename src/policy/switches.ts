import { adminOf } from '#domain/id.ts'
import type { Problems } from './problems.ts'
import type { ResolvedRecord } from './resolved.ts'

/** What an operator may forbid policies to declare (reference/conjur-api.md 4.8); nothing unless said. */
export interface PolicySwitches {
  /** Users may be declared only where the administrator owns them. */
  readonly usersInRootPolicyOnly?: boolean
  /** A host must ask for its API key with the annotation `authn/api-key: true`. */
  readonly apiKeyByAnnotationOnly?: boolean
}

/** The annotation by which a host asks for an API key, with the value `true`. */
export const API_KEY_ANNOTATION = 'authn/api-key'

/** What is said of a host that does not ask for its API key although it must. */
export const NO_API_KEY: string =
  'API key authentication for hosts is disabled by default and will be removed in a future release. ' +
  "Add the 'authn/api-key' annotation to this host with the value 'true' to ensure authentication works as expected for this host in the future."

/** Notes each declared user and host that the operator forbids, in the literal words of reference/conjur-api.md 4.8. */
export function checkSwitches(
  records: readonly ResolvedRecord[],
  account: string,
  { usersInRootPolicyOnly = false, apiKeyByAnnotationOnly = false }: PolicySwitches,
  problems: Problems,
): void {
  const admin = adminOf(account)
  for (const record of records) {
    const { type } = record.type
    if (usersInRootPolicyOnly && type === 'user' && record.owner !== admin) {
      problems.add(record.at, 'User creation is disabled.', 'Declare users in the root policy')
    }
    if (apiKeyByAnnotationOnly && type === 'host' && !asksForKey(record)) {
      problems.add(record.at, NO_API_KEY, `Add annotations: { ${API_KEY_ANNOTATION}: true }`)
    }
  }
}

const asksForKey = ({ annotations }: ResolvedRecord): boolean =>
  annotations.some(({ name, value }) => name.value === API_KEY_ANNOTATION && value.value === 'true')
