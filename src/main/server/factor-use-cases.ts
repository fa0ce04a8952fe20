import { answerPasskeyCeremony, showPasskeyCeremony } from '#app/answer-passkey.ts'
import { beginPasskey } from '#app/begin-passkey.ts'
import { removeFactor, renewRecoveryCodes, resetFactors } from '#app/change-factors.ts'
import { completePasskey } from '#app/complete-passkey.ts'
import { beginTotp, confirmTotp } from '#app/enrol-totp.ts'
import { createFactorLockOut } from '#app/factor-lock-out.ts'
import type { FactorParts } from '#app/factor-parts.ts'
import { listFactors } from '#app/list-factors.ts'
import { verifyFactor } from '#app/verify-factor.ts'
import type { RelyingParty } from '#crypto/passkey.ts'
import type { FactorUses } from '#http/routes/factors.ts'
import type { PasskeyUses } from '#http/routes/passkeys.ts'
import { lockOutRule } from './lock-out-rule.ts'
import type { Settings } from './settings.ts'
import type { NodeParts } from './use-cases.ts'

/** Everything about second factors, over the parts of this node. */
export function factorUseCases(
  node: NodeParts & Pick<FactorParts, 'newGeneration'>,
  settings: Settings,
): FactorUses & PasskeyUses {
  const { store, clock } = node
  const factorLockOut = createFactorLockOut({ store, clock, rule: lockOutRule(settings) })
  const parts: FactorParts = { ...node, factorLockOut }
  const passkeys = { ...parts, party: relyingPartyAt(settings.publicUrl) }
  return {
    beginPasskey: beginPasskey(passkeys),
    showPasskeyCeremony: showPasskeyCeremony(passkeys),
    answerPasskeyCeremony: answerPasskeyCeremony(passkeys),
    completePasskey: completePasskey(passkeys),
    listFactors: listFactors(parts),
    beginTotp: beginTotp(parts),
    confirmTotp: confirmTotp(parts),
    verifyFactor: verifyFactor(parts),
    renewRecoveryCodes: renewRecoveryCodes(parts),
    removeFactor: removeFactor(parts),
    resetFactors: resetFactors(parts),
  }
}

/** Whom passkeys are made for at this address (WebAuthn Level 3, 5.1.2): its host, in which subdomains are others. */
const relyingPartyAt = (address: URL | undefined): RelyingParty | undefined =>
  address === undefined ? undefined : { id: address.hostname, origin: address.origin }
