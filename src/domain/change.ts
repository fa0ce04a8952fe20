import type { Id } from './id.ts'

/**
 * The currency of authorization: what is loaded is a set of rows, a policy load is a list of changes to rows, and the same
 * list is what storage persists, what the epoch log carries to other nodes, what the graph applies, what a dry run
 * prints and what the audit records.
 *
 * `policy` is the policy resource *through which* a row was loaded (reference/conjur-api.md 4.5); absent when it came
 * another way.
 */
export type Row =
  | RoleRow
  | ResourceRow
  | MembershipRow
  | PermissionRow
  | AnnotationRow
  | RestrictionRow
  | CredentialRow
  | EnablementRow

/** Something that may hold privileges. Its key is `id`. */
export interface RoleRow {
  readonly table: 'role'
  readonly id: Id
  readonly policy?: Id
}

/** Something that privileges are held on. Its key is `id`. */
export interface ResourceRow {
  readonly table: 'resource'
  readonly id: Id
  readonly owner: Id
  readonly policy?: Id
}

/**
 * `member` holds `role`. Its key is (role, member, ownership): the row which ownership of a resource implies
 * stands beside one that was granted.
 */
export interface MembershipRow {
  readonly table: 'membership'
  readonly role: Id
  readonly member: Id
  readonly ownership: boolean
  /** Shown by the API and loaded by policy; no decision depends on it (reference/conjur-api.md 5.2). */
  readonly admin: boolean
  readonly policy?: Id
}

/** `role` may do `privilege` to `resource`. The three are its key. */
export interface PermissionRow {
  readonly table: 'permission'
  readonly resource: Id
  readonly role: Id
  readonly privilege: string
  readonly policy?: Id
}

/**
 * A named text on a resource. Its key is (resource, name). The graph does not hold annotations, but those by which a resource demands a
 * second factor (factor-demand.ts).
 */
export interface AnnotationRow {
  readonly table: 'annotation'
  readonly resource: Id
  readonly name: string
  readonly value: string
  readonly policy?: Id
}

/** The addresses (CIDR) from which a user or host may act; none means everywhere. Its key is `role`. */
export interface RestrictionRow {
  readonly table: 'restriction'
  readonly role: Id
  readonly cidrs: readonly string[]
}

/**
 * A user or host can authenticate. Its key is `role`. Tokens carry the generation under which they were issued;
 * a token of any other generation is refused, so what changes a credential changes this.
 */
export interface CredentialRow {
  readonly table: 'credential'
  readonly role: Id
  readonly generation: string
}

/**
 * Whether the authenticator whose webservice `resource` is may be used in its account. Its key is `resource`, with which it goes. The
 * graph does not hold it.
 */
export interface EnablementRow {
  readonly table: 'enablement'
  readonly resource: Id
  readonly enabled: boolean
}

/** One step of a load. `change` carries the row as it will be; `remove` the row as it was. */
export interface Change {
  readonly op: 'add' | 'change' | 'remove'
  readonly row: Row
}
