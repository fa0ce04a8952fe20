import type { CredentialRow, RestrictionRow, Row } from './change.ts'
import type { Id } from './id.ts'
import { NONE } from './ints.ts'
import { Names } from './names.ts'
import { Relation } from './relation.ts'

/** The columns of {@link LoadedRows.roles}. */
export const ROLE = { id: 0, policy: 1 } as const
/** The columns of {@link LoadedRows.resources}. */
export const RESOURCE = { id: 0, owner: 1, policy: 2 } as const
/** The columns of {@link LoadedRows.memberships}. */
export const MEMBERSHIP = { role: 0, member: 1, ownership: 2, admin: 3, policy: 4 } as const
/** The columns of {@link LoadedRows.permissions}. */
export const PERMISSION = { resource: 0, role: 1, privilege: 2, policy: 3 } as const

/**
 * The rows of all accounts but annotations and enablements, as integers. The state depends on nothing but which row was put last under each
 * key, so putting or removing a row again changes nothing.
 *
 * Nothing here decides anything: a row may mention roles and resources that have no row of their own.
 */
export class LoadedRows {
  readonly ids: Names<Id> = new Names()
  readonly privileges: Names<string> = new Names()

  readonly roles: Relation = new Relation(1, [
    { names: this.ids },
    { names: this.ids, listed: true },
  ])
  readonly resources: Relation = new Relation(1, [
    { names: this.ids },
    { names: this.ids, listed: true },
    { names: this.ids, listed: true },
  ])
  readonly memberships: Relation = new Relation(3, [
    { names: this.ids, listed: true },
    { names: this.ids, listed: true },
    {},
    {},
    { names: this.ids, listed: true },
  ])
  readonly permissions: Relation = new Relation(3, [
    { names: this.ids, listed: true },
    { names: this.ids, listed: true },
    { names: this.privileges },
    { names: this.ids, listed: true },
  ])

  readonly restrictions: Map<Id, RestrictionRow> = new Map()
  readonly credentials: Map<Id, CredentialRow> = new Map()

  /** Adds the row, in place of the one with the same key. */
  put(row: Row): void {
    switch (row.table) {
      case 'role':
        this.roles.put([this.ids.number(row.id), this.#policyOf(row)])
        break
      case 'resource':
        this.resources.put([
          this.ids.number(row.id),
          this.ids.number(row.owner),
          this.#policyOf(row),
        ])
        break
      case 'membership':
        this.memberships.put([
          this.ids.number(row.role),
          this.ids.number(row.member),
          Number(row.ownership),
          Number(row.admin),
          this.#policyOf(row),
        ])
        break
      case 'permission':
        this.permissions.put([
          this.ids.number(row.resource),
          this.ids.number(row.role),
          this.privileges.number(row.privilege),
          this.#policyOf(row),
        ])
        break
      case 'restriction':
        this.restrictions.set(row.role, row)
        break
      case 'credential':
        this.credentials.set(row.role, row)
        break
      case 'annotation':
      case 'enablement':
        break
    }
  }

  /** Removes the row that has the key of `row`, whatever else it says; a role takes its restriction and credential along. */
  remove(row: Row): void {
    switch (row.table) {
      case 'role':
        this.restrictions.delete(row.id)
        this.credentials.delete(row.id)
        this.roles.remove(this.findRole(row.id))
        break
      case 'resource':
        this.resources.remove(this.findResource(row.id))
        break
      case 'membership':
        this.memberships.remove(this.findMembership(row.role, row.member, row.ownership))
        break
      case 'permission':
        this.permissions.remove(this.findPermission(row.resource, row.role, row.privilege))
        break
      case 'restriction':
        this.restrictions.delete(row.role)
        break
      case 'credential':
        this.credentials.delete(row.role)
        break
      case 'annotation':
      case 'enablement':
        break
    }
  }

  /** The record of a role, `NONE` when it has no row; and so for the other three. */
  findRole(id: Id): number {
    return this.roles.find([this.ids.find(id)])
  }

  findResource(id: Id): number {
    return this.resources.find([this.ids.find(id)])
  }

  findMembership(role: Id, member: Id, ownership: boolean): number {
    return this.memberships.find([this.ids.find(role), this.ids.find(member), Number(ownership)])
  }

  findPermission(resource: Id, role: Id, privilege: string): number {
    return this.permissions.find([
      this.ids.find(resource),
      this.ids.find(role),
      this.privileges.find(privilege),
    ])
  }

  #policyOf(row: { readonly policy?: Id }): number {
    return row.policy === undefined ? NONE : this.ids.number(row.policy)
  }
}
