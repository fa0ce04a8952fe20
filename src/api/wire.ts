/**
 * The shapes of the HTTP API's bodies (reference/conjur-api.md 1.3 to 1.10, 2.1), and the predicates with which a client
 * makes sure that an answer has them before it trusts a member.
 */

/** An access token as the server issues it: three members of URL-safe base64 with padding. */
export interface AccessTokenBody {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** What a token's payload says: seconds since 1970. Without `exp` a token lives {@link DEFAULT_TOKEN_SECONDS}. */
export interface TokenClaims {
  readonly iat: number
  readonly exp?: number
  readonly sub: string
}

/** How long a token without `exp` lives. */
export const DEFAULT_TOKEN_SECONDS = 480

/** The body of a refusal; a 403 and most 401 have none. */
export interface ErrorBody {
  readonly error: { readonly code: string | number; readonly message: string }
}

/** `GET /whoami`. */
export interface WhoAmIBody {
  readonly client_ip: string
  readonly user_agent: string
  readonly account: string
  readonly username: string
  readonly token_issued_at: string
}

/** `GET /secrets`: the values by full id, each base64 when the answer says so. */
export type BatchBody = Readonly<Record<string, string>>

/** `POST`, `PATCH` and `PUT /policies/…`. */
export interface PolicyLoadBody {
  readonly created_roles: Readonly<
    Record<string, { readonly id: string; readonly api_key: string }>
  >
  readonly version: number
  readonly warnings?: readonly string[]
}

/** The same with `dryRun=true`; an invalid policy answers 422 with this body. */
export interface DryRunBody {
  readonly status: 'Valid YAML' | 'Invalid YAML'
  readonly errors?: readonly {
    readonly line: number
    readonly column: number
    readonly message: string
  }[]
}

/** One element of `GET /resources`; further members depend on its kind. */
export interface ResourceBody {
  readonly id: string
  readonly owner: string
}

/** `GET /resources?count=true`. */
export interface CountBody {
  readonly count: number
}

/** One line of the audit trail on the wire. */
export interface AuditEventBody {
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly request: string
  readonly account: string
  readonly kind: string
  readonly operation: string
  readonly result: 'success' | 'failure'
  /** A role's id, or the name that a failed login tried. */
  readonly user: string
  readonly clientIp: string
  readonly subject: Readonly<Record<string, string | number | boolean>>
  readonly reason?: string
}

/** One element of `GET /audit/:account`, which answers newest first. */
export interface AuditEntryBody {
  readonly id: number
  readonly event: AuditEventBody
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areStrings = (value: unknown, names: readonly string[]): value is Members =>
  isMembers(value) && names.every((name) => typeof value[name] === 'string')

/** Whether `value` has the three members of an access token. */
export const isAccessToken = (value: unknown): value is AccessTokenBody =>
  areStrings(value, ['protected', 'payload', 'signature'])

/** Whether `value` says when a token was issued and to whom. */
export const isTokenClaims = (value: unknown): value is TokenClaims =>
  areStrings(value, ['sub']) &&
  typeof value['iat'] === 'number' &&
  (value['exp'] === undefined || typeof value['exp'] === 'number')

/** Whether `value` is the body of a refusal. */
export const isErrorBody = (value: unknown): value is ErrorBody =>
  isMembers(value) && areStrings(value['error'], ['message'])

/** Whether `value` answers `GET /whoami`. */
export const isWhoAmI = (value: unknown): value is WhoAmIBody =>
  areStrings(value, ['client_ip', 'account', 'username'])

/** Whether every member of `value` is a text. */
export const isBatch = (value: unknown): value is BatchBody =>
  isMembers(value) && Object.values(value).every((member) => typeof member === 'string')

/** Whether `value` answers a load of a policy. */
export const isPolicyLoad = (value: unknown): value is PolicyLoadBody =>
  isMembers(value) && isMembers(value['created_roles']) && typeof value['version'] === 'number'

/** Whether `value` answers a dry run of a policy. */
export const isDryRun = (value: unknown): value is DryRunBody =>
  isMembers(value) && (value['status'] === 'Valid YAML' || value['status'] === 'Invalid YAML')

/** Whether `value` is a list of resources. */
export const isResourceList = (value: unknown): value is readonly ResourceBody[] =>
  Array.isArray(value) && value.every((resource) => areStrings(resource, ['id', 'owner']))

/** Whether `value` is a number of resources. */
export const isCount = (value: unknown): value is CountBody =>
  isMembers(value) && typeof value['count'] === 'number'

const isAuditEntry = (value: unknown): value is AuditEntryBody =>
  isMembers(value) &&
  typeof value['id'] === 'number' &&
  areStrings(value['event'], ['at', 'kind', 'operation', 'result', 'user', 'clientIp']) &&
  isMembers(value['event']['subject'])

/** Whether `value` is a stretch of the audit trail. */
export const isAuditTrail = (value: unknown): value is readonly AuditEntryBody[] =>
  Array.isArray(value) && value.every(isAuditEntry)
