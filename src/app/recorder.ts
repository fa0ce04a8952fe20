import { Failure } from '#lib/failure.ts'
import type { Audit, AuditEvent } from './audit.ts'
import type { Origin, Session } from './session.ts'

/** What happened, before it is known who asked and how it ended. */
export type Deed = Pick<AuditEvent, 'kind' | 'operation' | 'subject' | 'attestation'>

/** The time, in milliseconds since 1970. */
export type Clock = () => number

/** Builds the events of one node: the one place that knows the time of an event. */
export interface Recorder {
  /** The event of a deed that was done. */
  done(session: Session, deed: Deed): AuditEvent
  /** The event of a deed that was refused or failed; what is not a {@link Failure} is named without detail. */
  refused(session: Session, deed: Deed, error: unknown): AuditEvent
  /** The event of somebody who has no session (yet): `user` is the name that was tried. */
  attempt(
    who: { readonly account: string; readonly user: string; readonly origin: Origin },
    deed: Deed,
    error?: unknown,
  ): AuditEvent
  /** Makes events durable. */
  record(events: readonly AuditEvent[]): Promise<void>
  /**
   * Does `work` and records how it ended: its success before the result is returned, its failure before the error is thrown
   * on. So nothing is answered that is not in the trail.
   */
  during<T>(session: Session, deed: Deed, work: () => Promise<T>): Promise<T>
}

/** The operator's reason for a refusal: the failure behind it where the caller was told less. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Failure)) return 'internal error'
  const { cause } = error
  return (cause instanceof Failure ? cause : error).message.slice(0, 500)
}

/** The time as the trail prints it. Many events fall into one millisecond, and printing it costs as much as the rest of an event. */
function timePrinter(clock: Clock): () => string {
  let printed = ''
  let of = Number.NaN
  return () => {
    const now = clock()
    if (now !== of) {
      of = now
      printed = new Date(now).toISOString()
    }
    return printed
  }
}

/** A recorder over the trail. */
export function createRecorder(audit: Audit, clock: Clock): Recorder {
  const at = timePrinter(clock)
  const attempt: Recorder['attempt'] = ({ account, user, origin }, deed, error) => ({
    at: at(),
    request: origin.request,
    account,
    kind: deed.kind,
    operation: deed.operation,
    result: error === undefined ? 'success' : 'failure',
    user,
    clientIp: origin.clientIp,
    subject: deed.subject,
    ...(deed.attestation === undefined ? {} : { attestation: deed.attestation }),
    ...(error === undefined ? {} : { reason: reasonOf(error) }),
  })
  const of = (session: Session, deed: Deed, error?: unknown): AuditEvent =>
    attempt({ account: session.account, user: session.role, origin: session }, deed, error)

  return {
    done: (session, deed) => of(session, deed),
    refused: (session, deed, error) => of(session, deed, error),
    attempt,
    record: (events) => audit.record(events),
    async during(session, deed, work) {
      let result
      try {
        result = await work()
      } catch (error) {
        await audit.record([of(session, deed, error)])
        throw error
      }
      await audit.record([of(session, deed)])
      return result
    },
  }
}
