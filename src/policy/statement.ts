import type { Span } from './source.ts'
import type { RecordVocabulary } from './vocabulary.ts'

/** A text with its place. */
export interface Text {
  readonly value: string
  readonly at: Span
}

/** An annotation as it is written. */
export interface Annotation {
  readonly name: Text
  readonly value: Text
}

/** A record: declared when it is a statement of its own, and referred to when it is part of another. */
export interface RecordNode {
  readonly type: RecordVocabulary
  readonly at: Span
  /** `undefined` when it has none or a blank one: it then takes the name of the policy around it. */
  readonly id: Text | undefined
  readonly account: Text | undefined
  /** Of `!role` and `!resource` alone. */
  readonly kind: Text | undefined
  readonly owner: RecordNode | undefined
  readonly annotations: readonly Annotation[]
  /** The addresses, normalised, from which it may act; none means everywhere. */
  readonly restrictedTo: readonly string[]
  readonly publicKeys: readonly Text[]
  readonly layers: readonly RecordNode[]
  readonly body: readonly Statement[]
}

/** Who is granted a role. */
export interface MemberNode {
  readonly role: RecordNode
  readonly admin: boolean
}

/** One statement of a policy as it is written, before its names are resolved. */
export type Statement =
  | { readonly kind: 'record'; readonly record: RecordNode }
  | {
      readonly kind: 'grant' | 'revoke'
      readonly at: Span
      readonly roles: readonly RecordNode[]
      readonly members: readonly MemberNode[]
    }
  | {
      readonly kind: 'permit' | 'deny'
      readonly at: Span
      readonly roles: readonly RecordNode[]
      readonly privileges: readonly Text[]
      readonly resources: readonly RecordNode[]
    }
  | { readonly kind: 'delete'; readonly at: Span; readonly record: RecordNode }
