import type { Failures, LockOutStore } from '#app/lock-out-store.ts'

/** Failed logins in memory, over `failures`, which several of them may share. */
export const memoryLockOut = (
  failures: Map<string, Failures> = new Map(),
): LockOutStore & AsyncDisposable => ({
  async reviseFailures(subjects, next) {
    return subjects.map((subject) => {
      const known = failures.get(subject)
      const revised = next(subject, known)
      if (revised === undefined) failures.delete(subject)
      else failures.set(subject, revised)
      return known
    })
  },
  async forgetFailures(before) {
    for (const [subject, { lastAt }] of failures) if (lastAt < before) failures.delete(subject)
  },
  [Symbol.asyncDispose]: async () => undefined,
})
