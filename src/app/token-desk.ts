import { hash } from 'node:crypto'
import { signToken, verifyToken } from '#crypto/access-token.ts'
import type { IssuedClaims, VerifiedToken } from '#crypto/access-token.ts'
import { decodeAuthorization } from '#crypto/authorization.ts'
import {
  exportPrivateKey,
  generateSigningKey,
  importPrivateKey,
  importPublicKey,
} from '#crypto/signing-key.ts'
import type { NewSigningKey, SigningKey, VerificationKey } from '#crypto/signing-key.ts'
import { accountOf, loginOf, roleOfLogin } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Clock } from './recorder.ts'
import type { Origin, Session } from './session.ts'
import type { Store, StoredSigningKey } from './store.ts'
import { LONGEST_LIFE } from './tokens.ts'
import type { Tokens, TokenTerms } from './tokens.ts'
import type { Vault } from './vault.ts'

/** What issuing and reading tokens stands on. */
export interface TokenDeskParts {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
  /** The life of a token, in seconds. */
  readonly userTokenSeconds: number
  readonly hostTokenSeconds: number
}

/** An account's key for verifying. */
interface AccountKey extends VerificationKey {
  readonly account: string
}

/** What a verified token says of its bearer. */
interface Bearer {
  readonly session: Omit<Session, keyof Origin | 'factor'>
  /** How a second factor was proven, and when, in seconds since 1970. */
  readonly amr: readonly string[] | undefined
  readonly provenAt: number | undefined
}

/** How many verified tokens are remembered; beyond that the oldest is verified anew. */
const REMEMBERED = 20_000

/**
 * How often unknown signing keys are looked for: once in so many milliseconds on the average, and so many times in a row for accounts that
 * were just created. Beyond that a forged token costs no query.
 */
const RELOAD_PAUSE = 1000
const RELOADS_IN_A_ROW = 20

const keyContext = (account: string, kid: string): readonly string[] => [
  'signing-key',
  account,
  kid,
]

/** The tokens of all accounts, under their signing keys. Loads the keys, and again when one is asked for that it does not know. */
export async function openTokenDesk(parts: TokenDeskParts): Promise<Tokens> {
  const keys = new SigningKeys(parts)
  await keys.load()
  const remembered = new Map<string, Bearer>()

  const verify = async (authorization: string | undefined): Promise<Bearer> => {
    const token = decodeAuthorization(authorization)
    const verified = await keys.verify(token)
    return bearerOf(verified)
  }

  return {
    async issue(role, generation, terms = {}) {
      const sub = loginOf(role)
      const iat = Math.floor(parts.clock() / 1000)
      const exp = Math.min(iat + lifeOf(parts, sub, terms), endOf(terms))
      const key = await keys.signerOf(accountOf(role))
      return signToken({ iat, sub, exp, jti: generation, ...limitsOf(terms, iat) }, key)
    },
    async read(authorization, origin) {
      const digest = hash('sha256', authorization ?? '', 'base64')
      let bearer = remembered.get(digest)
      if (bearer === undefined) {
        bearer = await verify(authorization)
        remember(remembered, digest, bearer)
      }
      if (parts.clock() >= bearer.session.expiresAt) {
        remembered.delete(digest)
        throw new Failure('token_invalid', 'Unauthorized: Invalid token')
      }
      return { ...bearer.session, ...origin, ...factorOf(bearer, parts.clock()) }
    },
    forget: (account) => keys.forget(account),
  }
}

/** In seconds. */
function lifeOf(
  { hostTokenSeconds, userTokenSeconds }: TokenDeskParts,
  login: string,
  { seconds, factor }: TokenTerms,
): number {
  const usual = login.startsWith('host/') ? hostTokenSeconds : userTokenSeconds
  const longest = factor === undefined ? LONGEST_LIFE : Math.min(usual, LONGEST_LIFE)
  return Math.min(Math.floor(seconds ?? usual), longest)
}

/** In seconds since 1970. */
const endOf = ({ until = Infinity }: TokenTerms): number => Math.floor(until / 1000)

const limitsOf = (
  { cidrs, factor, provenAt = Infinity }: TokenTerms,
  now: number,
): Pick<IssuedClaims, 'cidr' | 'amr' | 'auth_time'> => ({
  ...(cidrs === undefined || cidrs.length === 0 ? {} : { cidr: cidrs }),
  ...(factor === undefined
    ? {}
    : { amr: factor, auth_time: Math.min(now, Math.floor(provenAt / 1000)) }),
})

/** What a remembered token says of a second factor does not change, but its age does. */
function factorOf({ amr, provenAt }: Bearer, now: number): Pick<Session, 'factor'> {
  if (amr === undefined || provenAt === undefined) return {}
  return { factor: { methods: amr, provenAt, age: Math.floor(now / 1000) - provenAt } }
}

function remember(remembered: Map<string, Bearer>, digest: string, bearer: Bearer): void {
  if (remembered.size >= REMEMBERED) {
    const [oldest] = remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
  }
  remembered.set(digest, bearer)
}

function bearerOf({ claims, key, expiresAt }: VerifiedToken<AccountKey>): Bearer {
  // A token of ours always names the generation of a credential; one that does not matches none.
  const { sub, iat, jti = '', cidr = [], amr, auth_time: provenAt } = claims
  const { account } = key
  const role = roleOfLogin(account, sub)
  const session = { role, account, generation: jti, issuedAt: iat, expiresAt, cidrs: cidr }
  return { session, amr, provenAt }
}

/** The signing keys of all accounts, as this node knows them. */
class SigningKeys {
  readonly #parts: TokenDeskParts
  #byAccount = new Map<string, SigningKey>()
  #byKid = new Map<string, AccountKey>()
  #countedAt: number
  #reloadsLeft = RELOADS_IN_A_ROW
  #loading: Promise<void> | undefined
  #forgotten = 0

  constructor(parts: TokenDeskParts) {
    this.#parts = parts
    this.#countedAt = parts.clock()
  }

  async load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = undefined))
    await this.#loading
  }

  forget(account: string): void {
    this.#byAccount.delete(account)
    this.#forgotten += 1
  }

  /** Throws `unauthorized` for an account that does not exist. */
  async signerOf(account: string): Promise<SigningKey> {
    // Without the pause: only who has proven to be of the account comes here.
    if (!this.#byAccount.has(account)) await this.load()
    const key = this.#byAccount.get(account)
    if (key === undefined)
      throw new Failure('unauthorized', `CONJ00008E Account '${account}' is not defined`)
    return key
  }

  /** Throws `token_invalid` when no key that the store has verifies the token. */
  async verify(token: string): Promise<VerifiedToken<AccountKey>> {
    let unknown = false
    const keyOf = (kid: string): AccountKey | undefined => {
      const key = this.#byKid.get(kid)
      unknown = key === undefined
      return key
    }
    try {
      return verifyToken(token, keyOf, this.#parts.clock())
    } catch (error) {
      if (!unknown || !(await this.#loadAgain())) throw error
      return verifyToken(token, keyOf, this.#parts.clock())
    }
  }

  async #loadAgain(): Promise<boolean> {
    const now = this.#parts.clock()
    const earned = (now - this.#countedAt) / RELOAD_PAUSE
    this.#reloadsLeft = Math.min(RELOADS_IN_A_ROW, this.#reloadsLeft + earned)
    this.#countedAt = now
    if (this.#reloadsLeft < 1) return false
    this.#reloadsLeft -= 1
    await this.load()
    return true
  }

  async #read(): Promise<void> {
    const forgotten = this.#forgotten
    const stored = await this.#parts.store.signingKeys()
    // What was read may be older than what has been forgotten meanwhile.
    if (forgotten !== this.#forgotten) return this.#read()
    const { vault } = this.#parts
    this.#byAccount = new Map(stored.map((key) => [key.account, openSigningKey(vault, key)]))
    this.#byKid = new Map(
      stored.map(({ account, publicKeyPem }) => {
        const key = importPublicKey(publicKeyPem)
        return [key.kid, { ...key, account }]
      }),
    )
  }
}

function openSigningKey(
  vault: Vault,
  { account, kid, sealedPrivateKey }: StoredSigningKey,
): SigningKey {
  const der = vault.open(keyContext(account, kid), sealedPrivateKey)
  try {
    return importPrivateKey(der)
  } finally {
    der.fill(0)
  }
}

/** A new signing key for `account`, its private half sealed. */
export const newSigningKey = async (vault: Vault, account: string): Promise<StoredSigningKey> =>
  sealSigningKey(vault, account, await generateSigningKey())

/** `key` as the signing key of `account`, its private half sealed. */
export function sealSigningKey(
  vault: Vault,
  account: string,
  { kid, privateKey, publicKeyPem }: NewSigningKey,
): StoredSigningKey {
  const der = exportPrivateKey(privateKey)
  try {
    const sealedPrivateKey = vault.seal(keyContext(account, kid), der)
    return { account, kid, sealedPrivateKey, publicKeyPem }
  } finally {
    der.fill(0)
  }
}
