/** Failed attempts one after the other, and when the last of them was made (milliseconds since 1970). */
export interface Failures {
  readonly count: number
  readonly lastAt: number
}

/** Where failed password logins are counted, for all nodes together. test/conformance/lock-out-store.ts is its contract. */
export interface LockOutStore {
  /**
   * Replaces the failures of each subject by what `next` makes of them, `undefined` for none, and resolves to what they were
   * before, in the order of the subjects. Two calls that share a subject happen one after the other, on whichever nodes they run.
   */
  reviseFailures(
    subjects: readonly string[],
    next: (subject: string, known: Failures | undefined) => Failures | undefined,
  ): Promise<readonly (Failures | undefined)[]>
  /** Forgets the failures of subjects whose last one lies before `before`, in milliseconds since 1970. */
  forgetFailures(before: number): Promise<void>
}
