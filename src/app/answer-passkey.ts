import type { CreationOptions, RequestOptions } from '#crypto/passkey.ts'
import { madePasskey, provenPasskey } from '#crypto/passkey.ts'
import { refusedPasskey } from '#crypto/passkey-answer.ts'
import { factorDeed } from './factor-deeds.ts'
import {
  askedFor,
  mustHaveParty,
  noSuchCeremony,
  openCeremony,
  takeStep,
} from './passkey-ceremony.ts'
import type { Ceremony, PasskeyParts } from './passkey-ceremony.ts'
import { sealOutcome } from './passkey-outcome.ts'
import type { PasskeyOutcome } from './passkey-outcome.ts'
import { optionsFor, passkeysIn } from './passkey-options.ts'
import type { Origin } from './session.ts'

/** A ceremony as the browser is told of it. */
export interface ShownCeremony extends Ceremony {
  readonly options: CreationOptions | RequestOptions
}

/**
 * What a ceremony is about, for whoever has its id; they need no token. Throws `not_found` when there is none, its time is over, or the token that
 * began it is no longer good. It is not recorded: nothing is stored, and what is shown was given to the caller with the id.
 */
export type ShowPasskeyCeremony = (account: string, id: string) => Promise<ShownCeremony>

export function showPasskeyCeremony(parts: PasskeyParts): ShowPasskeyCeremony {
  return async (account, id) => {
    const ceremony = await currentCeremony(parts, account, id)
    const known = await parts.store.factorsOf(ceremony.role)
    return { ...ceremony, options: await optionsFor(mustHaveParty(parts), ceremony, known) }
  }
}

/**
 * Takes the answer of a browser to a ceremony, once, and returns the code with which whoever began it completes it: the code proves nothing
 * without their token. They need no token for this. Throws `not_found` like {@link ShowPasskeyCeremony}, and `mfa_refused` when the answer is not one to this ceremony, is
 * the second one, or shows a counter that did not grow.
 */
export type AnswerPasskeyCeremony = (
  account: string,
  id: string,
  answer: unknown,
  origin: Origin,
) => Promise<string>

export function answerPasskeyCeremony(parts: PasskeyParts): AnswerPasskeyCeremony {
  const { recorder, vault } = parts
  return async (account, id, answer, origin) => {
    const ceremony = await currentCeremony(parts, account, id)
    const { role, purpose, factor } = ceremony
    const who = { account, user: role, origin }
    const deedOf = (of: string | undefined): ReturnType<typeof factorDeed> =>
      factorDeed(`answer-${purpose}`, role, { id: of, kind: 'passkey' })
    let outcome: PasskeyOutcome
    try {
      outcome = await outcomeOf(parts, ceremony, answer)
      if (!(await takeStep(parts, 'answer', id))) {
        throw refusedPasskey('the ceremony has been answered before')
      }
    } catch (error) {
      await recorder.record([recorder.attempt(who, deedOf(factor?.id), error)])
      throw error
    }
    await recorder.record([recorder.attempt(who, deedOf(outcome.factor))])
    return sealOutcome(vault, id, outcome)
  }
}

/** The ceremony that `id` stands for, as long as the token that began it is good. */
async function currentCeremony(
  parts: PasskeyParts,
  account: string,
  id: string,
): Promise<Ceremony> {
  const ceremony = openCeremony(parts, account, id)
  if (ceremony === undefined) throw noSuchCeremony()
  const { graph } = await parts.gate.pass()
  if (graph.credential(ceremony.role)?.generation !== ceremony.generation) throw noSuchCeremony()
  return ceremony
}

async function outcomeOf(
  parts: PasskeyParts,
  ceremony: Ceremony,
  answer: unknown,
): Promise<PasskeyOutcome> {
  const asked = askedFor(mustHaveParty(parts), ceremony)
  const { role, factor } = ceremony
  const shownAt = parts.clock()
  if (factor !== undefined) {
    return { factor: factor.id, passkey: await madePasskey(asked, answer), shownAt }
  }
  const known = passkeysIn(await parts.store.factorsOf(role))
  const passkey = await provenPasskey(asked, known, answer)
  const proven = known.find(({ credentialId }) => credentialId === passkey.credentialId)
  if (proven === undefined) throw refusedPasskey('the passkey is none of this person')
  const use = { role, id: proven.id, at: new Date(shownAt), passkey }
  if (!(await parts.store.useFactor(use))) {
    throw refusedPasskey(
      'the counter of the passkey did not grow: it may have been copied, or is gone',
    )
  }
  return { factor: proven.id, passkey, shownAt }
}
