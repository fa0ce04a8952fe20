/** The shapes of the bodies about authenticators (reference/conjur-api.md 1.13, 6.2). */

/** An authenticator of the v2 API. */
export interface AuthenticatorBody {
  /** Without `authn-`. */
  readonly type: string
  readonly branch: string
  readonly name: string
  readonly enabled: boolean
  readonly owner: { readonly id: string; readonly kind: string }
  /** Its variables, as far as the caller may read them. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** `GET /authenticators/:account`. */
export interface AuthenticatorListBody {
  readonly authenticators: readonly AuthenticatorBody[]
  readonly count: number
}

/** The body of `POST /authenticators/:account`. */
export interface NewAuthenticatorBody {
  readonly type: string
  readonly name: string
  readonly enabled?: boolean
  readonly owner?: { readonly id: string; readonly kind: string }
  readonly data?: unknown
  readonly annotations?: Readonly<Record<string, string>>
}

/** The status of an authenticator; on any status of HTTP. */
export interface AuthenticatorStatusBody {
  readonly status: 'ok' | 'error'
  readonly error?: string
  /** Ours: what was checked, up to the first thing that is wrong. */
  readonly checks?: readonly unknown[]
}

/** The body of `POST /:authenticator/:service/:account/explain`. */
export interface RecognitionQuestionBody {
  /** `kind:id`, or a full id. */
  readonly role: string
  /** The body with which somebody would authenticate as it. */
  readonly proof?: string
  /** The IP address from which they would. */
  readonly source_address?: string
}

/** What becomes of a login, step by step. */
export interface RecognitionBody {
  readonly role: string
  readonly outcome: 'recognised' | 'refused' | 'unproven'
  readonly checks: readonly RecognitionCheckBody[]
  readonly conditions: readonly RecognitionConditionBody[]
  /** Everything that is known of whoever presented the proof. */
  readonly attributes: readonly {
    readonly name: string
    readonly values: readonly string[]
    readonly source: string
  }[]
}

/** One step of a login. */
export interface RecognitionCheckBody {
  readonly name: string
  readonly result: 'ok' | 'failed' | 'skipped'
  readonly error?: string
  readonly hint?: string
}

/** One thing that the role demands, and how it came out. */
export interface RecognitionConditionBody {
  readonly attribute: string
  readonly outcome: 'passed' | 'failed' | 'missing' | 'unknown'
  /** Texts, and patterns behind `glob:`, one of which it must be. */
  readonly expected: readonly string[]
  /** The annotation that demands it, mostly. */
  readonly stated_by: string
  /** Who vouches for the attribute. */
  readonly source?: string
  readonly values: readonly string[]
}

/** What becomes of an authority that is there already when another one is made. */
export type PreviousAuthority = 'refuse' | 'replace' | 'keep'

/** An authority that was made, without its key. */
export interface MadeAuthorityBody {
  /** PEM. */
  readonly certificate: string
  /** SHA-256 of it, upper-case hex with colons. */
  readonly fingerprint: string
  /** When it ends, ISO 8601. */
  readonly not_after: string
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether `value` is an authenticator. */
export const isAuthenticator = (value: unknown): value is AuthenticatorBody =>
  isMembers(value) &&
  typeof value['type'] === 'string' &&
  typeof value['name'] === 'string' &&
  typeof value['enabled'] === 'boolean'

/** Whether `value` is a list of authenticators. */
export const isAuthenticatorList = (value: unknown): value is AuthenticatorListBody =>
  isMembers(value) &&
  Array.isArray(value['authenticators']) &&
  value['authenticators'].every(isAuthenticator) &&
  typeof value['count'] === 'number'

/** Whether `value` is the status of an authenticator. */
export const isAuthenticatorStatus = (value: unknown): value is AuthenticatorStatusBody =>
  isMembers(value) && (value['status'] === 'ok' || value['status'] === 'error')

/** Whether `value` is an authority that was made. */
export const isMadeAuthority = (value: unknown): value is MadeAuthorityBody =>
  isMembers(value) &&
  ['certificate', 'fingerprint', 'not_after'].every((name) => typeof value[name] === 'string')

const OUTCOMES: ReadonlySet<unknown> = new Set(['recognised', 'refused', 'unproven'])

/** Whether `value` explains a login. */
export const isRecognition = (value: unknown): value is RecognitionBody =>
  isMembers(value) &&
  typeof value['role'] === 'string' &&
  OUTCOMES.has(value['outcome']) &&
  ['checks', 'conditions', 'attributes'].every(
    (name) => Array.isArray(value[name]) && value[name].every(isMembers),
  )
