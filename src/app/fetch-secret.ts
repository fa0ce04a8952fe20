import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { DynamicSecrets } from './dynamic-secrets.ts'
import { isDynamicVariable } from './dynamic-variable.ts'
import type { Gate, Passage } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { noSuchSecret, refusalFor, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { SealedVersion } from './store.ts'
import { openSecret, SECRET_KINDS } from './vault.ts'
import type { Vault } from './vault.ts'

/** A secret on its way out. */
export interface ReleasedSecret {
  readonly value: Buffer
  /** The `conjur/mime_type` of the variable, if it has one. */
  readonly mimeType?: string
  /** What the trail says of it besides its variable; absent for a value that was stored. */
  readonly facts?: Deed['subject']
}

/** What the trail says of a secret that is read. */
export const fetchOf = (resource: string, version?: number): Deed => ({
  kind: 'fetch',
  operation: 'fetch',
  subject: version === undefined ? { resource } : { resource, version },
})

/** What the trail says of a secret that is given out. */
export const releaseOf = (resource: string, { facts }: ReleasedSecret, version?: number): Deed => {
  const deed = fetchOf(resource, version)
  return facts === undefined ? deed : { ...deed, subject: { resource, ...facts } }
}

/** What reading secrets stands on. */
export interface FetchParts {
  readonly gate: Gate
  readonly vault: Vault
  readonly recorder: Recorder
  /** Absent where the feature is off: what is in the place of dynamic variables then is stored like anything else. */
  readonly dynamicSecrets?: DynamicSecrets | undefined
}

/**
 * The newest value of a secret, or the named version; of a dynamic variable, which has no versions, a value that is made for this very
 * call. Throws `not_found` alike when the variable does not exist, has no such value or is invisible to the caller, `forbidden` when
 * it is visible and `execute` is missing, `mfa_required` when nothing is missing but a second factor, and for a dynamic variable like {@link DynamicSecrets.issue}. The release or refusal is in
 * the trail before this settles.
 */
export type FetchSecret = (session: Session, id: Id, version?: number) => Promise<ReleasedSecret>

export function fetchSecret(parts: FetchParts): FetchSecret {
  const { gate, recorder } = parts
  return async (session, id, version) => {
    const want = version === undefined ? { resource: id } : { resource: id, version }
    const passage = await gate.enter(session, [want])
    const deed = fetchOf(id, version)
    const request = { passage, session, id, found: passage.values[0] }
    const released = isIssued(parts, id)
      ? await releaseIssued(parts, request)
      : releaseStored(parts, request)
    if (released instanceof Failure) {
      await recorder.record([recorder.refused(session, deed, released)])
      throw released
    }
    await recorder.record([recorder.done(session, releaseOf(id, released, version))])
    return released
  }
}

/** One secret that somebody asks for, with what is stored of it. */
export interface Request {
  readonly passage: Passage
  readonly session: Session
  readonly id: Id
  readonly found: SealedVersion | undefined
}

/** Whether a value is made when it is asked for, and so nothing is stored of it. */
export const isIssued = ({ dynamicSecrets }: Pick<FetchParts, 'dynamicSecrets'>, id: Id): boolean =>
  dynamicSecrets !== undefined && isDynamicVariable(id)

/** The stored value, opened, or why it is not given out: the one rule for single and batch reads. */
export const releaseStored = (
  { vault }: Pick<FetchParts, 'vault'>,
  request: Request,
): ReleasedSecret | Failure => refusalOf(request) ?? opened(vault, request)

/** A value made for this very request, or why there is none: the same rule, for what is not stored. */
export async function releaseIssued(
  { dynamicSecrets }: Pick<FetchParts, 'dynamicSecrets'>,
  request: Request,
): Promise<ReleasedSecret | Failure> {
  const { session, id } = request
  const refusal = refusalOf(request)
  if (refusal !== undefined || dynamicSecrets === undefined) return refusal ?? noSuchSecret(id)
  try {
    return await dynamicSecrets.issue(session, id)
  } catch (error) {
    // What the other side refuses is known to the trail like any other refusal.
    if (error instanceof Failure) return error
    throw error
  }
}

/** Why a secret may not be given out, whatever its value. */
function refusalOf({ passage: { graph }, session, id }: Request): Failure | undefined {
  if (!SECRET_KINDS.has(kindOf(id))) return noSuchSecret(id)
  const { role } = session
  const refusal = refusalFor(graph, session, 'execute', id)
  // Whoever may execute sees it, too: the second question is asked only to tell one refusal from the other.
  if (refusal === undefined || graph.visible(role, id)) return refusal
  return noSuchSecret(id, whyInvisible(graph, role, id))
}

function opened(vault: Vault, { passage, id, found }: Request): ReleasedSecret | Failure {
  if (found === undefined) return noSuchSecret(id)
  try {
    const value = openSecret(vault, id, found)
    const mimeType = passage.mimeTypeOf(id)
    return mimeType === undefined ? { value } : { value, mimeType }
  } catch (error) {
    // A value that was altered or moved in the database: the trail must know of it.
    if (error instanceof Failure) return error
    throw error
  }
}
