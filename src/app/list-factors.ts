import { factorDeed } from './factor-deeds.ts'
import type { FactorParts } from './factor-parts.ts'
import type { RoleFactors } from './factor-store.ts'
import { mustBeUserOf } from './own-factors.ts'
import type { Session } from './session.ts'

/** The second factors of the caller. Throws `forbidden` for a host and for another account than that of the token. */
export type ListFactors = (session: Session, account: string) => Promise<RoleFactors>

export function listFactors(parts: FactorParts): ListFactors {
  const { gate, recorder, store } = parts
  return async (session, account) => {
    await gate.enter(session)
    return recorder.during(session, factorDeed('list', session.role), async () => {
      mustBeUserOf(session, account)
      return store.factorsOf(session.role)
    })
  }
}
