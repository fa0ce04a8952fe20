import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { fetchOf, isIssued, releaseIssued, releaseOf, releaseStored } from './fetch-secret.ts'
import type { FetchParts, ReleasedSecret, Request } from './fetch-secret.ts'
import type { Session } from './session.ts'

/** How many secrets one request may ask for. */
const MAX_BATCH = 1000

/** How many bytes the secrets of one answer may have together. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024

/**
 * The newest values of several secrets, all or none (reference/conjur-api.md 1.10): `forbidden` when one of them is visible without
 * `execute`, otherwise `not_found` naming the first that is missing, invisible or empty, and `mfa_required` when nothing else is wrong. Each release and each refusal is in
 * the trail before this settles. Ids that are asked for twice count once; more than 1,000 are an `argument_error`, more than
 * 64 MiB of values `too_large`, and more dynamic variables than one request may have `unprocessable_entity`.
 */
export type FetchSecrets = (
  session: Session,
  ids: readonly Id[],
) => Promise<ReadonlyMap<Id, Buffer>>

export function fetchSecrets(parts: FetchParts): FetchSecrets {
  const { recorder } = parts
  return async (session, ids) => {
    const outcomes = await outcomesOf(parts, session, ids, false)
    const refusals = outcomes.filter(isRefused)
    const refusal = gravest(refusals)
    const released = outcomes.filter(isReleased)
    if (refusal !== undefined) {
      for (const { outcome } of released) outcome.value.fill(0)
      await recorder.record(
        refusals.map(({ id, outcome }) => recorder.refused(session, fetchOf(id), outcome)),
      )
      throw refusal.outcome
    }
    const done = recorder.done(session, fetchOf(''))
    await recorder.record(
      released.map(({ id, outcome }) => ({ ...done, subject: releaseOf(id, outcome).subject })),
    )
    return new Map(released.map(({ id, outcome }) => [id, outcome.value]))
  }
}

/** The one that is answered: a privilege that is missing, then what no second factor would change. */
const gravest = (refusals: readonly Asked<Failure>[]): Asked<Failure> | undefined =>
  refusals.find(({ outcome }) => outcome.code === 'forbidden') ??
  refusals.find(({ outcome }) => outcome.code !== 'mfa_required') ??
  refusals[0]

/**
 * Why a secret is not among the values: nothing that its asker may read is there, its asker lacks a second factor, what is there was altered
 * in the database, or its issuer did not make it. Whether it is forbidden, empty or not there at all is not told.
 */
export type Unreadable =
  | { readonly error: 'forbidden-or-absent' | 'corrupt' | 'not-issued' }
  | { readonly error: 'mfa-required'; readonly refusal: Failure }

/** The newest values of those secrets that the caller may read, in the order asked for; bounded and recorded like {@link FetchSecrets}. */
export type FetchReadableSecrets = (
  session: Session,
  ids: readonly Id[],
) => Promise<ReadonlyMap<Id, Buffer | Unreadable>>

export function fetchReadableSecrets(parts: FetchParts): FetchReadableSecrets {
  const { recorder } = parts
  return async (session, ids) => {
    const outcomes = await outcomesOf(parts, session, ids, true)
    await recorder.record(
      outcomes.map(({ id, outcome }) =>
        outcome instanceof Failure
          ? recorder.refused(session, fetchOf(id), outcome)
          : recorder.done(session, releaseOf(id, outcome)),
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

function unreadable(refusal: Failure): Unreadable {
  const { code } = refusal
  if (code === 'mfa_required') return { error: 'mfa-required', refusal }
  if (code === 'corrupt') return { error: 'corrupt' }
  const isHidden = code === 'forbidden' || code === 'not_found'
  return { error: isHidden ? 'forbidden-or-absent' : 'not-issued' }
}

interface Asked<Outcome> {
  readonly id: Id
  readonly outcome: Outcome
}

const isRefused = (asked: Asked<ReleasedSecret | Failure>): asked is Asked<Failure> =>
  asked.outcome instanceof Failure

const isReleased = (asked: Asked<ReleasedSecret | Failure>): asked is Asked<ReleasedSecret> =>
  !isRefused(asked)

/**
 * What becomes of each secret, each once, in the order asked for. When all are wanted or none, nothing is made as long as one of the stored
 * ones is refused; what would have been made is then left out.
 */
async function outcomesOf(
  parts: FetchParts,
  session: Session,
  ids: readonly Id[],
  isPartial: boolean,
): Promise<readonly Asked<ReleasedSecret | Failure>[]> {
  const requests = await requestsFor(parts, session, ids)
  const stored = requests.filter(({ id }) => !isIssued(parts, id))
  const outcomes = stored.map((request) => ({
    id: request.id,
    outcome: releaseStored(parts, request),
  }))
  if (stored.length === requests.length || (!isPartial && outcomes.some(isRefused))) return outcomes
  const known = new Map(outcomes.map(({ id, outcome }) => [id, outcome]))
  return Promise.all(
    requests.map(async (request) => ({
      id: request.id,
      outcome: known.get(request.id) ?? (await releaseIssued(parts, request)),
    })),
  )
}

async function requestsFor(
  parts: FetchParts,
  session: Session,
  ids: readonly Id[],
): Promise<readonly Request[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length > MAX_BATCH) {
    throw new Failure('argument_error', `variable_ids names more than ${MAX_BATCH} variables`)
  }
  const wants = wanted.map((resource) => ({ resource }))
  const passage = await parts.gate.enter(session, wants)
  mustNotIssueTooMany(parts, wanted)
  const size = passage.values.reduce((sum, value) => sum + (value?.sealed.byteLength ?? 0), 0)
  if (size > MAX_BATCH_BYTES) {
    throw new Failure('too_large', `the values have more than ${MAX_BATCH_BYTES} bytes together`)
  }
  return wanted.map((id, index) => ({ passage, session, id, found: passage.values[index] }))
}

function mustNotIssueTooMany(parts: FetchParts, wanted: readonly Id[]): void {
  const most = parts.dynamicSecrets?.maxPerRequest ?? 0
  const count = wanted.filter((id) => isIssued(parts, id)).length
  if (count <= most) return
  const text = `Number of dynamic secrets requested exceeds the maximum allowed in a single request (${most})`
  throw new Failure('unprocessable_entity', text)
}
