import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'

/** The private half of an account's token key, with the id that tokens name it by. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** The public half of an account's token key, with the id that tokens name it by. */
export interface VerificationKey {
  readonly kid: string
  readonly publicKey: KeyObject
}

/** A signing key as it was just made, with the public half in the form that storage keeps. */
export interface NewSigningKey extends SigningKey {
  readonly publicKeyPem: string
}

const generatePair = promisify(generateKeyPair)

/** A new RSA-2048 key: the only kind that the token format knows (reference/conjur-api.md 2.1). */
export async function generateSigningKey(): Promise<NewSigningKey> {
  const { privateKey, publicKey } = await generatePair('rsa', { modulusLength: 2048 })
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { kid: keyIdOf(publicKey), privateKey, publicKeyPem }
}

/**
 * The signing key of a Conjur server: PKCS #1, as its key store has it (reference/conjur-api.md 2.1). The caller zeroes `der`. Throws
 * Node's error on anything else.
 */
export function importPkcs1Key(der: Uint8Array): NewSigningKey {
  const privateKey = createPrivateKey({
    key: Buffer.from(der.buffer, der.byteOffset, der.length),
    format: 'der',
    type: 'pkcs1',
  })
  const publicKey = createPublicKey(privateKey)
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { kid: keyIdOf(publicKey), privateKey, publicKeyPem }
}

/** The private key in PKCS #8, to be sealed and then zeroed by the caller. */
export const exportPrivateKey = (key: KeyObject): Buffer =>
  key.export({ type: 'pkcs8', format: 'der' })

/** The signing key that {@link exportPrivateKey} wrote; the caller zeroes `der`. Throws Node's error on anything else. */
export function importPrivateKey(der: Uint8Array): SigningKey {
  const privateKey = createPrivateKey({
    key: Buffer.from(der.buffer, der.byteOffset, der.length),
    format: 'der',
    type: 'pkcs8',
  })
  return { kid: keyIdOf(createPublicKey(privateKey)), privateKey }
}

/** The verification key of a PEM text; throws Node's error when it is none. */
export function importPublicKey(pem: string): VerificationKey {
  const publicKey = createPublicKey(pem)
  return { kid: keyIdOf(publicKey), publicKey }
}

/** The id of a public key: SHA-256 of its SubjectPublicKeyInfo in lower-case hex (reference/conjur-api.md 2.1). */
export const keyIdOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
