import type { AccessWorld } from '#domain/access.ts'
import type {
  AnnotationRow,
  Change,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
} from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations, World } from '#domain/world.ts'
import type { PolicyRow } from './desired.ts'
import { isOf, keyOf, TABLES } from './row-key.ts'
import type { Span } from './source.ts'

/** What happened to one row: as it was before the load, and as it will be after it. */
interface Entry {
  readonly before: PolicyRow | undefined
  after: PolicyRow | undefined
  /** Whether the row as it was is gone, even when one with the same key takes its place. */
  gone: boolean
  /** The statement that asked for it. */
  at: Span | undefined
}

/** A membership that a load adds, with the statement that asks for it. */
export interface AddedMembership {
  readonly row: MembershipRow
  readonly at: Span
}

/** The world as it will be: the one that is loaded now, and over it what a plan has changed so far. */
export class Draft implements AccessWorld {
  readonly #world: World
  readonly #annotations: Annotations
  readonly #entries = new Map<string, Entry>()
  /** The rows put so far under every id that they mention; made when it is asked for, dropped when a row is put. */
  #mentions: ReadonlyMap<Id, readonly PolicyRow[]> | undefined

  constructor(world: World, annotations: Annotations) {
    this.#world = world
    this.#annotations = annotations
  }

  role(id: Id): RoleRow | undefined {
    return this.#current(`role ${id}`, 'role', () => this.#world.role(id))
  }

  resource(id: Id): ResourceRow | undefined {
    return this.#current(`resource ${id}`, 'resource', () => this.#world.resource(id))
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    const key = keyOf({ table: 'membership', role, member, ownership, admin: false })
    return this.#current(key, 'membership', () => this.#world.membership(role, member, ownership))
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    const key = keyOf({ table: 'permission', resource, role, privilege })
    return this.#current(key, 'permission', () => this.#world.permission(resource, role, privilege))
  }

  /** The annotations of a resource go with it: one that is made anew has none. */
  annotation(resource: Id, name: string): AnnotationRow | undefined {
    const key = keyOf({ table: 'annotation', resource, name, value: '' })
    return this.#current(key, 'annotation', () =>
      this.#isGone(`resource ${resource}`) ? undefined : this.#annotations.of(resource).get(name),
    )
  }

  /** The addresses that a role may act from go with it, too. */
  restrictionOf(role: Id): readonly string[] {
    return this.#isGone(`role ${role}`) ? [] : this.#world.restrictionOf(role)
  }

  /** Whether a role is put that was not there, or not this one. */
  isNewRole(id: Id): boolean {
    const entry = this.#entries.get(`role ${id}`)
    return entry?.after !== undefined && (entry.before === undefined || entry.gone)
  }

  membersOf(role: Id): readonly MembershipRow[] {
    const put = this.#put(role, 'membership').filter((row) => row.role === role)
    return this.#merged(this.#world.membersOf(role), put)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    const put = this.#put(member, 'membership').filter((row) => row.member === member)
    return this.#merged(this.#world.membershipsOf(member), put)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    const put = this.#put(resource, 'permission').filter((row) => row.resource === resource)
    return this.#merged(this.#world.permissionsOn(resource), put)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    const put = this.#put(role, 'permission').filter((row) => row.role === role)
    return this.#merged(this.#world.permissionsOf(role), put)
  }

  /** The resources that `role` owns. */
  ownedBy(role: Id): readonly Id[] {
    const loaded = [...this.#world.ownedBy(role)].flatMap((id) => this.resource(id) ?? [])
    const put = this.#put(role, 'resource')
    return this.#merged(loaded, put)
      .filter(({ owner }) => owner === role)
      .map(({ id }) => id)
  }

  /** The rows of `policy` that were there before the load and still are. */
  loadedThrough(policy: Id): readonly PolicyRow[] {
    const rows = [...this.#world.loadedThrough(policy)].filter(
      (row) => row.table !== 'credential' && row.table !== 'enablement',
    )
    return this.#merged(rows, [])
  }

  /** The annotations that were loaded through `policy`. */
  annotationsThrough(policy: Id): readonly AnnotationRow[] {
    return this.#merged(this.#annotations.loadedThrough(policy), [])
  }

  /** Adds a row, or replaces the one with its key; `at` is the statement that asks for it. */
  put(row: PolicyRow, at: Span): void {
    this.#mentions = undefined
    const entry = this.#entry(row)
    entry.after = row
    entry.at = at
  }

  /** Takes a row away; it must be there. What depends on it is the caller's concern. */
  remove(row: PolicyRow): void {
    const entry = this.#entry(row)
    entry.after = undefined
    entry.gone = entry.before !== undefined
  }

  /** The memberships that were not there. */
  addedMemberships(): readonly AddedMembership[] {
    return [...this.#entries.values()].flatMap(({ before, after: row, gone, at }) => {
      const isNew = before === undefined || gone
      return isNew && row?.table === 'membership' && at !== undefined ? [{ row, at }] : []
    })
  }

  /**
   * What leads from the world to the draft, in an order in which it can be applied row by row. What mentions roles and
   * resources goes before they go and comes after they have come; a row goes before one with its key comes; and a
   * resource that changes its owner does so before the old one goes.
   */
  changes(): readonly Change[] {
    const entries = [...this.#entries.values()]
    const removals = entries.flatMap(({ before, after, gone }) =>
      before !== undefined && (after === undefined || gone) ? [{ before, after }] : [],
    )
    const lists = removals.filter(
      ({ before: { table } }) => table !== 'role' && table !== 'resource',
    )
    const nodes = [
      ...removals.filter(({ before: { table } }) => table === 'resource'),
      ...removals.filter(({ before: { table } }) => table === 'role'),
    ]
    return [
      ...lists.map(removalOf),
      ...nodes.filter(({ after }) => after !== undefined).map(removalOf),
      ...TABLES.flatMap((table) => entries.flatMap((entry) => arrivalOf(entry, table))),
      ...nodes.filter(({ after }) => after === undefined).map(removalOf),
    ]
  }

  #current<T extends PolicyRow['table']>(
    key: string,
    table: T,
    load: () => (PolicyRow & { table: T }) | undefined,
  ): (PolicyRow & { table: T }) | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return load()
    return entry.after !== undefined && isOf(entry.after, table) ? entry.after : undefined
  }

  #entry(row: PolicyRow): Entry {
    const key = keyOf(row)
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const entry: Entry = { before: this.#loaded(row), after: undefined, gone: false, at: undefined }
    this.#entries.set(key, entry)
    return entry
  }

  /** The row with the same key before the load. */
  #loaded(row: PolicyRow): PolicyRow | undefined {
    switch (row.table) {
      case 'role':
        return this.#world.role(row.id)
      case 'resource':
        return this.#world.resource(row.id)
      case 'membership':
        return this.#world.membership(row.role, row.member, row.ownership)
      case 'permission':
        return this.#world.permission(row.resource, row.role, row.privilege)
      case 'annotation':
        return this.annotation(row.resource, row.name)
      case 'restriction':
        return this.#restriction(row.role)
    }
  }

  #restriction(role: Id): PolicyRow | undefined {
    const cidrs = this.restrictionOf(role)
    return cidrs.length === 0 ? undefined : { table: 'restriction', role, cidrs }
  }

  #isGone(key: string): boolean {
    const entry = this.#entries.get(key)
    return entry !== undefined && (entry.gone || entry.before === undefined)
  }

  /** The loaded rows that are still there, as they are now, and the put ones; each once. */
  #merged<T extends PolicyRow>(loaded: Iterable<T>, put: readonly T[]): readonly T[] {
    const rows = [...loaded].filter((row) => !this.#entries.has(keyOf(row)))
    return rows.concat(put)
  }

  #put<T extends PolicyRow['table']>(id: Id, table: T): readonly (PolicyRow & { table: T })[] {
    const mentions = (this.#mentions ??= this.#indexed())
    return (mentions.get(id) ?? []).filter(
      (row): row is PolicyRow & { table: T } => isOf(row, table) && this.#isCurrent(row),
    )
  }

  /** Whether a row that was put has not been removed since. */
  #isCurrent(row: PolicyRow): boolean {
    return this.#entries.get(keyOf(row))?.after === row
  }

  #indexed(): ReadonlyMap<Id, readonly PolicyRow[]> {
    const index = new Map<Id, PolicyRow[]>()
    for (const { after } of this.#entries.values()) {
      if (after === undefined) continue
      for (const id of mentionedBy(after)) {
        const rows = index.get(id)
        if (rows === undefined) index.set(id, [after])
        else rows.push(after)
      }
    }
    return index
  }
}

const removalOf = ({ before }: { before: PolicyRow }): Change => ({ op: 'remove', row: before })

function arrivalOf(entry: Entry, table: PolicyRow['table']): readonly Change[] {
  const { before, after: row, gone } = entry
  if (row?.table !== table) return []
  if (before === undefined || gone) return [{ op: 'add', row }]
  return contentOf(before) === contentOf(row) ? [] : [{ op: 'change', row }]
}

/** What can change in a row whose key stays. */
function contentOf(row: PolicyRow): string {
  switch (row.table) {
    case 'role':
    case 'permission':
      return ''
    case 'resource':
      return row.owner
    case 'membership':
      return String(row.admin)
    case 'annotation':
      return row.value
    case 'restriction':
      return row.cidrs.join(' ')
  }
}

/** The ids under which the rows that depend on them are looked up, each once. */
function mentionedBy(row: PolicyRow): readonly Id[] {
  if (row.table === 'resource') return [row.owner]
  if (row.table === 'membership') return pair(row.role, row.member)
  return row.table === 'permission' ? pair(row.role, row.resource) : []
}

const pair = (one: Id, other: Id): readonly Id[] => (one === other ? [one] : [one, other])
