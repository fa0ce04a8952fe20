/** The shapes of the bodies about who may do what and why (docs/reference/extensions.md), and what recognises them. */

/**
 * A way in which a role may use a resource: itself, then what each is a member of, up to the role that owns the resource or to
 * which the privilege is permitted. `null` stands for one or more roles that the caller may not know of.
 */
export interface AccessPathBody {
  readonly ground: 'owner' | 'permission'
  readonly path: readonly (string | null)[]
}

/** `GET /access/…?role=…`. */
export interface AccessExplanationBody {
  readonly role: string
  readonly privilege: string
  readonly resource: string
  readonly allowed: boolean
  readonly paths: readonly AccessPathBody[]
  /** What the role may do to the resource; `*` alone for its owner. */
  readonly privileges: readonly string[]
  /** Roles that may do it by themselves. */
  readonly granted: readonly string[]
  /** Whether there are others of them, which the caller may not know of. */
  readonly hides_others: boolean
  /** The second factor that the role needs besides; absent when none is demanded of it. */
  readonly second_factor?: {
    /** How many seconds ago it may have been proven. */
    readonly within: number
    /** Whether the caller lacks it; absent when the question is about somebody else. */
    readonly missing?: boolean
  }
}

/** One element of {@link AccessListBody}. */
export interface AccessEntryBody extends AccessPathBody {
  readonly role: string
}

/** `GET /access/…`. */
export interface AccessListBody {
  readonly privilege: string
  readonly resource: string
  readonly roles: readonly AccessEntryBody[]
  /** Whether there are others that the caller may not know of. */
  readonly hides_others: boolean
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(is)

const isText = (value: unknown): boolean => typeof value === 'string'

const isPath = (value: unknown): value is Members =>
  isMembers(value) &&
  (value['ground'] === 'owner' || value['ground'] === 'permission') &&
  isListOf(value['path'], (role) => role === null || isText(role))

/** Whether `value` explains access. */
export const isAccessExplanation = (value: unknown): value is AccessExplanationBody =>
  isMembers(value) &&
  isText(value['role']) &&
  typeof value['allowed'] === 'boolean' &&
  isListOf(value['paths'], isPath) &&
  isListOf(value['privileges'], isText) &&
  isListOf(value['granted'], isText) &&
  isNeededFactor(value['second_factor'])

const isNeededFactor = (value: unknown): boolean =>
  value === undefined || (isMembers(value) && typeof value['within'] === 'number')

/** Whether `value` lists access. */
export const isAccessList = (value: unknown): value is AccessListBody =>
  isMembers(value) &&
  typeof value['hides_others'] === 'boolean' &&
  isListOf(value['roles'], (entry) => isPath(entry) && isText(entry['role']))
