import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import type { CreationOptions, RequestOptions } from '#crypto/passkey.ts'

/** What an authenticator and its browser do otherwise than they should. */
export interface Deviation {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  /** What the browser was asked for. */
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly isUserVerified?: boolean
  readonly isUserPresent?: boolean
  /** The counter that it shows, instead of one more than last time. */
  readonly counter?: number
  /** What attests the device, instead of nothing. */
  readonly attestation?: { readonly format: string; readonly statement: Cbor }
  /** What is changed in the bytes that were signed. */
  readonly tamper?: (signature: Buffer) => Buffer
}

/** How an authenticator is made. */
export interface SoftAuthenticatorOptions {
  /** Where people are, as the browser sees it. */
  readonly origin: string
  /** Whether its keys are kept in more than one place. */
  readonly isSynced?: boolean
  /** What its key is; ES256 unless this says otherwise. */
  readonly algorithm?: 'ES256' | 'EdDSA' | 'RS256'
  /** Whether it counts its signatures; it does unless this says no. */
  readonly counts?: boolean
}

/** An authenticator that holds one passkey, and the browser that speaks to it: what they answer is JSON, as it reaches the server. */
export interface SoftAuthenticator {
  readonly credentialId: string
  create(options: CreationOptions, deviation?: Deviation): Record<string, unknown>
  get(options: RequestOptions, deviation?: Deviation): Record<string, unknown>
  /** Another one with the same key and the same counter. */
  clone(): SoftAuthenticator
}

/** The values of CBOR (RFC 8949) that we need. */
export type Cbor =
  | number
  | string
  | Uint8Array
  | readonly Cbor[]
  | ReadonlyMap<number | string, Cbor>

/** The encoding of RFC 8949 section 3. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return withHead(3, Buffer.from(value))
  if (value instanceof Uint8Array) return withHead(2, value)
  if ('get' in value) {
    const entries = [...value].map(([key, inner]) => Buffer.concat([cbor(key), cbor(inner)]))
    return Buffer.concat([head(5, entries.length), ...entries])
  }
  return Buffer.concat([head(4, value.length), ...value.map(cbor)])
}

const withHead = (major: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([head(major, bytes.length), bytes])

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.of((major << 5) | count)
  if (count < 256) return Buffer.of((major << 5) | 24, count)
  return Buffer.of((major << 5) | 25, count >> 8, count & 0xff)
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

interface Algorithm {
  readonly generate: () => { readonly privateKey: KeyObject }
  /** Labels and values in turn (RFC 9053 section 7, RFC 8230 section 4). */
  readonly cose: (key: JsonWebKey) => readonly (number | Buffer)[]
  readonly hash: 'sha256' | null
}

const ALGORITHMS: Readonly<Record<NonNullable<SoftAuthenticatorOptions['algorithm']>, Algorithm>> =
  {
    ES256: {
      generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      cose: ({ x, y }: JsonWebKey) => [1, 2, 3, -7, -1, 1, -2, bytesOf(x), -3, bytesOf(y)],
      hash: 'sha256',
    },
    EdDSA: {
      generate: () => generateKeyPairSync('ed25519'),
      cose: ({ x }: JsonWebKey) => [1, 1, 3, -8, -1, 6, -2, bytesOf(x)],
      hash: null,
    },
    RS256: {
      generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
      cose: ({ n, e }: JsonWebKey) => [1, 3, 3, -257, -1, bytesOf(n), -2, bytesOf(e)],
      hash: 'sha256',
    },
  }

function coseKey({ algorithm = 'ES256', privateKey }: Kept): Buffer {
  const members = ALGORITHMS[algorithm].cose(createPublicKey(privateKey).export({ format: 'jwk' }))
  const pairs = members.flatMap((key, index): [number, Cbor][] =>
    index % 2 === 0 ? [[Number(key), members[index + 1] ?? 0]] : [],
  )
  return cbor(new Map(pairs))
}

/** An authenticator with a new key. */
export function softAuthenticator(options: SoftAuthenticatorOptions): SoftAuthenticator {
  const { privateKey } = ALGORITHMS[options.algorithm ?? 'ES256'].generate()
  return authenticatorWith({ ...options, privateKey, id: randomBytes(32) }, 0)
}

interface Kept extends SoftAuthenticatorOptions {
  readonly privateKey: KeyObject
  readonly id: Buffer
}

function authenticatorWith(kept: Kept, start: number): SoftAuthenticator {
  const { privateKey, id, algorithm = 'ES256', counts = true } = kept
  let counter = start
  const credentialId = id.toString('base64url')
  const next = ({ counter: forced }: Deviation): number => {
    counter = forced ?? (counts ? counter + 1 : 0)
    return counter
  }
  const answer = (response: Record<string, unknown>): Record<string, unknown> => ({
    id: credentialId,
    rawId: credentialId,
    type: 'public-key',
    clientExtensionResults: {},
    authenticatorAttachment: 'platform',
    response,
  })
  return {
    credentialId,
    create({ challenge, rp }, deviation = {}) {
      const client = clientData('webauthn.create', challenge, kept, deviation)
      const length = Buffer.of(id.length >> 8, id.length & 0xff)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(kept)])
      const authData = authenticatorData(rp.id ?? '', next(deviation), kept, deviation, attested)
      const { format, statement } = deviation.attestation ?? {
        format: 'none',
        statement: new Map(),
      }
      const attestationObject = cbor(
        new Map<string, Cbor>([
          ['fmt', format],
          ['attStmt', statement],
          ['authData', authData],
        ]),
      )
      return answer({
        clientDataJSON: client.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      })
    },
    get({ challenge, rpId }, deviation = {}) {
      const client = clientData('webauthn.get', challenge, kept, deviation)
      const authData = authenticatorData(rpId ?? '', next(deviation), kept, deviation)
      const { hash } = ALGORITHMS[algorithm]
      const signed = sign(hash, Buffer.concat([authData, sha256(client)]), privateKey)
      const { tamper = (bytes: Buffer): Buffer => bytes } = deviation
      return answer({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: tamper(signed).toString('base64url'),
      })
    },
    clone: () => authenticatorWith(kept, counter),
  }
}

/** WebAuthn Level 3, 5.8.1. */
const clientData = (
  usual: string,
  asked: string,
  { origin: own }: Kept,
  { type = usual, challenge = asked, origin = own, crossOrigin = false }: Deviation,
): Buffer => Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }))

/** WebAuthn Level 3, 6.1. */
function authenticatorData(
  asked: string,
  counter: number,
  { isSynced = false }: Kept,
  { rpId = asked, isUserVerified = true, isUserPresent = true }: Deviation,
  attested?: Buffer,
): Buffer {
  const flags =
    (isUserPresent ? 0x01 : 0) |
    (isUserVerified ? 0x04 : 0) |
    (isSynced ? 0x18 : 0) |
    (attested === undefined ? 0 : 0x40)
  const bytes = Buffer.alloc(37)
  sha256(rpId).copy(bytes)
  bytes.writeUInt8(flags, 32)
  bytes.writeUInt32BE(counter, 33)
  return Buffer.concat([bytes, attested ?? Buffer.alloc(0)])
}
