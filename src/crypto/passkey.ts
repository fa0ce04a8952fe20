import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { assertionIn, orRefused, refusedPasskey, registrationIn } from './passkey-answer.ts'

/** Whom passkeys are made for (WebAuthn Level 3, 5.1.3): they work at this origin and nowhere else. */
export interface RelyingParty {
  /** The host of the origin. */
  readonly id: string
  readonly origin: string
}

/** What one ceremony asks an authenticator for. */
export interface PasskeyChallenge {
  readonly party: RelyingParty
  /** Random bytes that the authenticator signs. */
  readonly challenge: Uint8Array
  /** How long the browser waits for the person, in milliseconds. */
  readonly timeout: number
}

/** A passkey that is known. */
export interface KnownPasskey {
  /** Base64url. */
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
}

/** What an authenticator has shown of a passkey. */
export interface ShownPasskey extends KnownPasskey {
  /** Whether it is kept in more than one place. */
  readonly backedUp: boolean
  /** Whether it never leaves the device that holds it. */
  readonly isBound: boolean
}

/** Whose passkey is made. */
export interface PasskeyOwner {
  /** At most 64 bytes; authenticators keep it, and one passkey for each. */
  readonly handle: Uint8Array<ArrayBuffer>
  /** What the authenticator shows. */
  readonly name: string
}

/** The options and the answers of the browser, in the JSON forms of WebAuthn Level 3, 5.1. */
export type CreationOptions = PublicKeyCredentialCreationOptionsJSON
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON

/** ES256, EdDSA and RS256 (RFC 8152, RFC 8812): what authenticators have. */
const ALGORITHMS = [-7, -8, -257]

/** The longest credential id, in bytes (WebAuthn Level 3, 6.5.1), and the longest public key that is taken: RSA of 4096 bits needs half. */
const LONGEST_ID = 1023
const LONGEST_KEY = 1024

/** Loaded when it is needed, like all that reads ASN.1: it takes longer to load than the rest of the server. */
const loadLibrary = (): Promise<typeof import('@simplewebauthn/server')> =>
  import('@simplewebauthn/server')

/**
 * What a browser needs to make a passkey for `owner`, who has `known` already. No attestation is asked for: which make of device somebody has
 * is nobody's business here.
 */
export async function creationOptions(
  { party, challenge, timeout }: PasskeyChallenge,
  owner: PasskeyOwner,
  known: readonly KnownPasskey[],
): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await loadLibrary()
  return generateRegistrationOptions({
    rpName: 'Strongroom',
    rpID: party.id,
    userID: owner.handle,
    userName: owner.name,
    userDisplayName: owner.name,
    challenge: Uint8Array.from(challenge),
    timeout,
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    excludeCredentials: known.map(descriptorOf),
  })
}

/** What a browser needs to prove one of the passkeys `known`. */
export async function requestOptions(
  { party, challenge, timeout }: PasskeyChallenge,
  known: readonly KnownPasskey[],
): Promise<RequestOptions> {
  const { generateAuthenticationOptions } = await loadLibrary()
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: Uint8Array.from(challenge),
    timeout,
    userVerification: 'required',
    allowCredentials: known.map(descriptorOf),
  })
}

const descriptorOf = ({
  credentialId,
  transports,
}: KnownPasskey): { readonly id: string; readonly transports: string[] } => ({
  id: credentialId,
  transports: [...transports],
})

/**
 * The passkey that a browser says was made (WebAuthn Level 3, 7.1). Throws `mfa_refused` unless it was made for this challenge, at this origin
 * and by a person whom the authenticator verified; why not is in the cause.
 */
export async function madePasskey(
  { party, challenge }: Omit<PasskeyChallenge, 'timeout'>,
  answer: unknown,
): Promise<ShownPasskey> {
  const { verifyRegistrationResponse } = await loadLibrary()
  const response: RegistrationResponseJSON = await registrationIn(answer)
  const { registrationInfo } = await orRefused(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: Buffer.from(challenge).toString('base64url'),
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  )
  if (registrationInfo === undefined) throw refusedPasskey('the attestation does not verify')
  const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
  const isTooLong =
    Buffer.from(credential.id, 'base64url').length > LONGEST_ID ||
    credential.publicKey.length > LONGEST_KEY
  if (isTooLong) throw refusedPasskey('the credential is larger than any that there is')
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: response.response.transports ?? [],
    backedUp: credentialBackedUp,
    isBound: credentialDeviceType === 'singleDevice',
  }
}

/**
 * The one of `known` that a browser has proven, as it is now (WebAuthn Level 3, 7.2). Throws `mfa_refused` like {@link madePasskey}, and when its
 * counter did not grow.
 */
export async function provenPasskey(
  { party, challenge }: Omit<PasskeyChallenge, 'timeout'>,
  known: readonly KnownPasskey[],
  answer: unknown,
): Promise<ShownPasskey> {
  const { verifyAuthenticationResponse } = await loadLibrary()
  const response: AuthenticationResponseJSON = await assertionIn(answer)
  const passkey = known.find(({ credentialId }) => credentialId === response.id)
  if (passkey === undefined) throw refusedPasskey('the passkey is none of this person')
  const { verified, authenticationInfo } = await orRefused(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: Buffer.from(challenge).toString('base64url'),
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.from(passkey.publicKey),
        counter: passkey.counter,
      },
    }),
  )
  if (!verified) throw refusedPasskey('the signature does not verify')
  return {
    ...passkey,
    counter: authenticationInfo.newCounter,
    backedUp: authenticationInfo.credentialBackedUp,
    isBound: authenticationInfo.credentialDeviceType === 'singleDevice',
  }
}
