import { identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { shown } from './problems.ts'
import type { Span } from './source.ts'
import type { Annotation, Text } from './statement.ts'
import type { RecordVocabulary } from './vocabulary.ts'

/** A name in the policy, resolved. */
export interface Reference {
  readonly id: Id
  readonly at: Span
}

/** A declared record with every name resolved. */
export interface ResolvedRecord {
  readonly type: RecordVocabulary
  readonly id: Id
  readonly at: Span
  readonly owner: Id
  /** The owner as the record names it; `undefined` when it belongs to the policy around it. */
  readonly namedOwner: Reference | undefined
  readonly annotations: readonly Annotation[]
  readonly restrictedTo: readonly string[]
  readonly publicKeys: readonly Text[]
  readonly layers: readonly Reference[]
}

/** A resolved statement about roles. */
export interface ResolvedGrant {
  readonly kind: 'grant' | 'revoke'
  readonly at: Span
  readonly roles: readonly Reference[]
  readonly members: readonly { readonly role: Reference; readonly admin: boolean }[]
}

/** A resolved statement about privileges. */
export interface ResolvedPermit {
  readonly kind: 'permit' | 'deny'
  readonly at: Span
  readonly roles: readonly Reference[]
  readonly privileges: readonly Text[]
  readonly resources: readonly Reference[]
}

/** One statement of a policy, flat and with every name resolved. */
export type ResolvedStatement =
  | { readonly kind: 'record'; readonly record: ResolvedRecord }
  | ResolvedGrant
  | ResolvedPermit
  | { readonly kind: 'delete'; readonly at: Span; readonly record: Reference }

/** An id as messages print it: `host factory 'x'`. */
export const printedId = (id: Id): string =>
  `${kindOf(id).replaceAll('_', ' ')} '${shown(identifierOf(id))}'`
