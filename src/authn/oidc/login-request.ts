import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { OnceStore } from '#app/once-store.ts'
import type { Vault } from '#app/vault.ts'
import { Failure } from '#lib/failure.ts'
import { refused } from '#authn/jwt/refusal.ts'

// Whoever wants to log in is given a nonce, a code verifier and a state, which the server does not keep: the nonce holds when it was made and
// a code over that, the verifier and the place, under a key of the node that made it. That key stands in the nonce as well, sealed, so that
// every node can check it. Nothing is stored for somebody who merely asks; only what was used is, until it would be too old anyway.

/** What one login is bound to. */
export interface LoginPlace {
  readonly account: string
  readonly service: string
  readonly provider: string
  readonly clientId: string
}

/** What binds whoever comes back to the one who was sent (reference/conjur-api.md 6.5). */
export interface LoginRequest {
  readonly nonce: string
  /** RFC 7636 4.1. */
  readonly codeVerifier: string
  /** Follows from the verifier, so that it is known to those alone who have that. */
  readonly state: string
}

/** What somebody brings back; the state only when their client kept it. */
export interface ReturnedRequest extends Omit<LoginRequest, 'state'> {
  readonly state?: string | undefined
}

/** Makes login requests, and knows them again. */
export interface LoginRequests {
  make(place: LoginPlace): LoginRequest
  /**
   * When the request was made, in milliseconds since 1970. Throws `unauthorized` unless it was made here, or on another node, for this very
   * place and not too long ago, and all its parts belong together.
   */
  recognise(place: LoginPlace, request: ReturnedRequest): number
  /** Throws `unauthorized` when a request has been used before; one whose time is over is {@link LoginRequests.recognise}d by nobody. */
  use(request: Pick<LoginRequest, 'nonce'>): Promise<void>
}

/** How long somebody may take to log in, in milliseconds. */
export const LOGIN_LIFE: number = 15 * 60_000
/** How far the clocks of nodes may be apart, in milliseconds. */
const SKEW = 60_000

const KEY_BYTES = 32
const TIME_BYTES = 8
const CODE_BYTES = 32
const CONTEXT = ['login-requests']

/** Login requests by the clock `now`, in milliseconds. */
export function loginRequests(
  { vault, once }: { readonly vault: Vault; readonly once: OnceStore },
  now: () => number,
): LoginRequests {
  let own: { readonly key: Uint8Array; readonly sealed: Uint8Array } | undefined
  const ownKey = (): NonNullable<typeof own> => {
    if (own === undefined) {
      const key = randomBytes(KEY_BYTES)
      own = { key, sealed: vault.seal(CONTEXT, key) }
    }
    return own
  }
  return {
    make(place) {
      const { key, sealed } = ownKey()
      const codeVerifier = randomBytes(25).toString('hex')
      const time = Buffer.alloc(TIME_BYTES)
      time.writeBigUInt64BE(BigInt(now()))
      const code = codeOver(key, place, time, codeVerifier)
      const nonce = Buffer.concat([time, code, sealed]).toString('hex')
      return { nonce, codeVerifier, state: stateOf(codeVerifier) }
    },
    recognise(place, { nonce, codeVerifier, state }) {
      const { time, code, sealed } = partsOf(nonce)
      const key = openKey(vault, sealed)
      const expected = codeOver(key, place, time, codeVerifier)
      key.fill(0)
      if (!timingSafeEqual(expected, code)) throw stranger()
      if (state !== undefined && !isSame(state, stateOf(codeVerifier))) throw stranger()
      const madeAt = Number(time.readBigUInt64BE())
      if (madeAt > now() + SKEW || madeAt + LOGIN_LIFE <= now()) {
        throw refused('CONJ00153E The nonce is too old')
      }
      return madeAt
    },
    async use({ nonce }) {
      const digest = createHash('sha256').update(`login ${nonce}`).digest()
      if (await once.useOnce(digest, now() + LOGIN_LIFE + SKEW, now())) return
      throw refused('CONJ00153E The nonce has been used before')
    },
  }
}

function codeOver(
  key: Uint8Array,
  { account, service, provider, clientId }: LoginPlace,
  time: Uint8Array,
  codeVerifier: string,
): Buffer {
  const place = JSON.stringify([account, service, provider, clientId, codeVerifier])
  return createHmac('sha256', key).update(time).update(place).digest()
}

interface Parts {
  readonly time: Buffer
  readonly code: Buffer
  readonly sealed: Buffer
}

/** One spelling alone is taken, so that no nonce can be used twice in two. */
function partsOf(nonce: string): Parts {
  const bytes = Buffer.from(nonce, 'hex')
  const sealed = bytes.subarray(TIME_BYTES + CODE_BYTES)
  if (bytes.toString('hex') !== nonce || sealed.length === 0) throw stranger()
  return {
    time: bytes.subarray(0, TIME_BYTES),
    code: bytes.subarray(TIME_BYTES, TIME_BYTES + CODE_BYTES),
    sealed,
  }
}

function openKey(vault: Vault, sealed: Uint8Array): Buffer {
  try {
    return vault.open(CONTEXT, sealed)
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') throw stranger()
    throw error
  }
}

const stateOf = (codeVerifier: string): string =>
  createHash('sha256').update(`state ${codeVerifier}`).digest('base64url')

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const stranger = (): Failure =>
  refused('CONJ00153E The nonce, the verifier and the state are not those of one login here')
