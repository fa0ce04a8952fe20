import { constants, createHash, privateEncrypt, publicDecrypt, randomBytes } from 'node:crypto'
import { Failure } from '#lib/failure.ts'
import { mustBeClaims, type AccessClaims } from './access-claims.ts'
import type { SigningKey, VerificationKey } from './signing-key.ts'

// The format is Slosilo's, version 2 (reference/conjur-api.md 2.1). Its signature is not RS256: PKCS #1 v1.5 padding of
// type 1 goes over the bare digest, without the DigestInfo that names the hash, so that JOSE libraries cannot check it.

const ALGORITHM = 'conjur.org/slosilo/v2'
const SALT_BYTES = 32
/** The life of a token that does not state one, in seconds (reference/conjur-api.md 2.2). */
const DEFAULT_LIFE = 480

/** What a token that this server issues says: who, from when until when, and under which credential. */
export interface IssuedClaims {
  /** Seconds since 1970. */
  readonly iat: number
  /** The login. */
  readonly sub: string
  /** Seconds since 1970. */
  readonly exp: number
  /** The only addresses from which it may be used. */
  readonly cidr?: readonly string[]
  /** The generation of the role's credential: the token ends with it (`CredentialRow` in domain/change.ts). */
  readonly jti?: string
  /** How a second factor was proven (RFC 8176), and when, in seconds since 1970: both or neither. */
  readonly amr?: readonly string[]
  readonly auth_time?: number
}

/** A token that was verified, and the key that did it. */
export interface VerifiedToken<Key> {
  readonly claims: AccessClaims
  readonly key: Key
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** A token as it travels: three parts, each in URL-safe base64 with padding. */
export interface AccessToken {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** The token of `claims`; on the wire it is compact JSON. `salt` is random unless a test vector sets it. */
export function signToken(
  claims: IssuedClaims,
  key: SigningKey,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): AccessToken {
  const { iat, sub, exp, cidr, jti, amr, auth_time: provenAt } = claims
  const header = encodeJson({ alg: ALGORITHM, kid: key.kid })
  const payload = encodeJson({
    iat,
    sub,
    exp,
    ...(cidr === undefined ? {} : { cidr }),
    ...(jti === undefined ? {} : { jti }),
    ...(amr === undefined ? {} : { amr }),
    ...(provenAt === undefined ? {} : { auth_time: provenAt }),
  })
  const sealed = privateEncrypt(
    { key: key.privateKey, padding: constants.RSA_PKCS1_PADDING },
    digestOf(salt, header, payload),
  )
  const signature = encodePart(Buffer.concat([sealed, salt]))
  return { protected: header, payload, signature }
}

/**
 * The claims of `token` (its JSON or its compact form) if a key that `keyOf` knows signed it and it has not expired at
 * `now`, in milliseconds since 1970. Whether the role exists, the address may use it and the credential still stands is for
 * the caller to decide. Throws `token_invalid` with the literal text of reference/conjur-api.md 1.2.
 */
export function verifyToken<Key extends VerificationKey>(
  token: string,
  keyOf: (kid: string) => Key | undefined,
  now: number,
): VerifiedToken<Key> {
  const parts = partsOf(token)
  const header = decodePart(parts.protected)
  const payload = decodePart(parts.payload)
  const key = signerOf(header, keyOf)
  mustBeSigned(parts, header, payload, key)
  const claims = mustBeClaims(parseJson(payload))
  const expiresAt = (claims.exp ?? claims.iat + DEFAULT_LIFE) * 1000
  if (now >= expiresAt) throw invalid()
  return { claims, key, expiresAt }
}

function signerOf<Key>(header: Buffer, keyOf: (kid: string) => Key | undefined): Key {
  const fields = parseJson(header)
  if (!isRecord(fields) || fields['alg'] !== ALGORITHM) throw invalid()
  const key = typeof fields['kid'] === 'string' ? keyOf(fields['kid']) : undefined
  if (key === undefined) throw invalid()
  return key
}

/** Signed is the padded form of what was decoded, so that a token which lost its padding on the way is still good. */
function mustBeSigned(
  parts: AccessToken,
  header: Buffer,
  payload: Buffer,
  key: VerificationKey,
): void {
  const signature = decodePart(parts.signature)
  const sealed = signature.subarray(0, -SALT_BYTES)
  const salt = signature.subarray(-SALT_BYTES)
  const expected = digestOf(salt, encodePart(header), encodePart(payload))
  if (!recoverDigest(sealed, key).equals(expected)) throw invalid()
}

function recoverDigest(sealed: Buffer, { publicKey }: VerificationKey): Buffer {
  try {
    return publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, sealed)
  } catch (cause) {
    throw invalid({ cause })
  }
}

const digestOf = (salt: Uint8Array, header: string, payload: string): Buffer =>
  createHash('sha256').update(salt).update(`${header}.${payload}`).digest()

function partsOf(token: string): AccessToken {
  const compact = /^([\w=-]+)\.([\w=-]+)\.([\w=-]+)$/.exec(token)
  if (compact !== null) {
    const [, header = '', payload = '', signature = ''] = compact
    return { protected: header, payload, signature }
  }
  const parsed = parseJson(token)
  if (!isToken(parsed)) throw invalid()
  return parsed
}

const isToken = (value: unknown): value is AccessToken =>
  isRecord(value) &&
  ['protected', 'payload', 'signature'].every((part) => typeof value[part] === 'string')

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function parseJson(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString())
  } catch {
    // The error quotes what it read, and what is a cause gets into the log.
    throw new Failure('token_invalid', 'Malformed authorization token')
  }
}

const encodeJson = (value: unknown): string => encodePart(Buffer.from(JSON.stringify(value)))

const encodePart = (bytes: Buffer): string =>
  bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')

const decodePart = (part: string): Buffer => Buffer.from(part, 'base64url')

const invalid = (options?: ErrorOptions): Failure =>
  new Failure('token_invalid', 'Unauthorized: Invalid token', options)
