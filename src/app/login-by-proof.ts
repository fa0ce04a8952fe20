import { admitWorkload } from './authenticate-workload.ts'
import type { WorkloadParts, WorkloadProof } from './authenticate-workload.ts'
import { issueLoginKey } from './authenticate.ts'
import type { LoginParts } from './authenticate.ts'
import type { Origin } from './session.ts'

/** What logging in by what an authenticator recognises stands on. */
export type LoginByProofParts = WorkloadParts & Pick<LoginParts, 'apiKeys' | 'clock' | 'store'>

/**
 * A login key for whoever an authenticator recognises, which is then used as an API key instead of the proof. Throws like
 * an authentication by that proof, and the outcome is in the trail before it is known outside.
 */
export type LoginByProof = (proof: WorkloadProof, origin: Origin) => Promise<string>

export function loginByProof(parts: LoginByProofParts): LoginByProof {
  return (proof, origin) =>
    admitWorkload(parts, { operation: 'login', proof, origin }, (admitted) =>
      issueLoginKey(parts, proof.account, admitted),
    )
}
