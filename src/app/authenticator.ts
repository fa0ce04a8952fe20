import type { Id } from '#domain/id.ts'

/** What somebody presents to be recognised. */
export interface Proof {
  readonly account: string
  /** The id of the authenticator's instance: the part after `authn-jwt/`. */
  readonly service: string
  /** The login that the request names, when its path has one. */
  readonly login?: string
  readonly body: Uint8Array
  readonly clientIp: string
}

/**
 * The configuration of an instance: the variables below its webservice. A name that is missing is not declared; one
 * whose value is `undefined` is declared but was never set.
 */
export type AuthenticatorSettings = ReadonlyMap<string, string | undefined>

/** Who presented a proof, before anything is known of the role. */
export interface Recognised {
  readonly role: Id
  /** Throws unless the annotations of the role's resource agree with the proof. */
  confirm(annotations: ReadonlyMap<string, string>): void
}

/**
 * A way of recognising a workload or a person by what it is. It reads the proof and nothing of ours; whether the role exists
 * and may authenticate is decided by the use-case around it. Throws a {@link Failure} whose message is a code and text of
 * reference/conjur-api.md 1.14; it reaches the log and the audit, and the caller sees 401.
 */
export interface Authenticator {
  /** `authn-jwt` and its like. */
  readonly type: string
  /** The names of the variables that configure an instance. */
  readonly settings: readonly string[]
  recognise(proof: Proof, settings: AuthenticatorSettings): Promise<Recognised>
  /** What must hold for an instance to work, in this order; absent when nothing can be told without a proof. */
  checks?(
    instance: Pick<Proof, 'account' | 'service'>,
    settings: AuthenticatorSettings,
  ): readonly InstanceCheck[]
}

/** One thing that must hold for an instance to work. */
export interface InstanceCheck {
  readonly name: string
  /** What to do when it does not hold: one sentence. */
  readonly hint: string
  /** Throws a {@link Failure} like {@link Authenticator.recognise} when it does not hold. */
  readonly run: () => Promise<void> | void
}

/** The only way out of the server: GET over HTTP(S) with limits on address, size and time, and no redirects. */
export interface Outbound {
  /** The body of `url`; throws `unreachable` when it cannot be had, or `forbidden` when the address is not one we call. */
  get(url: string, options?: { readonly caPem?: string }): Promise<Uint8Array>
}
