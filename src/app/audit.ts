/**
 * One line of the audit trail: who did what to what, from where, and how it ended. It never holds a secret, a token, a
 * key or a request body. The kinds and operations are those of reference/conjur-api.md 7.4.
 */
export interface AuditEvent {
  /** When the outcome was known, ISO 8601 in UTC with milliseconds. */
  readonly at: string
  /** The id of the request, the same that the answer and the log carry. */
  readonly request: string
  readonly account: string
  readonly kind:
    | 'authn'
    | 'fetch'
    | 'update'
    | 'check'
    | 'list'
    | 'resource'
    | 'role'
    | 'members'
    | 'membership'
    | 'api-key'
    | 'password'
    | 'policy'
    | 'identity-check'
    | 'account'
    | 'audit'
    | 'branch'
    | 'authenticator'
    | 'host-factory'
    | 'public-keys'
    | 'certificate'
    | 'issuer'
    | 'factor'
    | 'variable'
  /** The verb: `authenticate`, `login`, `fetch`, `update`, `add`, `remove`, `change`, … */
  readonly operation: string
  readonly result: 'success' | 'failure'
  /** Who asked: a role, or for a failed login the name that was tried. */
  readonly user: string
  readonly clientIp: string
  /** What it was done to. */
  readonly subject: Readonly<Record<string, string | number | boolean>>
  /** How what is known of whoever authenticates was held against what their role demands. */
  readonly attestation?: readonly AttributeFinding[]
  /** Why it was refused, as the operator may know it. The caller may have been told less. */
  readonly reason?: string
}

/** How one condition on an attribute came out. Its values are what somebody is, and never a secret. */
export interface AttributeFinding {
  readonly attribute: string
  readonly outcome: 'passed' | 'failed' | 'missing'
  /** What states the condition: the name of an annotation, mostly. */
  readonly statedBy: string
  /** Who vouches for the attribute; absent when nobody does. */
  readonly source?: string
  readonly values?: readonly string[]
}

/** The trail. */
export interface Audit {
  /** Resolves once the events are durable; throws `unavailable` when that cannot be reached in time. */
  record(events: readonly AuditEvent[]): Promise<void>
}
