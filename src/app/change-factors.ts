import { accountOf, identifierOf, kindOf, parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { giveCodes } from './enrol-factor.ts'
import { factorDeed, recordingRefusal } from './factor-deeds.ts'
import type { FactorParts } from './factor-parts.ts'
import { mustBeUserOf, mustHaveProvenOne } from './own-factors.ts'
import { isPermitted } from './permission.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction } from './store.ts'
import type { AccessToken } from './tokens.ts'
import { noFactor } from './verify-factor.ts'

/**
 * New recovery codes for the caller, instead of all that there were. Throws `conflict` when the caller has no second factor, `mfa_required`
 * when none was proven just now, `forbidden` for a host and for another account than that of the token.
 */
export type RenewRecoveryCodes = (session: Session, account: string) => Promise<readonly string[]>

export function renewRecoveryCodes(parts: FactorParts): RenewRecoveryCodes {
  const { gate, recorder, store } = parts
  return async (session, account) => {
    await gate.enter(session)
    const { role } = session
    const deed = factorDeed('renew-recovery-codes', role)
    return recordingRefusal(recorder, session, deed, async () => {
      mustBeUserOf(session, account)
      return store.change(account, async (transaction) => {
        await gate.enter(session)
        const known = await transaction.factorsOf(role)
        if (known.factors.length === 0) throw noFactor()
        mustHaveProvenOne(session, known, 'renewing recovery codes')
        const codes = await giveCodes(transaction, role)
        await transaction.record([recorder.done(session, deed)])
        return codes
      })
    })
  }
}

/**
 * Removes a factor of the caller, and with the last one the recovery codes. All tokens of the caller end on all nodes, whatever they were
 * stepped up by; the answer is a new, ordinary one, which ends when that of the caller would have. Throws `not_found` for a factor that the caller does not have, `mfa_required` when none
 * was proven just now, `forbidden` for a host and for another account than that of the token.
 */
export type RemoveFactor = (session: Session, account: string, id: string) => Promise<AccessToken>

export function removeFactor(parts: FactorParts): RemoveFactor {
  const { gate, recorder, store, tokens } = parts
  return async (session, account, id) => {
    await gate.enter(session)
    const { role, cidrs, expiresAt: until } = session
    return recordingRefusal(recorder, session, factorDeed('remove', role, { id }), async () => {
      mustBeUserOf(session, account)
      const generation = await store.change(account, async (transaction) => {
        await gate.enter(session)
        const known = await transaction.factorsOf(role)
        mustHaveProvenOne(session, known, 'removing a second factor')
        const factor = known.factors.find((one) => one.id === id)
        if (factor === undefined) throw new Failure('not_found', 'there is no such second factor')
        await transaction.removeFactor(role, id)
        await transaction.record([recorder.done(session, factorDeed('remove', role, factor))])
        return endTokens(parts, transaction, role)
      })
      return tokens.issue(role, generation, { until, cidrs })
    })
  }
}

/**
 * Removes all factors and recovery codes of a user who has lost them, for an officer who may `update` that user. All tokens of the user
 * end, and the lock that wrong codes put on them. Throws `not_found` when the user is invisible, `forbidden` without the privilege,
 * `argument_error` for a role that is no user, and `mfa_required` when the officer has a second factor and has not proven it just now.
 */
export type ResetFactors = (session: Session, account: string, target: string) => Promise<void>

export function resetFactors(parts: FactorParts): ResetFactors {
  const { gate, recorder, store, factorLockOut } = parts
  return async (session, account, target) => {
    const role = parseIdIn(account, target)
    const { graph } = await gate.enter(session)
    const deed = factorDeed('reset', role)
    await recordingRefusal(recorder, session, deed, async () => {
      mustBeResettable(graph, session, role)
      mustHaveProvenOne(session, await store.factorsOf(session.role), 'resetting second factors')
      await store.change(accountOf(role), async (transaction) => {
        const { graph: settled } = await gate.enter(session)
        mustBeResettable(settled, session, role)
        await removeAll(parts, transaction, settled, role)
        await transaction.record([recorder.done(session, deed)])
      })
      await factorLockOut.forgive(role)
    })
  }
}

function mustBeResettable(graph: RoleGraph, session: Session, role: Id): void {
  const named = `${kindOf(role)}:${identifierOf(role)}`
  if (!graph.visible(session.role, role)) {
    const text = `CONJ00123E Resource '${named}' requested by role '${session.role}' not found`
    throw new Failure('not_found', text)
  }
  if (!isPermitted(graph, session, 'update', role)) {
    throw new Failure('forbidden', `CONJ00124E '${session.role}' may not update '${role}'`)
  }
  if (kindOf(role) !== 'user') {
    throw new Failure('argument_error', 'only users have second factors')
  }
}

/** Tokens of somebody who had no factors were not stepped up, and go on. */
async function removeAll(
  parts: FactorParts,
  transaction: ChangeTransaction,
  graph: RoleGraph,
  role: Id,
): Promise<void> {
  const { factors } = await transaction.factorsOf(role)
  if (factors.length === 0) return
  await transaction.removeFactors(role)
  if (graph.credential(role) !== undefined) await endTokens(parts, transaction, role)
}

/** Gives the credential a new generation, and resolves to it. */
async function endTokens(
  { newGeneration }: Pick<FactorParts, 'newGeneration'>,
  transaction: ChangeTransaction,
  role: Id,
): Promise<string> {
  const generation = newGeneration()
  await transaction.apply([{ op: 'change', row: { table: 'credential', role, generation } }])
  return generation
}
