import { hash } from 'node:crypto'
import { roleOfLogin } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { networkOf } from '#lib/cidr.ts'
import { Failure } from '#lib/failure.ts'
import type { Failures, LockOutStore } from './lock-out-store.ts'
import type { Clock } from './recorder.ts'
import type { Origin } from './session.ts'

/** When guessing a password is stopped, and for how long. */
export interface LockOutRule {
  /** After so many failures one after the other the next attempt must wait; 0 locks nobody out. */
  readonly attempts: number
  /** How long the first lock lasts, in seconds; each further failure doubles it. */
  readonly firstSeconds: number
  /** The longest lock, in seconds. */
  readonly longestSeconds: number
}

/** What counting failed logins stands on. */
export interface LockOutParts {
  readonly store: LockOutStore
  readonly clock: Clock
  readonly rule: LockOutRule
}

/** Who tries a password: the name that was given, and from where. */
export interface PasswordAttempt {
  readonly account: string
  readonly login: string
  readonly origin: Origin
}

/**
 * Ends the guessing of passwords. An attempt is counted before it is decided, so that a hundred at once get no more guesses than a
 * hundred one after the other, and a success takes it back. It counts against the role that the name means, so that all
 * spellings of a name share one counter (attack `aliases`), and against the address, with ten times the patience. A name that
 * nobody has is counted like one that somebody has: neither the answer nor the time tells them apart.
 */
export interface LockOut {
  /** Whether the attempt may be made. When not, nothing is counted: a lock does not grow by being leant on. */
  admits(attempt: PasswordAttempt): Promise<boolean>
  /** The attempt was right: the failures of the role are forgotten. Those of the address stay, or one good login would wash off many. */
  forgive(attempt: PasswordAttempt): Promise<void>
  /** Ends the locks of a role, that of its second factors too, for an operator. */
  unlock(role: Id): Promise<void>
}

/** How many times as many failures an address may have: several people may be behind one. */
const ADDRESS_PATIENCE = 10

/** Failures this long ago, in milliseconds, no longer count. */
const FORGOTTEN_AFTER = 24 * 60 * 60 * 1000

/** The lock-out of an installation. */
export function createLockOut({ store, clock, rule }: LockOutParts): LockOut {
  if (rule.attempts === 0) return noLockOut(store)
  const patienceOf = (subject: string): number =>
    subject.startsWith(ADDRESS) ? rule.attempts * ADDRESS_PATIENCE : rule.attempts
  const isLocked = (subject: string, known: Failures | undefined, now: number): boolean =>
    known !== undefined && now < lockedUntil(known, patienceOf(subject), rule)

  return {
    async admits(attempt) {
      const now = clock()
      await store.forgetFailures(now - FORGOTTEN_AFTER)
      const subjects = subjectsOf(attempt)
      const before = await store.reviseFailures(subjects, (subject, known) =>
        isLocked(subject, known, now) ? known : { count: (known?.count ?? 0) + 1, lastAt: now },
      )
      return !subjects.some((subject, index) => isLocked(subject, before[index], now))
    },
    async forgive(attempt) {
      await store.reviseFailures(subjectsOf(attempt), (subject, known) =>
        subject.startsWith(ADDRESS) && known !== undefined && known.count > 1
          ? { ...known, count: known.count - 1 }
          : undefined,
      )
    },
    async unlock(role) {
      await store.reviseFailures([subjectOfRole(role), factorSubjectOf(role)], () => undefined)
    },
  }
}

/** Until when a further attempt must wait, in milliseconds since 1970; in the past when it need not. */
export function lockedUntil(known: Failures, patience: number, rule: LockOutRule): number {
  if (known.count < patience) return Number.NEGATIVE_INFINITY
  const seconds = rule.firstSeconds * 2 ** Math.min(known.count - patience, 40)
  return known.lastAt + Math.min(seconds, rule.longestSeconds) * 1000
}

/** Guessing passwords is not stopped; guessing codes of second factors always is. */
const noLockOut = (store: LockOutStore): LockOut => ({
  admits: async () => true,
  forgive: async () => undefined,
  async unlock(role) {
    await store.reviseFailures([factorSubjectOf(role)], () => undefined)
  },
})

const ADDRESS = 'address:'

const subjectsOf = ({ account, login, origin }: PasswordAttempt): readonly string[] => [
  subjectOfName(account, login),
  `${ADDRESS}${networkOf(origin.clientIp)}`,
]

/** Digests, because people type passwords into the field of the name. */
const digestOf = (text: string): string => `role:${hash('sha256', text, 'base64url')}`

const subjectOfRole = (role: Id): string => digestOf(role)

/** Under what the wrong codes of a role's second factors are counted. */
export const factorSubjectOf = (role: Id): string => `factor:${hash('sha256', role, 'base64url')}`

function subjectOfName(account: string, login: string): string {
  try {
    return subjectOfRole(roleOfLogin(account, login))
  } catch (error) {
    // What cannot be a name has a counter as well, under no name that can be one.
    if (error instanceof Failure) return digestOf(`${account}\0${login}`)
    throw error
  }
}
