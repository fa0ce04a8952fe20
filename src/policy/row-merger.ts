import type {
  AnnotationRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RestrictionRow,
  RoleRow,
} from '#domain/change.ts'
import { identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { quoted } from '#lib/failure.ts'
import type { Desired, DesiredRow } from './desired.ts'
import type { Draft } from './draft.ts'
import { printedId } from './resolved.ts'
import type { Span } from './source.ts'
import { Warnings } from './warnings.ts'

/**
 * Brings what a policy asks for into the draft (reference/conjur-api.md 4.5). What is missing is added. What is there with other
 * content changes if it was loaded through the same policy and the mode allows it; otherwise it stays as it is. `warnings` tells of each
 * statement that has no effect because of that, and of each that asks for what another policy has already.
 */
export class RowMerger {
  readonly warnings: Warnings = new Warnings()
  readonly #draft: Draft
  readonly #desired: Desired

  constructor(draft: Draft, desired: Desired) {
    this.#draft = draft
    this.#desired = desired
  }

  /** Merges one row. Rows must come in the order of {@link Desired.rows}. */
  merge({ row, at }: DesiredRow): void {
    switch (row.table) {
      case 'role':
        this.#role(row, at)
        break
      case 'resource':
        this.#resource(row, at)
        break
      case 'membership':
        this.#membership(row, at)
        break
      case 'permission':
        this.#permission(row, at)
        break
      case 'annotation':
        this.#annotation(row, at)
        break
      case 'restriction':
        this.#restriction(row, at)
    }
  }

  #role(row: RoleRow, at: Span): void {
    const existing = this.#draft.role(row.id)
    if (existing === undefined) this.#draft.put(row, at)
    // Of a role that is a resource, too, its resource tells.
    else if (this.#draft.resource(row.id) === undefined) {
      this.#mayChange(existing, { at, name: () => printedId(row.id), differs: false })
    }
  }

  #resource(row: ResourceRow, at: Span): void {
    const existing = this.#draft.resource(row.id)
    if (existing === undefined) {
      this.#draft.put(row, at)
      this.#own(row, at)
      return
    }
    const differs = existing.owner !== row.owner
    if (this.#mayChange(existing, { at, name: () => printedId(row.id), differs })) {
      const ownership = this.#draft.membership(row.id, existing.owner, true)
      if (ownership !== undefined) this.#draft.remove(ownership)
      this.#draft.put(row, at)
      this.#own(row, at)
    }
  }

  /** Who owns the resource of a role holds the role (reference/conjur-api.md 4.6). */
  #own({ id: role, owner: member, policy }: ResourceRow, at: Span): void {
    const isHeld = role === member || this.#draft.membership(role, member, true) !== undefined
    if (isHeld || this.#draft.role(role) === undefined) return
    const row = { table: 'membership', role, member, ownership: true, admin: true } as const
    this.#draft.put(policy === undefined ? row : { ...row, policy }, at)
  }

  #membership(row: MembershipRow, at: Span): void {
    const existing = this.#draft.membership(row.role, row.member, row.ownership)
    const name = (): string => `the grant of ${printedId(row.role)} to ${printedId(row.member)}`
    const differs = existing?.admin !== row.admin
    if (existing === undefined || this.#mayChange(existing, { at, name, differs })) {
      this.#draft.put(row, at)
    }
  }

  #permission(row: PermissionRow, at: Span): void {
    const existing = this.#draft.permission(row.resource, row.role, row.privilege)
    const name = (): string =>
      `the permission to ${row.privilege} ${printedId(row.resource)} for ${printedId(row.role)}`
    if (existing === undefined) this.#draft.put(row, at)
    else this.#mayChange(existing, { at, name, differs: false })
  }

  #annotation(row: AnnotationRow, at: Span): void {
    const existing = this.#draft.annotation(row.resource, row.name)
    const name = (): string => `annotation ${quoted(row.name)} of ${printedId(row.resource)}`
    const differs = existing?.value !== row.value
    if (existing === undefined || this.#mayChange(existing, { at, name, differs })) {
      this.#draft.put(row, at)
    }
  }

  /** Where a role may act from is its own policy's to say. */
  #restriction(row: RestrictionRow, at: Span): void {
    const existing = this.#draft.restrictionOf(row.role)
    const { mode, target } = this.#desired
    const cidrs = mode === 'add' ? [...new Set([...existing, ...row.cidrs])] : row.cidrs
    if (haveSameItems(existing, cidrs)) return
    const role = this.#draft.role(row.role)
    if (role?.policy !== target) {
      const name = (): string => `where ${printedId(row.role)} may act from`
      this.#mayChange(role ?? {}, { at, name, differs: true })
    } else if (cidrs.length === 0) {
      this.#draft.remove({ ...row, cidrs: existing })
    } else this.#draft.put({ ...row, cidrs }, at)
  }

  /** Whether a row that is there is to change; warns when its statement has no effect. */
  #mayChange(existing: { readonly policy?: Id }, { at, name, differs }: Statement): boolean {
    const { mode, target, source } = this.#desired
    const { policy } = existing
    if (policy === target && (!differs || mode !== 'add')) return differs
    this.warnings.add(() => {
      const { line } = source.position(at.start)
      return policy === target
        ? `Line ${line}: ${name()} is already defined otherwise; adding to the policy does not change it`
        : `Line ${line}: ${name()} is already defined${through(policy)}; this statement has no effect`
    })
    return false
  }
}

/** What a statement says of a row that is there. */
interface Statement {
  readonly at: Span
  readonly name: () => string
  /** Whether it says anything else than what is there. */
  readonly differs: boolean
}

const through = (policy: Id | undefined): string =>
  policy === undefined
    ? ' outside of all policies'
    : ` through policy ${quoted(identifierOf(policy))}`

function haveSameItems(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(some)
  return set.size === new Set(others).size && others.every((item) => set.has(item))
}
