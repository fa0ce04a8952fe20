import { kindOf } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { RoleFactors } from './factor-store.ts'
import { mustHaveFactor } from './permission.ts'
import type { Session } from './session.ts'

/** How long ago somebody who changes second factors may have proven one, in seconds. */
const FRESH = 300

/** The most factors that one role may have. */
const MOST_FACTORS = 20

/** What a factor may be called: up to 60 characters, none of which is a control or format character. */
const FACTOR_NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,60}$/u

/** Throws `forbidden` unless the caller is a user of this account: hosts have no second factors. */
export function mustBeUserOf(session: Session, account: string): void {
  if (session.account !== account) {
    throw new Failure('forbidden', 'second factors are those of the bearer of the token')
  }
  if (kindOf(session.role) !== 'user') {
    throw new Failure('forbidden', 'only users have second factors')
  }
}

/** Throws `mfa_required` when there is a second factor and the caller has not proven one just now: a token alone must not get rid of it. */
export function mustHaveProvenOne(session: Session, { factors }: RoleFactors, what: string): void {
  if (factors.length > 0) mustHaveFactor(session, what, FRESH)
}

/** Throws like {@link mustHaveProvenOne}, and `conflict` when there are as many as there may be. */
export function mustBeFreeToEnrol(session: Session, known: RoleFactors): void {
  mustHaveProvenOne(session, known, 'adding a second factor to others')
  if (known.factors.length >= MOST_FACTORS) {
    throw new Failure('conflict', `nobody may have more than ${MOST_FACTORS} second factors`)
  }
}

/** `name`, or what a factor is called that was given none. Throws `argument_error` for what cannot be a name. */
export function factorName(name: string | undefined, standard: string): string {
  const given = name?.trim() ?? standard
  if (FACTOR_NAME.test(given)) return given
  throw new Failure(
    'argument_error',
    'the name of a second factor has 1 to 60 printable characters',
  )
}
