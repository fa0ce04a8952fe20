import { createHash, randomBytes } from 'node:crypto'
import type { PasskeyChallenge, RelyingParty } from '#crypto/passkey.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { FactorParts } from './factor-parts.ts'
import type { Session } from './session.ts'
import type { Vault } from './vault.ts'

// A ceremony takes three parties: who asks has a token, a browser has the authenticator, and the two meet on the person's machine. What it is
// about is not stored but handed out, sealed: it needs no table and nobody to clean up, every node understands it, and nobody can fill the database
// with it. What must happen once, happens once by a digest of it.

/** What using passkeys stands on. */
export interface PasskeyParts extends FactorParts {
  /** Where passkeys work; absent when the server does not know under which address people reach it. */
  readonly party?: RelyingParty | undefined
}

/** What a passkey is asked for: to become a second factor, or to prove that it is one. */
export type PasskeyPurpose = 'enrolment' | 'verification'

/** Where the browser brings the code: a port of its own machine, and a text by which it is known there. */
export interface Callback {
  readonly port: number
  readonly state: string
}

/** What a passkey is asked for, by whom. */
export interface Ceremony {
  readonly purpose: PasskeyPurpose
  readonly role: Id
  /** Of the token that it was begun with: its generation and when it was issued. */
  readonly generation: string
  readonly issuedAt: number
  readonly clientIp: string
  /** The id that the factor will have, and what it will be called; a passkey that is proven has both already. */
  readonly factor?: { readonly id: string; readonly name: string }
  readonly callback?: Callback
  /** 32 random bytes, base64url. */
  readonly challenge: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** How long a person may take, in milliseconds. */
export const CEREMONY_LIFE = 300_000

/** How far the clocks of nodes may be apart, in milliseconds. */
const SKEW = 60_000

const contextOf = (account: string): readonly string[] => ['passkey-ceremony', account]

/** A new challenge. */
export const newChallenge = (): string => randomBytes(32).toString('base64url')

/** A ceremony as it goes over the wire: whoever has it may look at it and answer it, and gets nothing by that alone. */
export const sealCeremony = (vault: Vault, account: string, ceremony: Ceremony): string =>
  Buffer.from(
    vault.seal(contextOf(account), Buffer.from(JSON.stringify(ceremony), 'utf8')),
  ).toString('base64url')

/** The ceremony that `id` stands for; `undefined` when it is none of the account, or its time is over. */
export function openCeremony(
  { vault, clock }: Pick<PasskeyParts, 'vault' | 'clock'>,
  account: string,
  id: string,
): Ceremony | undefined {
  const ceremony = openSealed(vault, contextOf(account), id)
  if (!isCeremony(ceremony) || clock() >= ceremony.expiresAt) return undefined
  return ceremony
}

/** What the vault opens is what was sealed above. */
const isCeremony = (value: unknown): value is Ceremony =>
  typeof value === 'object' && value !== null && 'challenge' in value

/** What was sealed in this context as JSON; `undefined` when it was not. */
export function openSealed(vault: Vault, context: readonly string[], text: string): unknown {
  try {
    return JSON.parse(vault.open(context, Buffer.from(text, 'base64url')).toString('utf8'))
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') return undefined
    throw error
  }
}

/** Whether `session` is that of the very token that began the ceremony. */
export const isBegunBy = (session: Session, ceremony: Ceremony): boolean =>
  session.role === ceremony.role &&
  session.generation === ceremony.generation &&
  session.issuedAt === ceremony.issuedAt

/** What identifies a ceremony, however its id is spelled. */
export const digestOf = (id: string): Buffer =>
  createHash('sha256').update(Buffer.from(id, 'base64url')).digest()

/** Whether this step of a ceremony has not been taken before, on any node; from now on it has. */
export const takeStep = (
  { store, clock }: Pick<PasskeyParts, 'store' | 'clock'>,
  step: 'answer' | 'completion',
  id: string,
): Promise<boolean> =>
  store.useOnce(
    createHash('sha256').update(`passkey ${step} `).update(digestOf(id)).digest(),
    clock() + CEREMONY_LIFE + SKEW,
    clock(),
  )

/** What the browser is asked for. */
export const askedFor = (
  party: RelyingParty,
  { challenge }: Pick<Ceremony, 'challenge'>,
): PasskeyChallenge => ({
  party,
  challenge: Buffer.from(challenge, 'base64url'),
  timeout: CEREMONY_LIFE,
})

/** Where passkeys work; throws `not_implemented`, naming the setting, when nobody has said. */
export function mustHaveParty({ party }: Pick<PasskeyParts, 'party'>): RelyingParty {
  if (party !== undefined) return party
  throw new Failure(
    'not_implemented',
    'passkeys need the setting public-url (STRONGROOM_PUBLIC_URL), the address under which people reach this server',
  )
}

/** The failure of a ceremony that is none, or is over. */
export const noSuchCeremony = (): Failure =>
  new Failure('not_found', 'there is no such ceremony, or its time is over', {
    hint: 'begin again',
  })
