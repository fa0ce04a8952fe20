/** The shapes of bodies about host factories (reference/conjur-api.md 1.11). */

/** One element of the answer of `POST /host_factory_tokens`. */
export interface HostFactoryTokenBody {
  /** ISO 8601 in UTC. */
  readonly expiration: string
  readonly cidr: readonly string[]
  readonly token: string
  /** How many hosts it may make; absent when it may make any number. */
  readonly max_uses?: number
}

/** The answer of `POST /host_factories/hosts`: the resource of the host, and its API key. */
export interface CreatedHostBody {
  readonly id: string
  readonly owner: string
  readonly api_key: string
}

type Members = Readonly<Record<string, unknown>>

const areStrings = (value: unknown, names: readonly string[]): value is Members => {
  if (typeof value !== 'object' || value === null) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return names.every((name) => typeof members.get(name) === 'string')
}

/** Whether `value` is a list of host factory tokens. */
export const isHostFactoryTokens = (value: unknown): value is readonly HostFactoryTokenBody[] =>
  Array.isArray(value) &&
  value.every((token) => areStrings(token, ['expiration', 'token']) && Array.isArray(token['cidr']))

/** Whether `value` is a host that was just made. */
export const isCreatedHost = (value: unknown): value is CreatedHostBody =>
  areStrings(value, ['id', 'owner', 'api_key'])
