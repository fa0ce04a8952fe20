import type { CreationOptions, RequestOptions } from '#crypto/passkey.ts'
import { Failure } from '#lib/failure.ts'
import { factorDeed } from './factor-deeds.ts'
import { newFactorId } from './factor-parts.ts'
import type { RoleFactors } from './factor-store.ts'
import { factorName, mustBeFreeToEnrol, mustBeUserOf } from './own-factors.ts'
import { CEREMONY_LIFE, mustHaveParty, newChallenge, sealCeremony } from './passkey-ceremony.ts'
import type { Callback, Ceremony, PasskeyParts, PasskeyPurpose } from './passkey-ceremony.ts'
import { optionsFor, passkeysIn } from './passkey-options.ts'
import type { Session } from './session.ts'

/** What somebody asks of a passkey. */
export interface CeremonyOrder {
  readonly purpose: PasskeyPurpose
  /** What the passkey will be called. */
  readonly name?: string
  readonly callback?: Callback
}

/** A ceremony that has begun. */
export interface BegunCeremony {
  readonly id: string
  /** The page that asks for the passkey. What it is about stands in the fragment, which reaches no log. */
  readonly url: string
  readonly options: CreationOptions | RequestOptions
  readonly expiresAt: Date
}

/**
 * Begins to enrol a passkey of the caller, or to prove one. Nothing is stored, and the id that it brings is worth nothing without the caller's
 * token. Throws `not_implemented` when the server knows no address of its own, `forbidden` for a host and for another account than that of the token,
 * `mfa_required` and `conflict` like {@link mustBeFreeToEnrol}, `conflict` when no passkey is there to be proven, and `argument_error` for a bad name or callback.
 */
export type BeginPasskey = (
  session: Session,
  account: string,
  order: CeremonyOrder,
) => Promise<BegunCeremony>

export function beginPasskey(parts: PasskeyParts): BeginPasskey {
  const { gate, recorder, store, vault, clock } = parts
  return async (session, account, order) => {
    await gate.enter(session)
    const { role, generation, issuedAt, clientIp } = session
    const { purpose, callback } = order
    const id = purpose === 'enrolment' ? newFactorId() : undefined
    const deed = factorDeed(`begin-${purpose}`, role, { id, kind: 'passkey' })
    return recorder.during(session, deed, async () => {
      const party = mustHaveParty(parts)
      mustBeUserOf(session, account)
      mustBeCallback(callback)
      const known = await store.factorsOf(role)
      mayBegin(session, purpose, known)
      const ceremony: Ceremony = {
        purpose,
        role,
        generation,
        issuedAt,
        clientIp,
        ...(id === undefined ? {} : { factor: { id, name: factorName(order.name, 'passkey') } }),
        ...(callback === undefined ? {} : { callback }),
        challenge: newChallenge(),
        expiresAt: clock() + CEREMONY_LIFE,
      }
      const sealed = sealCeremony(vault, account, ceremony)
      return {
        id: sealed,
        url: `${party.origin}/mfa#${encodeURIComponent(account)}/${sealed}`,
        options: await optionsFor(party, ceremony, known),
        expiresAt: new Date(ceremony.expiresAt),
      }
    })
  }
}

function mayBegin(session: Session, purpose: PasskeyPurpose, known: RoleFactors): void {
  if (purpose === 'enrolment') mustBeFreeToEnrol(session, known)
  else if (passkeysIn(known).length === 0)
    throw new Failure('conflict', 'there is no passkey to prove')
}

/** The browser is sent to a port that programs of people may listen on, with a text that needs no encoding. */
function mustBeCallback(callback: Callback | undefined): void {
  if (callback === undefined) return
  const { port, state } = callback
  const isPort = Number.isInteger(port) && port >= 1024 && port <= 65_535
  if (isPort && /^[\w-]{16,200}$/.test(state)) return
  throw new Failure(
    'argument_error',
    'the callback needs a port from 1024 to 65535 and a state of 16 to 200 letters, digits, - or _',
  )
}
