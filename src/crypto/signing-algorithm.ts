import type { KeyObject } from 'node:crypto'

/** By what a key signs. */
export type Algorithm =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string }
  | { readonly name: 'ECDSA'; readonly namedCurve: string; readonly hash: string }
  | { readonly name: 'Ed25519' }

/** The curves that are taken, by their OpenSSL names; each with the hash of its strength. */
const CURVES: Readonly<Record<string, Algorithm>> = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
}

/** In bits: below the first they are broken one day, above the second checking a signature costs too much. */
const RSA_BITS = { fewest: 2048, most: 8192 } as const

/** By what a key signs; `undefined` for a kind or size of key that is not taken. */
export function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): Algorithm | undefined {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec') return CURVES[namedCurve]
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519' }
  const isSound = modulusLength >= RSA_BITS.fewest && modulusLength <= RSA_BITS.most
  return asymmetricKeyType === 'rsa' && isSound
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : undefined
}
