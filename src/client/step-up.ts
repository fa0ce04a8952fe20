import type { Failure } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import { demandsFactor, failureOf } from './answers.ts'
import type { SecondFactorVerbs } from './second-factors.ts'
import { secondFactorVerbs } from './second-factors.ts'
import type { Session, SessionAnswer, SessionCall } from './session.ts'
import { succeeded } from './session.ts'
import type { SteppableTokens } from './token-holder.ts'

/**
 * Proves a second factor of the caller by `own`, because the server refused with `demand`, and gives the token that says so. What it throws, for
 * example the demand itself when there is nobody to ask, is what the refused call throws.
 */
export type ProveFactor = (demand: Failure, own: SecondFactorVerbs) => Promise<AccessToken>

/**
 * `session`, which repeats a call once after the server demanded a second factor and `prove` had it. Calls that are refused at the same time
 * share one proof, and one that was refused while somebody else's proof was under way is repeated without another.
 */
export function steppingUp(
  session: Session,
  tokens: SteppableTokens,
  prove: ProveFactor | undefined,
): Session {
  if (prove === undefined) return session
  const own = secondFactorVerbs(session)
  let proofs = 0
  let pending: Promise<void> | undefined

  const stepUp = async (demand: Failure): Promise<void> => {
    try {
      tokens.stepUp(await prove(demand, own))
      proofs += 1
    } finally {
      pending = undefined
    }
  }

  const ask = async (call: SessionCall): Promise<SessionAnswer> => {
    const before = proofs
    const answer = await session.ask(call)
    if (!demandsFactor(answer)) return answer
    if (proofs === before) await (pending ??= stepUp(failureOf(answer)))
    return session.ask(call)
  }
  return { account: session.account, ask, succeed: async (call) => succeeded(await ask(call)) }
}
