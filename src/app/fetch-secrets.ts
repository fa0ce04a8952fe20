import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { fetchOf, release } from './fetch-secret.ts'
import type { FetchParts, ReleasedSecret } from './fetch-secret.ts'
import type { Session } from './session.ts'

/** How many secrets one request may ask for. */
const MAX_BATCH = 1000

/** How many bytes the secrets of one answer may have together. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024

/**
 * The newest values of several secrets, all or none (reference/conjur-api.md 1.10): `forbidden` when one of them is visible without
 * `execute`, otherwise `not_found` naming the first that is missing, invisible or empty. Each release and each refusal is in
 * the trail before this settles. Ids that are asked for twice count once; more than 1,000 are an `argument_error`, and more than
 * 64 MiB of values `too_large`.
 */
export type FetchSecrets = (
  session: Session,
  ids: readonly Id[],
) => Promise<ReadonlyMap<Id, Buffer>>

export function fetchSecrets(parts: FetchParts): FetchSecrets {
  const { recorder } = parts
  return async (session, ids) => {
    const outcomes = await outcomesOf(parts, session, ids)
    const refusals = outcomes.filter(isRefused)
    const refusal = refusals.find(({ outcome }) => outcome.code === 'forbidden') ?? refusals[0]
    if (refusal !== undefined) {
      await recorder.record(
        refusals.map(({ id, outcome }) => recorder.refused(session, fetchOf(id), outcome)),
      )
      throw refusal.outcome
    }
    const done = recorder.done(session, fetchOf(''))
    const released = outcomes.filter(isReleased)
    await recorder.record(released.map(({ id }) => ({ ...done, subject: { resource: id } })))
    return new Map(released.map(({ id, outcome }) => [id, outcome.value]))
  }
}

/**
 * Why a secret is not among the values: nothing that its asker may read is there, or what is there was altered in the database. Whether
 * it is forbidden, empty or not there at all is not told.
 */
export type Unreadable = 'forbidden-or-absent' | 'corrupt'

/** The newest values of those secrets that the caller may read, in the order asked for; bounded and recorded like {@link FetchSecrets}. */
export type FetchReadableSecrets = (
  session: Session,
  ids: readonly Id[],
) => Promise<ReadonlyMap<Id, Buffer | Unreadable>>

export function fetchReadableSecrets(parts: FetchParts): FetchReadableSecrets {
  const { recorder } = parts
  return async (session, ids) => {
    const outcomes = await outcomesOf(parts, session, ids)
    await recorder.record(
      outcomes.map(({ id, outcome }) =>
        outcome instanceof Failure
          ? recorder.refused(session, fetchOf(id), outcome)
          : recorder.done(session, fetchOf(id)),
      ),
    )
    return new Map(
      outcomes.map(({ id, outcome }) => [
        id,
        outcome instanceof Failure ? unreadable(outcome) : outcome.value,
      ]),
    )
  }
}

const unreadable = ({ code }: Failure): Unreadable =>
  code === 'corrupt' ? 'corrupt' : 'forbidden-or-absent'

interface Asked<Outcome> {
  readonly id: Id
  readonly outcome: Outcome
}

const isRefused = (asked: Asked<ReleasedSecret | Failure>): asked is Asked<Failure> =>
  asked.outcome instanceof Failure

const isReleased = (asked: Asked<ReleasedSecret | Failure>): asked is Asked<ReleasedSecret> =>
  !isRefused(asked)

/** What becomes of each secret, each once, in the order asked for. */
async function outcomesOf(
  { gate, vault }: FetchParts,
  session: Session,
  ids: readonly Id[],
): Promise<readonly Asked<ReleasedSecret | Failure>[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length > MAX_BATCH) {
    throw new Failure('argument_error', `variable_ids names more than ${MAX_BATCH} variables`)
  }
  const wants = wanted.map((resource) => ({ resource }))
  const passage = await gate.enter(session, wants)
  const size = passage.values.reduce((sum, value) => sum + (value?.sealed.byteLength ?? 0), 0)
  if (size > MAX_BATCH_BYTES) {
    throw new Failure('too_large', `the values have more than ${MAX_BATCH_BYTES} bytes together`)
  }
  return wanted.map((id, index) => ({
    id,
    outcome: release(passage, session, id, passage.values[index], vault),
  }))
}
