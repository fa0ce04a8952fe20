import type { ProveFactor } from '#client/step-up.ts'
import type { Proving } from './prove-factor.ts'

/** The prover of `proving`, which is loaded when the server demands a factor: it hardly ever does. */
export function whenDemanded(proving: Proving): ProveFactor {
  let prover: ProveFactor | undefined
  return async (demand, own) => {
    const { factorProver } = await import('./prove-factor.ts')
    prover ??= factorProver(proving)
    return prover(demand, own)
  }
}
