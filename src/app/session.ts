import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { containsAddress } from '#lib/cidr.ts'
import { Failure } from '#lib/failure.ts'

/** Where a request comes from: what the audit says of it, whoever asks. */
export interface Origin {
  readonly clientIp: string
  /** The id of the request, which the answer, the log and the audit share. */
  readonly request: string
}

/** That the bearer of a token proved a second factor when it was issued, or before. */
export interface ProvenFactor {
  /** How, in the words of RFC 8176 section 2: `otp`, `hwk`, `swk`, `mfa`. */
  readonly methods: readonly string[]
  /** Seconds since 1970. */
  readonly provenAt: number
  /** How many seconds that was ago when the token was read; below zero when the clock of the node that issued it was ahead. */
  readonly age: number
}

/** Who asks, as a verified access token says: nothing here has been held against the graph yet. */
export interface Session extends Origin {
  readonly role: Id
  /** The account of the role. */
  readonly account: string
  /** The generation of the role's credential under which the token was issued. */
  readonly generation: string
  /** Seconds since 1970 at which the token was issued. */
  readonly issuedAt: number
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number
  /** The addresses to which the token itself is bound, if any (the `cidr` claim). */
  readonly cidrs: readonly string[]
  /** Absent when the token says nothing of a second factor. */
  readonly factor?: ProvenFactor
}

/**
 * Throws `token_invalid` when the role of the session is gone or its credential has changed since the token was issued, and
 * `address_rejected` when the role or the token may not be used from this address. So a deleted role, a rotated key and a
 * changed `restricted_to` end every token at once, on every node.
 */
export function mustBeCurrent(graph: RoleGraph, session: Session): void {
  if (graph.credential(session.role)?.generation !== session.generation) {
    throw new Failure('token_invalid', 'Unauthorized: Invalid token')
  }
  mustComeFrom(session.cidrs, session)
  mustComeFrom(graph.restrictionOf(session.role), session)
}

/** Throws `address_rejected` unless the origin lies in `cidrs`; an empty list restricts nothing. */
export function mustComeFrom(cidrs: readonly string[], { clientIp }: Origin): void {
  if (cidrs.length > 0 && !containsAddress(cidrs, clientIp)) {
    throw new Failure('address_rejected', 'IP address rejected')
  }
}
