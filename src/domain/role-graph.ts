import type {
  Change,
  CredentialRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from './change.ts'
import type { RoleNumbers } from './closures.ts'
import { Closures, includes, membersOf } from './closures.ts'
import type { FactorDemand } from './factor-demand.ts'
import { FactorDemands } from './factor-demands.ts'
import { accountOf, kindOf } from './id.ts'
import type { Id } from './id.ts'
import { NONE } from './ints.ts'
import { LoadedRows, PERMISSION, RESOURCE } from './loaded-rows.ts'
import { LoadedWorld } from './loaded-world.ts'
import type { Relation } from './relation.ts'
import type { World } from './world.ts'

/** Which of the resources that a role can see are asked for; all conditions hold together. */
export interface ResourceFilter {
  readonly account?: string
  readonly kind?: string
  /** Only resources that one of these roles owns. */
  readonly owners?: ReadonlySet<Id>
}

/** How many there are of each kind. */
export interface Census {
  readonly roles: ReadonlyMap<string, number>
  readonly resources: ReadonlyMap<string, number>
}

/**
 * Who may do what, in memory, for all accounts (reference/conjur-api.md 5.2). It knows rows by their full ids alone, so an
 * account is nothing special to it: roles of one reach resources of another only through rows that say so.
 *
 * What is not loaded has no rights: a role or resource without a row of its own is unknown, every question about it is
 * answered no or with an empty list, and nothing is held through it, whatever other rows mention it.
 */
export class RoleGraph implements World {
  readonly #rows = new LoadedRows()
  readonly #world = new LoadedWorld(this.#rows)
  readonly #closures = new Closures(this.#rows)
  readonly #demands = new FactorDemands()
  #census: Census | undefined

  constructor(rows: Iterable<Row>) {
    for (const row of rows) this.#put(row)
  }

  /**
   * Applies the changes in order. `add` and `change` both put the row in place of the one with its key, `remove` takes away
   * whatever has that key, so changes that were applied before may be applied again, from any point on up to the newest.
   * Nothing else goes with a removed row, but a role's restriction and credential go with the role, and what a resource demands
   * goes with the resource.
   */
  apply(changes: Iterable<Change>): void {
    for (const { op, row } of changes) {
      if (op === 'remove') this.#remove(row)
      else this.#put(row)
      if (row.table === 'role' || row.table === 'resource') this.#census = undefined
      // INVARIANT: closures follow from role and membership rows alone, so these and only these outdate them.
      if (row.table === 'role' || row.table === 'membership') this.#closures.forget()
    }
  }

  /**
   * Whether `role` owns `resource` or holds `privilege` on it, itself or through a role that it holds: what policy says, whatever
   * {@link RoleGraph.demandOn} demands besides.
   */
  permits(role: Id, privilege: string, resource: Id): boolean {
    const { ids, privileges } = this.#rows
    const closure = this.#closureOf(role)
    const target = ids.find(resource)
    const owner = this.#ownerOf(target)
    if (owner === NONE) return false
    return (
      includes(closure, owner) || this.#isPermitted(closure, privileges.find(privilege), target)
    )
  }

  /** The second factor that a resource demands of whoever uses it; `undefined` when it demands none. */
  demandOn(resource: Id): FactorDemand | undefined {
    return this.#demands.of(resource)
  }

  /** Whether `role` owns `resource` or holds any privilege on it, itself or through a role that it holds. */
  visible(role: Id, resource: Id): boolean {
    const closure = this.#closureOf(role)
    const target = this.#rows.ids.find(resource)
    const owner = this.#ownerOf(target)
    if (owner === NONE) return false
    return includes(closure, owner) || this.#isPermittedAnything(closure, target)
  }

  /** Whether `role` is `held` or a member of it, directly or through others. */
  holds(role: Id, held: Id): boolean {
    return includes(this.#closureOf(role), this.#rows.ids.find(held))
  }

  /** `role` and all roles that it is a member of, directly or through others, in code-unit order. */
  rolesHeldBy(role: Id): readonly Id[] {
    return this.#named(this.#closureOf(role))
  }

  /** `role` and all roles that are members of it, directly or through others, in code-unit order. */
  rolesHolding(role: Id): readonly Id[] {
    return this.#named(membersOf(this.#rows, [this.#rows.ids.find(role)]))
  }

  /** All roles that may do `privilege` to `resource`, in code-unit order. */
  permittedRoles(privilege: string, resource: Id): readonly Id[] {
    const { ids, privileges, permissions } = this.#rows
    const target = ids.find(resource)
    const owner = this.#ownerOf(target)
    if (owner === NONE) return []
    const starts = [owner]
    const wanted = privileges.find(privilege)
    for (const permission of permissions.list(PERMISSION.resource, target)) {
      if (permissions.get(permission, PERMISSION.privilege) !== wanted) continue
      starts.push(permissions.get(permission, PERMISSION.role))
    }
    return this.#named(membersOf(this.#rows, starts))
  }

  /**
   * All resources that `role` can see and that match `filter`, in code-unit order: exactly those for which
   * {@link RoleGraph.visible} holds. The work grows with what the role can see, not with what is loaded.
   */
  visibleTo(role: Id, filter: ResourceFilter): readonly Id[] {
    const { resources, permissions } = this.#rows
    const found = new Set<number>()
    for (const held of this.#closureOf(role)) {
      for (const owned of resources.list(RESOURCE.owner, held)) {
        found.add(resources.get(owned, RESOURCE.id))
      }
      for (const permission of permissions.list(PERMISSION.role, held)) {
        found.add(permissions.get(permission, PERMISSION.resource))
      }
    }
    return Array.from(found)
      .filter(this.#hasOwner(filter.owners))
      .map((resource) => this.#rows.ids.text(resource))
      .filter(isOfAccountAndKind(filter))
      .toSorted()
  }

  role(id: Id): RoleRow | undefined {
    return this.#world.role(id)
  }

  resource(id: Id): ResourceRow | undefined {
    return this.#world.resource(id)
  }

  /** All resources of all accounts: work that grows with what is loaded, for the rare question that asks for all. */
  resources(): readonly ResourceRow[] {
    return this.#world.resources()
  }

  /**
   * The resources of `account` whose identifiers begin with `prefix`, in no order. It looks at the id of every resource, and makes no
   * row of any.
   */
  resourcesUnder(account: string, prefix: string): readonly Id[] {
    const start = `${account}:`
    return this.#idsOf(this.#rows.resources).filter(
      (id) => id.startsWith(start) && id.startsWith(prefix, id.indexOf(':', start.length) + 1),
    )
  }

  /** Every row of `account`, and every row of another account that mentions one of its roles: what must go when the account goes. */
  rowsAbout(account: string): readonly Row[] {
    const isOf = (id: Id): boolean => accountOf(id) === account
    return this.#world.rows().filter((row) => mentionsOf(row).some(isOf))
  }

  /** The roles of `account` that are no resources, in code-unit order: only raw statements make such. */
  rolesWithoutResource(account: string): readonly RoleRow[] {
    return this.#idsOf(this.#rows.roles)
      .filter((id) => accountOf(id) === account && this.resource(id) === undefined)
      .toSorted()
      .flatMap((id) => this.role(id) ?? [])
  }

  /** How many roles and how many resources of each kind there are, in all accounts. */
  census(): Census {
    this.#census ??= censusOf(this.#idsOf(this.#rows.roles), this.#idsOf(this.#rows.resources))
    return this.#census
  }

  /** The credential of `role`; `undefined` also when the credential has no role. */
  credential(role: Id): CredentialRow | undefined {
    return this.role(role) === undefined ? undefined : this.#rows.credentials.get(role)
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    return this.#world.membership(role, member, ownership)
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    return this.#world.permission(resource, role, privilege)
  }

  membersOf(role: Id): readonly MembershipRow[] {
    return this.#world.membersOf(role)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    return this.#world.membershipsOf(member)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    return this.#world.permissionsOn(resource)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    return this.#world.permissionsOf(role)
  }

  ownedBy(role: Id): readonly Id[] {
    return this.#world.ownedBy(role)
  }

  loadedThrough(policy: Id): readonly Row[] {
    return this.#world.loadedThrough(policy)
  }

  restrictionOf(role: Id): readonly string[] {
    return this.#world.restrictionOf(role)
  }

  #put(row: Row): void {
    this.#rows.put(row)
    this.#demands.put(row)
  }

  #remove(row: Row): void {
    this.#rows.remove(row)
    this.#demands.remove(row)
  }

  #idsOf(relation: Relation): readonly Id[] {
    return relation.all().map((record) => this.#rows.ids.text(relation.get(record, 0)))
  }

  #closureOf(role: Id): RoleNumbers {
    return this.#closures.of(this.#rows.ids.find(role))
  }

  /** The owner of a resource; `NONE` when there is no such resource. */
  #ownerOf(resource: number): number {
    const { resources } = this.#rows
    return resources.get(resources.find([resource]), RESOURCE.owner)
  }

  /** Goes through the shorter of the two: an administrator holds thousands of roles, a login service permits thousands. */
  #isPermitted(closure: RoleNumbers, privilege: number, resource: number): boolean {
    const { permissions } = this.#rows
    if (closure.length < permissions.count(PERMISSION.resource, resource)) {
      return closure.some((role) => permissions.find([resource, role, privilege]) !== NONE)
    }
    for (const permission of permissions.list(PERMISSION.resource, resource)) {
      if (permissions.get(permission, PERMISSION.privilege) !== privilege) continue
      if (includes(closure, permissions.get(permission, PERMISSION.role))) return true
    }
    return false
  }

  #isPermittedAnything(closure: RoleNumbers, resource: number): boolean {
    const { permissions } = this.#rows
    for (const permission of permissions.list(PERMISSION.resource, resource)) {
      if (includes(closure, permissions.get(permission, PERMISSION.role))) return true
    }
    return false
  }

  /** A test whether a resource exists and, if `owners` are given, belongs to one of them. */
  #hasOwner(owners: ReadonlySet<Id> | undefined): (resource: number) => boolean {
    if (owners === undefined) return (resource) => this.#ownerOf(resource) !== NONE
    const wanted = new Set(Array.from(owners, (owner) => this.#rows.ids.find(owner)))
    wanted.delete(NONE)
    return (resource) => wanted.has(this.#ownerOf(resource))
  }

  #named(numbers: Iterable<number>): readonly Id[] {
    return Array.from(numbers, (number) => this.#rows.ids.text(number)).toSorted()
  }
}

/** The ids that a row is about: what it is of, and whom it names. */
function mentionsOf(row: Row): readonly Id[] {
  switch (row.table) {
    case 'role':
      return [row.id]
    case 'resource':
      return [row.id, row.owner]
    case 'membership':
      return [row.role, row.member]
    case 'permission':
      return [row.resource, row.role]
    case 'annotation':
    case 'enablement':
      return [row.resource]
    case 'restriction':
    case 'credential':
      return [row.role]
  }
}

const censusOf = (roles: readonly Id[], resources: readonly Id[]): Census => ({
  roles: countKinds(roles),
  resources: countKinds(resources),
})

function countKinds(ids: readonly Id[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(kindOf(id), (counts.get(kindOf(id)) ?? 0) + 1)
  return counts
}

/** Compares prefixes, since taking the ids of a large listing apart would cost more than the listing. */
function isOfAccountAndKind({ account, kind }: ResourceFilter): (id: Id) => boolean {
  if (account !== undefined) {
    const prefix = kind === undefined ? `${account}:` : `${account}:${kind}:`
    return (id) => id.startsWith(prefix)
  }
  return (id) => kind === undefined || id.startsWith(`${kind}:`, id.indexOf(':') + 1)
}
