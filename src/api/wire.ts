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

/** `POST /secrets/values`: like `GET /secrets`, with room for a thousand ids. */
export interface BatchRequestBody {
  /** Full ids. */
  readonly variable_ids: readonly string[]
  /** Whether to answer with what may be read ({@link PartialBatchBody}) instead of refusing all. */
  readonly partial?: boolean
}

/** A batch that was asked for with `partial`: for each id its value, as text or as base64, or why there is none. */
export type PartialBatchBody = Readonly<
  Record<string, { readonly value: string } | { readonly base64: string } | UnreadableBody>
>

/**
 * Why there is no value: nothing is there that the caller may read, a second factor is missing, what is there was altered in the database, or
 * its issuer did not make it.
 */
export type UnreadableBody =
  | { readonly error: 'forbidden-or-absent' | 'corrupt' | 'not-issued' }
  | {
      readonly error: 'mfa-required'
      /** What is demanded, and what to do. */
      readonly message: string
      /** How many seconds ago the factor may have been proven; absent for hosts, which have none. */
      readonly max_age?: number
    }

/** `POST`, `PATCH` and `PUT /policies/…`. */
export interface PolicyLoadBody {
  readonly created_roles: Readonly<
    Record<string, { readonly id: string; readonly api_key: string }>
  >
  readonly version: number
  readonly warnings?: readonly string[]
}

/** One element of `GET /resources`; further members depend on its kind. */
export interface ResourceBody {
  readonly id: string
  readonly owner: string
}

/** `GET /roles/…`. */
export interface RoleBody {
  readonly created_at: string
  readonly id: string
  readonly policy?: string
  readonly members: readonly MembershipBody[]
}

/** One element of `GET /roles/…?members` and of `?memberships`: that `member` holds `role`. */
export interface MembershipBody {
  readonly admin_option: boolean
  /** Whether it follows from owning the role. */
  readonly ownership: boolean
  readonly role: string
  readonly member: string
  readonly policy?: string
}

/** One element of `GET /roles/…?graph`: that `child` holds `parent`. */
export interface RoleEdgeBody {
  readonly parent: string
  readonly child: string
}

/** `GET /resources?count=true`, and the same of roles. */
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
  readonly attestation?: readonly AttributeFindingBody[]
  readonly reason?: string
}

/** How one condition on what somebody is came out. */
export interface AttributeFindingBody {
  readonly attribute: string
  readonly outcome: 'passed' | 'failed' | 'missing'
  /** What states the condition: an annotation, mostly. */
  readonly statedBy: string
  /** Who vouches for the attribute. */
  readonly source?: string
  readonly values?: readonly string[]
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

/** The body of a refusal of the v2 API (reference/conjur-api.md 1.4). */
export interface V2ErrorBody {
  /** The status as a text. */
  readonly code: string
  readonly message: string
}

/** Whether `value` is the body of a refusal of the v2 API. */
export const isV2Error = (value: unknown): value is V2ErrorBody =>
  areStrings(value, ['code', 'message'])

/** Whether `value` answers `GET /whoami`. */
export const isWhoAmI = (value: unknown): value is WhoAmIBody =>
  areStrings(value, ['client_ip', 'account', 'username'])

/** Whether every member of `value` is a text. */
export const isBatch = (value: unknown): value is BatchBody =>
  isMembers(value) && Object.values(value).every((member) => typeof member === 'string')

/** Whether each member of `value` is a value or a reason why there is none. */
export const isPartialBatch = (value: unknown): value is PartialBatchBody =>
  isMembers(value) &&
  Object.values(value).every(
    (member) =>
      areStrings(member, ['value']) || areStrings(member, ['base64']) || isUnreadable(member),
  )

const isUnreadable = (member: unknown): boolean =>
  areStrings(member, ['error']) &&
  (member['error'] !== 'mfa-required' || areStrings(member, ['message']))

/** Whether `value` answers a load of a policy. */
export const isPolicyLoad = (value: unknown): value is PolicyLoadBody =>
  isMembers(value) && isMembers(value['created_roles']) && typeof value['version'] === 'number'

/** Whether `value` is a resource. */
export const isResource = (value: unknown): value is ResourceBody =>
  areStrings(value, ['id', 'owner'])

/** Whether `value` is a list of resources. */
export const isResourceList = (value: unknown): value is readonly ResourceBody[] =>
  Array.isArray(value) && value.every(isResource)

const isMembership = (value: unknown): value is MembershipBody =>
  areStrings(value, ['role', 'member']) && typeof value['ownership'] === 'boolean'

/** Whether `value` is a list of memberships. */
export const isMembershipList = (value: unknown): value is readonly MembershipBody[] =>
  Array.isArray(value) && value.every(isMembership)

/** Whether `value` is a role with its members. */
export const isRole = (value: unknown): value is RoleBody =>
  areStrings(value, ['id', 'created_at']) && isMembershipList(value['members'])

/** Whether `value` is a list of edges between roles. */
export const isRoleGraph = (value: unknown): value is readonly RoleEdgeBody[] =>
  Array.isArray(value) && value.every((edge) => areStrings(edge, ['parent', 'child']))

/** Whether `value` is a list of ids. */
export const isIdList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((id) => typeof id === 'string')

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
