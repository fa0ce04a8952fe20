import type { Gate } from './gate.ts'

/** Which authenticators there are, sorted: types that the server has, instances that are configured, and instances that are enabled. */
export interface AuthenticatorLists {
  readonly installed: readonly string[]
  readonly configured: readonly string[]
  readonly enabled: readonly string[]
}

/** The authenticators of all accounts, for everybody: clients look here before they have a token (reference/conjur-api.md 1.6). */
export type ListAuthenticators = () => Promise<AuthenticatorLists>

/** The type that is no adapter: API keys are always looked at. */
const API_KEYS = 'authn'

/** `enabled` are the instances that the server's settings enable in every account. */
export function listAuthenticators(
  gate: Gate,
  installed: readonly string[],
  enabled: ReadonlySet<string>,
): ListAuthenticators {
  let last: Made | undefined
  return async () => {
    const { authenticators } = await gate.pass()
    const known = { configured: authenticators.configured(), enabled: authenticators.enabled() }
    // Everybody may ask, so the lists are made once for each change of what there is.
    if (last?.of.configured !== known.configured || last.of.enabled !== known.enabled) {
      const lists = {
        installed: sorted([API_KEYS, ...installed]),
        configured: sorted([API_KEYS, ...known.configured]),
        enabled: sorted([...enabled, ...known.enabled]),
      }
      last = { of: known, lists }
    }
    return last.lists
  }
}

/** Lists, and what they were made of. */
interface Made {
  readonly of: Omit<AuthenticatorLists, 'installed'>
  readonly lists: AuthenticatorLists
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted()
