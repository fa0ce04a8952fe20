import type { MembershipRow, PermissionRow, ResourceRow, RoleRow, Row } from './change.ts'
import type { Id } from './id.ts'
import { NONE } from './ints.ts'
import type { LoadedRows } from './loaded-rows.ts'
import { MEMBERSHIP, PERMISSION, RESOURCE, ROLE } from './loaded-rows.ts'
import type { Relation } from './relation.ts'
import type { World } from './world.ts'

/**
 * The loaded rows as a policy plan reads them. Lists are copies: they stay as they are when rows change afterwards, so a
 * caller may remove rows while it goes through them.
 */
export class LoadedWorld implements World {
  readonly #rows: LoadedRows

  constructor(rows: LoadedRows) {
    this.#rows = rows
  }

  role(id: Id): RoleRow | undefined {
    const record = this.#rows.findRole(id)
    return record === NONE ? undefined : this.#roleAt(record)
  }

  resource(id: Id): ResourceRow | undefined {
    const record = this.#rows.findResource(id)
    return record === NONE ? undefined : this.#resourceAt(record)
  }

  resources(): readonly ResourceRow[] {
    return this.#rows.resources.all().map((at) => this.#resourceAt(at))
  }

  /** Every role, resource, membership and permission of all accounts. */
  rows(): readonly Row[] {
    const { roles, resources, memberships, permissions } = this.#rows
    return [
      ...roles.all().map((at) => this.#roleAt(at)),
      ...resources.all().map((at) => this.#resourceAt(at)),
      ...memberships.all().map((at) => this.#membershipAt(at)),
      ...permissions.all().map((at) => this.#permissionAt(at)),
    ]
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    const record = this.#rows.findMembership(role, member, ownership)
    return record === NONE ? undefined : this.#membershipAt(record)
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    const record = this.#rows.findPermission(resource, role, privilege)
    return record === NONE ? undefined : this.#permissionAt(record)
  }

  membersOf(role: Id): readonly MembershipRow[] {
    return this.#memberships(MEMBERSHIP.role, role)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    return this.#memberships(MEMBERSHIP.member, member)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    return this.#permissions(PERMISSION.resource, resource)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    return this.#permissions(PERMISSION.role, role)
  }

  ownedBy(role: Id): readonly Id[] {
    return this.#resources(RESOURCE.owner, role).map(({ id }) => id)
  }

  loadedThrough(policy: Id): readonly Row[] {
    return [
      ...this.#records(this.#rows.roles, ROLE.policy, policy).map((at) => this.#roleAt(at)),
      ...this.#resources(RESOURCE.policy, policy),
      ...this.#memberships(MEMBERSHIP.policy, policy),
      ...this.#permissions(PERMISSION.policy, policy),
    ]
  }

  restrictionOf(role: Id): readonly string[] {
    return this.#rows.restrictions.get(role)?.cidrs ?? []
  }

  #resources(column: number, id: Id): readonly ResourceRow[] {
    return this.#records(this.#rows.resources, column, id).map((at) => this.#resourceAt(at))
  }

  #memberships(column: number, id: Id): readonly MembershipRow[] {
    return this.#records(this.#rows.memberships, column, id).map((at) => this.#membershipAt(at))
  }

  #permissions(column: number, id: Id): readonly PermissionRow[] {
    return this.#records(this.#rows.permissions, column, id).map((at) => this.#permissionAt(at))
  }

  #records(relation: Relation, column: number, id: Id): readonly number[] {
    return relation.list(column, this.#rows.ids.find(id))
  }

  #roleAt(record: number): RoleRow {
    const { roles, ids } = this.#rows
    return {
      table: 'role',
      id: ids.text(roles.get(record, ROLE.id)),
      ...this.#policy(roles.get(record, ROLE.policy)),
    }
  }

  #resourceAt(record: number): ResourceRow {
    const { resources, ids } = this.#rows
    return {
      table: 'resource',
      id: ids.text(resources.get(record, RESOURCE.id)),
      owner: ids.text(resources.get(record, RESOURCE.owner)),
      ...this.#policy(resources.get(record, RESOURCE.policy)),
    }
  }

  #membershipAt(record: number): MembershipRow {
    const { memberships, ids } = this.#rows
    return {
      table: 'membership',
      role: ids.text(memberships.get(record, MEMBERSHIP.role)),
      member: ids.text(memberships.get(record, MEMBERSHIP.member)),
      ownership: memberships.get(record, MEMBERSHIP.ownership) === 1,
      admin: memberships.get(record, MEMBERSHIP.admin) === 1,
      ...this.#policy(memberships.get(record, MEMBERSHIP.policy)),
    }
  }

  #permissionAt(record: number): PermissionRow {
    const { permissions, ids, privileges } = this.#rows
    return {
      table: 'permission',
      resource: ids.text(permissions.get(record, PERMISSION.resource)),
      role: ids.text(permissions.get(record, PERMISSION.role)),
      privilege: privileges.text(permissions.get(record, PERMISSION.privilege)),
      ...this.#policy(permissions.get(record, PERMISSION.policy)),
    }
  }

  #policy(number: number): { readonly policy?: Id } {
    return number === NONE ? {} : { policy: this.#rows.ids.text(number) }
  }
}
