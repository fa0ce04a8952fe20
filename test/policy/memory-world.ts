import type {
  AnnotationRow,
  Change,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from '#domain/change.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations, World } from '#domain/world.ts'

/** The key of a row, table included. */
export function rowKey(row: Row): string {
  switch (row.table) {
    case 'role':
    case 'resource':
      return `${row.table} ${row.id}`
    case 'membership':
      return `membership ${row.role} ${row.member} ${row.ownership}`
    case 'permission':
      return `permission ${row.resource} ${row.role} ${row.privilege}`
    case 'annotation':
      return `annotation ${row.resource} ${row.name}`
    case 'enablement':
      return `enablement ${row.resource}`
    case 'restriction':
    case 'credential':
      return `${row.table} ${row.role}`
  }
}

/**
 * A world over a plain list of rows, as strict as a database: a change that does not fit what is there, or a row that
 * mentions what is not there, throws.
 */
export class MemoryWorld implements World, Annotations {
  readonly #rows = new Map<string, Row>()

  constructor(rows: Iterable<Row> = []) {
    for (const row of rows) this.#rows.set(rowKey(row), row)
  }

  /** An account with its administrator and its root policy. */
  static account(account: string): MemoryWorld {
    const admin = adminOf(account)
    const root = rootPolicyOf(account)
    return new MemoryWorld([
      { table: 'role', id: admin },
      { table: 'resource', id: admin, owner: admin },
      { table: 'role', id: root },
      { table: 'resource', id: root, owner: admin },
      { table: 'membership', role: root, member: admin, ownership: true, admin: true },
    ])
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()]
  }

  /** All rows as sorted lines, for comparison. */
  get lines(): readonly string[] {
    return this.rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted()
  }

  apply(changes: Iterable<Change>): void {
    for (const { op, row } of changes) {
      const key = rowKey(row)
      if (this.#rows.has(key) === (op === 'add')) throw new Error(`cannot ${op} ${key}`)
      if (op === 'remove') this.#remove(key, row)
      else {
        this.#checkMentions(row)
        this.#rows.set(key, row)
      }
    }
    this.#checkAll()
  }

  role(id: Id): RoleRow | undefined {
    return this.#get('role', `role ${id}`)
  }

  resource(id: Id): ResourceRow | undefined {
    return this.#get('resource', `resource ${id}`)
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    return this.#get('membership', `membership ${role} ${member} ${ownership}`)
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    return this.#get('permission', `permission ${resource} ${role} ${privilege}`)
  }

  membersOf(role: Id): readonly MembershipRow[] {
    return this.#all('membership').filter((row) => row.role === role)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    return this.#all('membership').filter((row) => row.member === member)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    return this.#all('permission').filter((row) => row.resource === resource)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    return this.#all('permission').filter((row) => row.role === role)
  }

  ownedBy(role: Id): readonly Id[] {
    return this.#all('resource').flatMap(({ owner, id }) => (owner === role ? [id] : []))
  }

  restrictionOf(role: Id): readonly string[] {
    return this.#get('restriction', `restriction ${role}`)?.cidrs ?? []
  }

  of(resource: Id): ReadonlyMap<string, AnnotationRow> {
    const rows = this.#all('annotation').filter((row) => row.resource === resource)
    return new Map(rows.map((row) => [row.name, row]))
  }

  loadedThrough(policy: Id): Generator<AnnotationRow>
  loadedThrough(policy: Id): Generator<Row>
  *loadedThrough(policy: Id): Generator<Row> {
    for (const row of this.rows) if ('policy' in row && row.policy === policy) yield row
  }

  #get<T extends Row['table']>(table: T, key: string): (Row & { table: T }) | undefined {
    const row = this.#rows.get(key)
    return row !== undefined && isOf(row, table) ? row : undefined
  }

  #all<T extends Row['table']>(table: T): readonly (Row & { table: T })[] {
    return this.rows.filter((row) => isOf(row, table))
  }

  #remove(key: string, row: Row): void {
    this.#rows.delete(key)
    // What the plan need not list goes with its resource or role.
    for (const other of this.rows) {
      const isGone =
        (row.table === 'resource' && other.table === 'annotation' && other.resource === row.id) ||
        (row.table === 'role' && other.table === 'restriction' && other.role === row.id)
      if (isGone) this.#rows.delete(rowKey(other))
    }
  }

  #checkAll(): void {
    for (const row of this.rows) this.#checkMentions(row)
  }

  #checkMentions(row: Row): void {
    for (const [table, id] of mentions(row)) {
      if (!this.#rows.has(`${table} ${id}`))
        throw new Error(`${rowKey(row)} without ${table} ${id}`)
    }
  }
}

const isOf = <T extends Row['table']>(row: Row, table: T): row is Row & { table: T } =>
  row.table === table

const policyOf = (row: Row): readonly (readonly ['resource', Id])[] =>
  'policy' in row && row.policy !== undefined ? [['resource', row.policy]] : []

function mentions(row: Row): readonly (readonly ['role' | 'resource', Id])[] {
  const through = policyOf(row)
  switch (row.table) {
    case 'role':
      return through
    case 'resource':
      return [['role', row.owner], ...through]
    case 'membership':
      return [['role', row.role], ['role', row.member], ...through]
    case 'permission':
      return [['resource', row.resource], ['role', row.role], ...through]
    case 'annotation':
    case 'enablement':
      return [['resource', row.resource], ...through]
    case 'restriction':
    case 'credential':
      return [['role', row.role]]
  }
}
