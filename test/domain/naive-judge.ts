import type {
  Change,
  CredentialRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Census, ResourceFilter, RoleGraph } from '#domain/role-graph.ts'

/**
 * What `RoleGraph` must answer, written for reading: a list of rows and the sentences of reference/conjur-api.md 5.2, each
 * evaluated afresh from all rows. A role or a resource exists if it has a row; what does not exist has no rights.
 */
export class NaiveJudge implements Pick<RoleGraph, keyof RoleGraph> {
  rows: readonly Row[] = []

  constructor(rows: Iterable<Row>) {
    this.apply(Array.from(rows, (row) => ({ op: 'add', row })))
  }

  apply(changes: Iterable<Change>): void {
    for (const { op, row } of changes) {
      const key = keyOf(row)
      this.rows = this.rows.filter((old) => old.table !== row.table || keyOf(old) !== key)
      if (op !== 'remove' && row.table !== 'annotation' && row.table !== 'enablement')
        this.rows = [...this.rows, row]
      if (op === 'remove' && row.table === 'role') this.rows = withoutPossessions(this.rows, row.id)
    }
  }

  allowed(role: Id, privilege: string, resource: Id): boolean {
    const closure = this.#closure(role)
    const target = this.resource(resource)
    if (target === undefined) return false
    return (
      closure.includes(target.owner) ||
      this.permissionsOn(resource).some(
        (permission) => permission.privilege === privilege && closure.includes(permission.role),
      )
    )
  }

  visible(role: Id, resource: Id): boolean {
    const closure = this.#closure(role)
    const target = this.resource(resource)
    if (target === undefined) return false
    return (
      closure.includes(target.owner) ||
      this.permissionsOn(resource).some((permission) => closure.includes(permission.role))
    )
  }

  holds(role: Id, held: Id): boolean {
    return this.#closure(role).includes(held)
  }

  rolesHeldBy(role: Id): readonly Id[] {
    return this.#closure(role).toSorted()
  }

  rolesHolding(role: Id): readonly Id[] {
    return this.#table('role')
      .map(({ id }) => id)
      .filter((holder) => this.holds(holder, role))
      .toSorted()
  }

  permittedRoles(privilege: string, resource: Id): readonly Id[] {
    return this.#table('role')
      .map(({ id }) => id)
      .filter((role) => this.allowed(role, privilege, resource))
      .toSorted()
  }

  visibleTo(role: Id, filter: ResourceFilter): readonly Id[] {
    return this.#table('resource')
      .filter(({ id }) => this.visible(role, id))
      .filter(({ id }) => filter.account === undefined || accountOf(id) === filter.account)
      .filter(({ id }) => filter.kind === undefined || kindOf(id) === filter.kind)
      .filter(({ owner }) => filter.owners === undefined || filter.owners.has(owner))
      .map(({ id }) => id)
      .toSorted()
  }

  role(id: Id): RoleRow | undefined {
    return this.#table('role').find((row) => row.id === id)
  }

  resource(id: Id): ResourceRow | undefined {
    return this.#table('resource').find((row) => row.id === id)
  }

  resources(): readonly ResourceRow[] {
    return this.#table('resource')
  }

  credential(role: Id): CredentialRow | undefined {
    if (this.role(role) === undefined) return undefined
    return this.#table('credential').find((row) => row.role === role)
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    return this.membersOf(role).find((row) => row.member === member && row.ownership === ownership)
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    return this.permissionsOn(resource).find(
      (row) => row.role === role && row.privilege === privilege,
    )
  }

  membersOf(role: Id): readonly MembershipRow[] {
    return this.#table('membership').filter((row) => row.role === role)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    return this.#table('membership').filter((row) => row.member === member)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    return this.#table('permission').filter((row) => row.resource === resource)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    return this.#table('permission').filter((row) => row.role === role)
  }

  ownedBy(role: Id): readonly Id[] {
    return this.#table('resource')
      .filter(({ owner }) => owner === role)
      .map(({ id }) => id)
  }

  loadedThrough(policy: Id): readonly Row[] {
    return this.rows.filter((row) => 'policy' in row && row.policy === policy)
  }

  rolesWithoutResource(account: string): readonly RoleRow[] {
    return this.rows
      .flatMap((row) => (row.table === 'role' ? [row] : []))
      .filter(({ id }) => accountOf(id) === account && this.resource(id) === undefined)
      .toSorted((first, second) => (first.id < second.id ? -1 : 1))
  }

  resourcesUnder(account: string, prefix: string): readonly Id[] {
    return this.#table('resource')
      .map(({ id }) => id)
      .filter((id) => accountOf(id) === account && identifierOf(id).startsWith(prefix))
  }

  rowsAbout(account: string): readonly Row[] {
    return this.rows.filter(
      (row) =>
        row.table !== 'restriction' &&
        row.table !== 'credential' &&
        Object.entries(row).some(
          ([name, value]) => name !== 'policy' && String(value).startsWith(`${account}:`),
        ),
    )
  }

  census(): Census {
    const countsOf = (ids: readonly Id[]): ReadonlyMap<string, number> =>
      new Map([...Map.groupBy(ids, (id) => kindOf(id))].map(([kind, { length }]) => [kind, length]))
    return {
      roles: countsOf(this.#table('role').map(({ id }) => id)),
      resources: countsOf(this.#table('resource').map(({ id }) => id)),
    }
  }

  restrictionOf(role: Id): readonly string[] {
    return this.#table('restriction').find((row) => row.role === role)?.cidrs ?? []
  }

  /** `role` and every role that one of the roles found so far is a member of, as long as there are more. */
  #closure(role: Id): readonly Id[] {
    const found = this.role(role) === undefined ? [] : [role]
    for (const member of found) {
      for (const { role: held } of this.membershipsOf(member)) {
        if (this.role(held) !== undefined && !found.includes(held)) found.push(held)
      }
    }
    return found
  }

  #table<Table extends Row['table']>(table: Table): readonly (Row & { table: Table })[] {
    return this.rows.filter((row): row is Row & { table: Table } => row.table === table)
  }
}

const withoutPossessions = (rows: readonly Row[], role: Id): readonly Row[] =>
  rows.filter(
    (row) => !((row.table === 'credential' || row.table === 'restriction') && row.role === role),
  )

function keyOf(row: Row): string {
  switch (row.table) {
    case 'role':
    case 'resource':
      return JSON.stringify([row.table, row.id])
    case 'membership':
      return JSON.stringify([row.table, row.role, row.member, row.ownership])
    case 'permission':
      return JSON.stringify([row.table, row.resource, row.role, row.privilege])
    case 'annotation':
      return JSON.stringify([row.table, row.resource, row.name])
    case 'enablement':
      return JSON.stringify([row.table, row.resource])
    case 'restriction':
    case 'credential':
      return JSON.stringify([row.table, row.role])
  }
}
