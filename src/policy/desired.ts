import type {
  AnnotationRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RestrictionRow,
  RoleRow,
} from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { Reference } from './resolved.ts'
import type { Source, Span } from './source.ts'

/** How a policy is loaded: by POST, PATCH or PUT (reference/conjur-api.md 4.5). */
export type Mode = 'add' | 'update' | 'replace'

/** The rows that a policy can ask for. */
export type PolicyRow =
  | RoleRow
  | ResourceRow
  | MembershipRow
  | PermissionRow
  | AnnotationRow
  | RestrictionRow

/** A row with the place of the statement that asks for it. */
export interface DesiredRow {
  readonly row: PolicyRow
  readonly at: Span
}

/** A statement that takes something away; the members of a list are statements of their own. */
export type Deletion =
  | { readonly kind: 'delete'; readonly at: Span; readonly record: Reference }
  | { readonly kind: 'revoke'; readonly at: Span; readonly role: Id; readonly member: Id }
  | {
      readonly kind: 'deny'
      readonly at: Span
      readonly resource: Id
      readonly role: Id
      readonly privilege: string
    }

/** Something that must exist, or that this very policy must declare. */
export interface RequiredReference extends Reference {
  readonly table: 'role' | 'resource'
}

/** The value of a public key, to be stored as a secret of `resource`. */
export interface PublicKey {
  readonly resource: Id
  readonly value: string
}

/** What a policy wants to be there, whatever is there now. */
export interface Desired {
  readonly account: string
  readonly target: Id
  readonly mode: Mode
  readonly source: Source
  /**
   * Roles first, then resources, memberships, permissions, annotations, restrictions; each in document order. The memberships are
   * the granted ones: those of owners follow from the resources. Every declared user and host has a restriction row, an
   * empty one when it may act from everywhere.
   */
  readonly rows: readonly DesiredRow[]
  /** In document order. */
  readonly deletions: readonly Deletion[]
  readonly publicKeys: readonly PublicKey[]
  /** The resources whose annotations the plan needs to know. */
  readonly resources: readonly Id[]
  readonly references: readonly RequiredReference[]
  readonly warnings: readonly string[]
}
