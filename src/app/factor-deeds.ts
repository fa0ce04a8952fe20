import type { Id } from '#domain/id.ts'
import type { FactorKind } from './factor-store.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Session } from './session.ts'

/** What is done with second factors. */
export type FactorOperation =
  | 'list'
  | 'begin-enrolment'
  | 'answer-enrolment'
  | 'enrol'
  | 'begin-verification'
  | 'answer-verification'
  | 'verify'
  | 'use-recovery-code'
  | 'renew-recovery-codes'
  | 'remove'
  | 'reset'

/** Of which factor a deed is, as far as it is known. */
export interface FactorNamed {
  readonly id?: string | undefined
  readonly kind?: FactorKind | undefined
}

/** What the trail says of something that is done with the factors of `role`. */
export const factorDeed = (
  operation: FactorOperation,
  role: Id,
  { id, kind }: FactorNamed = {},
): Deed => ({
  kind: 'factor',
  operation,
  subject: {
    role,
    ...(id === undefined ? {} : { factor: id }),
    ...(kind === undefined ? {} : { factor_kind: kind }),
  },
})

/** Does `work`, which records by itself that it was done; when it fails that is recorded here, before the error is thrown on. */
export async function recordingRefusal<T>(
  recorder: Recorder,
  session: Session,
  deed: Deed,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await recorder.record([recorder.refused(session, deed, error)])
    throw error
  }
}
