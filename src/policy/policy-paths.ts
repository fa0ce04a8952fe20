import type { AccessWorld } from '#domain/access.ts'
import type { ResourceRow } from '#domain/change.ts'
import { identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'

/** The longest of the policies that `path` lies in, `undefined` when it lies in none. */
export function policyAround(
  path: string,
  isPolicy: (path: string) => boolean,
): string | undefined {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const around = path.slice(0, end)
    if (isPolicy(around)) return around
  }
  return undefined
}

/** A way to read a login. */
interface Candidate {
  readonly policy: string
  readonly path: string
}

/** The names under which policies refer to roles and resources, taken from the root. */
export class PolicyPaths {
  readonly #world: AccessWorld
  readonly #root: Id
  /** Paths of the policies under what their users' logins end with. */
  readonly #byEnding: ReadonlyMap<string, readonly string[]>
  readonly #known = new Map<Id, string>()

  /** `policies` are the ids of those that may be named, in the order of preference. */
  constructor(account: string, policies: readonly Id[], world: AccessWorld) {
    this.#world = world
    this.#root = rootPolicyOf(account)
    const paths = policies.filter((id) => id !== this.#root).map(identifierOf)
    this.#byEnding = Map.groupBy(paths, (path) => path.replaceAll('/', '-'))
  }

  /**
   * The path of a role or resource: its identifier, but for a user whose login tells that it was declared in a policy: `bob@a-b` is
   * `a/b/bob`, if there is such a policy (reference/conjur-api.md 4.3, 4).
   */
  of(id: Id): string {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const path = kindOf(id) === 'user' ? this.#userPath(id) : identifierOf(id)
    this.#known.set(id, path)
    return path
  }

  #userPath(id: Id): string {
    const login = identifierOf(id)
    const row = this.#world.resource(id)
    const isDeclared = row !== undefined && this.#world.role(id) !== undefined
    // Only a raw role or resource has a slash in its login.
    if (!isDeclared || login.includes('/')) return login
    return this.#preferred(this.#candidates(login), row)?.path ?? login
  }

  /** The login alone says too little: of `a-b/c` and `a/b-c` the policy counts that owns the user, or that it was loaded through. */
  #preferred(
    candidates: readonly Candidate[],
    { owner, policy }: ResourceRow,
  ): Candidate | undefined {
    const owning = candidates.find((one) => owner === this.#idOf(one.policy))
    if (owning !== undefined) return owning
    if (policy === this.#root && owner === this.#world.resource(this.#root)?.owner) return undefined
    if (policy === undefined || policy === this.#root) return candidates[0]
    return candidates.find((one) => isWithin(one.policy, identifierOf(policy)))
  }

  #candidates(login: string): readonly Candidate[] {
    const candidates: Candidate[] = []
    for (let at = login.lastIndexOf('@'); at > 0; at = login.lastIndexOf('@', at - 1)) {
      const name = login.slice(0, at)
      for (const policy of this.#byEnding.get(login.slice(at + 1)) ?? []) {
        candidates.push({ policy, path: `${policy}/${name}` })
      }
    }
    return candidates
  }

  #idOf(policy: string): string {
    return `${this.#root.slice(0, this.#root.indexOf(':'))}:policy:${policy}`
  }
}

/** Whether `path` is `outer` or lies in it. */
export const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}/`)
