import type { AccessWorld } from '#domain/access.ts'
import type { RoleRow } from '#domain/change.ts'
import { adminOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { isWithin, policyAround, PolicyPaths } from './policy-paths.ts'

/** What of the loaded world a fetched policy is made from. */
export interface ScopeInput {
  readonly account: string
  /** The policy that is fetched. */
  readonly target: Id
  /** How many levels below it are shown. */
  readonly depth: number
  readonly world: AccessWorld
  /** All resources of the account that the caller can see, in the order of their ids. */
  readonly visible: readonly Id[]
  /** Roles of the account that are no resources and that the caller may know of. */
  readonly bareRoles: readonly RoleRow[]
}

/** Where something stands in the policy that is fetched. */
export interface Place {
  readonly id: Id
  /** Its name from the root. */
  readonly path: string
  /** The path of the policy whose body it stands in, `''` for the root. */
  readonly parent: string
  /** Its name in that body; `''` for what has the name of the policy itself. */
  readonly name: string
}

/** The resources and roles that a fetched policy shows, and where (reference/conjur-api.md 1.7). */
export class EffectiveScope {
  readonly input: ScopeInput
  readonly root: Id
  /** The path of the policy that is fetched, `''` for the root. */
  readonly top: string
  readonly places: ReadonlyMap<Id, Place>
  /** Public keys that belong to users. */
  readonly publicKeys: readonly Id[]
  readonly #paths: PolicyPaths
  readonly #visiblePolicies: ReadonlySet<string>
  readonly #shownPolicies: ReadonlySet<string>
  readonly #maxSlashes: number

  constructor(input: ScopeInput) {
    const { account, target, depth, world, visible } = input
    this.input = input
    this.root = rootPolicyOf(account)
    this.top = target === this.root ? '' : identifierOf(target)
    this.#maxSlashes = slashesIn(this.top) + depth
    // A policy that is no role has no body.
    const policies = visible.filter((id) => kindOf(id) === 'policy' && world.role(id) !== undefined)
    const bodies = policies.filter((id) => id !== this.root)
    this.#paths = new PolicyPaths(account, policies, world)
    this.#visiblePolicies = new Set(bodies.map(identifierOf))
    this.#shownPolicies = new Set(
      [...this.#visiblePolicies].filter(
        (path) => this.#isInside(path) && slashesIn(path) <= this.#maxSlashes,
      ),
    )
    this.places = new Map(
      [...visible, ...input.bareRoles.map(({ id }) => id)].flatMap((id) => {
        const place = this.#placeOf(id)
        return place === undefined ? [] : [[id, place]]
      }),
    )
    this.publicKeys = visible.filter((id) => kindOf(id) === 'public_key')
  }

  /** The resources that are shown, in the order of their ids. */
  get resources(): readonly Id[] {
    return [...this.places.keys()].filter((id) => this.input.world.resource(id) !== undefined)
  }

  /** The name of anything from the root. */
  pathOf(id: Id): string {
    return this.#paths.of(id)
  }

  /** Whether a record has its owner without saying so: the policy that it stands in, at the root the owner of the root policy. */
  isOwnedByPlace({ id, path, parent }: Place): boolean {
    const owner = this.input.world.resource(id)?.owner
    if (owner === undefined) return true
    const owning = kindOf(owner) === 'policy' ? identifierOf(owner) : undefined
    const isPolicyAround = (one: string): boolean =>
      one === owning || this.#visiblePolicies.has(one)
    const around =
      id === this.input.target
        ? policyAround(path, isPolicyAround)
        : parent === ''
          ? undefined
          : parent
    return around === undefined ? owner === this.#ownerOfRoot() : around === owning
  }

  /** Whether it is there without any policy. */
  isGiven(id: Id): boolean {
    return id === this.root || id === adminOf(this.input.account)
  }

  #ownerOfRoot(): Id | undefined {
    return this.input.world.resource(this.root)?.owner
  }

  #placeOf(id: Id): Place | undefined {
    const path = this.pathOf(id)
    const slashes = slashesIn(path) - (kindOf(id) === 'user' ? 1 : 0)
    if (!this.#isInside(path) || slashes > this.#maxSlashes) return undefined
    if (path === this.top) return this.#nameless(id, path)
    const parent = policyAround(path, (one) => this.#shownPolicies.has(one)) ?? ''
    return { id, path, parent, name: path.slice(parent === '' ? 0 : parent.length + 1) }
  }

  /** What bears the name of the policy stands in the body around it, unless it was loaded through the policy itself. */
  #nameless(id: Id, path: string): Place | undefined {
    const { target, world } = this.input
    const row = world.resource(id) ?? world.role(id)
    if (id !== target && row?.policy !== target) return undefined
    return { id, path, parent: path, name: '' }
  }

  #isInside(path: string): boolean {
    return this.top === '' || isWithin(path, this.top)
  }
}

/** How many levels below the root a name is. */
const slashesIn = (path: string): number => path.split('/').length - 1
