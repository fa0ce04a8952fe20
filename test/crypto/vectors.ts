import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { SigningKey, VerificationKey } from '#crypto/signing-key.ts'
import vectors from '../vectors/conjur-tokens.json' with { type: 'json' }

/** Made by an independent implementation of the token format; see the note in the file. */
export const token: typeof vectors.slosilo_token = vectors.slosilo_token

export const blob: typeof vectors.aes_gcm_blob = vectors.aes_gcm_blob

export const apiKey: typeof vectors.api_key = vectors.api_key

export const signingKey: SigningKey = {
  kid: token.kid,
  privateKey: createPrivateKey(token.private_key_pem),
}

export const verificationKey: VerificationKey = {
  kid: token.kid,
  publicKey: createPublicKey(token.private_key_pem),
}

/** Knows the key of the vectors and no other. */
export const keyOf = (kid: string): VerificationKey | undefined =>
  kid === token.kid ? verificationKey : undefined
