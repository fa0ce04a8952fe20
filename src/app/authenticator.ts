import type { Attribute, Condition } from '#domain/attestation.ts'
import type { Id } from '#domain/id.ts'
import type { AuthenticatorField } from './authenticator-field.ts'

/** What somebody presents to be recognised. */
export interface Proof {
  readonly account: string
  /** The name of the authenticator's instance: the part after `authn-jwt/`. Absent for a type of which there is only one. */
  readonly service?: string
  /** The login that the request names, when its path has one. */
  readonly login?: string
  readonly body: Uint8Array
  /** The parameters of the request's query, for proofs that come in it. */
  readonly parameters?: URLSearchParams
  /** The `Authorization` header, for proofs that come in it. */
  readonly authorization?: string
  /** The certificates of the client, DER, its own first, when the connection, or a proxy that is trusted for it, brought any. */
  readonly certificates?: readonly Uint8Array[]
  readonly clientIp: string
}

/**
 * The configuration of an instance: the variables below its webservice, and of the webservice's annotations those that the settings name.
 * A name that is missing is not declared; one whose value is `undefined` is declared but was never set.
 */
export type AuthenticatorSettings = ReadonlyMap<string, string | undefined>

/** A role, and what its resource says in its annotations. */
export interface Annotated {
  readonly role: Id
  readonly annotations: ReadonlyMap<string, string>
  /** The conditions among the annotations that are in our own spelling: those about what authenticators tell. */
  readonly stated: readonly Condition[]
  /** Whether it holds another role, as policy has it; absent where nobody knows, and then it holds none. */
  readonly holds?: (role: Id) => boolean
}

/** Who presented a proof, before anything is known of the role. */
export interface Recognised {
  readonly role: Id
  /** How long its access tokens live, in seconds, within what tokens may; as usual when absent. */
  readonly tokenSeconds?: number
  /**
   * What is known of whoever presented the proof, at least all that `conditions` are about: those of
   * {@link Authenticator.conditions} and those stated. It may ask elsewhere; what nobody can tell is left out, or refused.
   */
  attributes(
    role: Annotated,
    conditions: readonly Condition[],
  ): Promise<readonly Attribute[]> | readonly Attribute[]
}

/**
 * A way of recognising a workload or a person by what it is. It reads the proof and nothing of ours; whether the role exists, may
 * authenticate and is met by the proof is decided by the use-case around it. Throws a {@link Failure} whose message is a code and text of
 * reference/conjur-api.md 1.14; it reaches the log and the audit, and the caller sees 401.
 */
export interface Authenticator {
  /** `authn-jwt` and its like. */
  readonly type: string
  /** What configures an instance. */
  readonly settings: readonly AuthenticatorField[]
  /** What proves somebody when it is not in the request itself: the certificates of the connection. */
  readonly provenBy?: 'certificates'
  /** Who says which role it is about: the path of the request, or the proof itself, whose request then has no login. */
  namedBy(settings: AuthenticatorSettings): 'request' | 'proof'
  recognise(proof: Proof, settings: AuthenticatorSettings): Promise<Recognised>
  /**
   * Where people go to get a proof for an instance; absent when nobody is sent anywhere. Throws a {@link Failure} like
   * {@link Authenticator.recognise} when the instance cannot send anybody now.
   */
  invite?(
    instance: Pick<Proof, 'account' | 'service'>,
    settings: AuthenticatorSettings,
  ): Promise<Invitation>
  /**
   * What a role demands of whoever wants to be it, in Conjur's spelling or by its name, beside what it states. Throws `unauthorized` when that
   * is malformed, or when all together is less than the instance insists on.
   */
  conditions(
    instance: Pick<Proof, 'account' | 'service'>,
    settings: AuthenticatorSettings,
    role: Annotated,
  ): readonly Condition[]
  /**
   * What must hold for an instance to work, in this order, once its settings have values that can be such; absent when nothing can be
   * told without a proof.
   */
  checks?(
    instance: Pick<Proof, 'account' | 'service'>,
    settings: AuthenticatorSettings,
  ): readonly InstanceCheck[]
}

/** Where somebody can log in, and what they must keep for when they come back. */
export interface Invitation {
  /** What the place is called. */
  readonly name: string
  readonly url: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly state: string
}

/** One thing that must hold for an instance to work. */
export interface InstanceCheck {
  readonly name: string
  /** What to do when it does not hold: one sentence. */
  readonly hint: string
  /** Throws a {@link Failure} like {@link Authenticator.recognise} when it does not hold. */
  readonly run: () => Promise<void> | void
}
