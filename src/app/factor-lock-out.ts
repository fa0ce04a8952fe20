import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { LockOutStore } from './lock-out-store.ts'
import { factorSubjectOf, lockedUntil } from './lock-out.ts'
import type { LockOutParts, LockOutRule } from './lock-out.ts'

/**
 * Ends the guessing of codes. An attempt is counted before it is decided, so that a hundred at once, on however many nodes, get no more
 * guesses than a hundred one after the other, and a success takes all of them back. There is one counter for a role, for authenticator apps
 * and recovery codes alike and however its name or a code is spelled (attack `aliases`). What cannot be guessed, the signature of a
 * passkey, is neither counted nor stopped: who stole a token would otherwise keep its owner out.
 */
export interface FactorLockOut {
  /** Counts an attempt. Throws `mfa_locked` when none may be made; nothing is counted then: a lock does not grow by being leant on. */
  admit(role: Id): Promise<void>
  /** The attempt was right. */
  forgive(role: Id): Promise<void>
}

/** After how many failures codes must wait where passwords never must: six digits do not stand guessing without end. */
const ATTEMPTS_OF_CODES = 5

/** The lock-out of second factors, under the rule for passwords. */
export function createFactorLockOut({ store, clock, rule: given }: LockOutParts): FactorLockOut {
  const rule = limited(given)
  return {
    async admit(role) {
      const now = clock()
      const [known] = await store.reviseFailures([factorSubjectOf(role)], (_, before) =>
        before !== undefined && now < lockedUntil(before, rule.attempts, rule)
          ? before
          : { count: (before?.count ?? 0) + 1, lastAt: now },
      )
      const until = known === undefined ? now : lockedUntil(known, rule.attempts, rule)
      if (now < until) throw locked(Math.ceil((until - now) / 1000))
    },
    forgive: (role) => forget(store, role),
  }
}

const limited = (rule: LockOutRule): LockOutRule =>
  rule.attempts === 0 ? { ...rule, attempts: ATTEMPTS_OF_CODES } : rule

const forget = async (store: LockOutStore, role: Id): Promise<void> => {
  await store.reviseFailures([factorSubjectOf(role)], () => undefined)
}

const locked = (seconds: number): Failure =>
  new Failure('mfa_locked', `too many wrong codes: try again in ${seconds} seconds`, {
    wire: { retry_after: seconds },
  })
