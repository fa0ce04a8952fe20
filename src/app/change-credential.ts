import { accountOf, identifierOf, kindOf, parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { AuditEvent } from './audit.ts'
import { admit, mustStillBeAdmitted } from './authenticate.ts'
import type { LoginParts, Presented } from './authenticate.ts'
import { proofOf } from './credentials.ts'
import type { Claim } from './credentials.ts'
import { isPermitted } from './permission.ts'
import type { Deed } from './recorder.ts'
import type { Origin, Session } from './session.ts'
import type { ChangeTransaction } from './store.ts'

/** What changing a credential stands on. */
export interface ChangeCredentialParts extends LoginParts {
  /** A generation that no token carries yet. */
  readonly newGeneration: () => string
}

const rotateOf = (role: string): Deed => ({
  kind: 'api-key',
  operation: 'rotate',
  subject: { role },
})

/**
 * Replaces the API key of the bearer of a password or key and returns the new one. The old key, all keys of password logins and all tokens
 * of the role end at once. Throws `unauthorized` like a login; `target`, when given, must be the bearer.
 */
export type RotateOwnKey = (
  presented: Presented,
  origin: Origin,
  target?: string,
) => Promise<string>

export function rotateOwnKey(parts: ChangeCredentialParts): RotateOwnKey {
  return async (presented, origin, target) => {
    const isProven = async (claim: Claim): Promise<boolean> =>
      (await proofOf(parts, claim)) !== undefined
    const deed = rotateOf(target ?? 'self')
    return admit(parts, { deed, presented, origin, isProven }, async (admitted) => {
      const { role, event } = admitted
      mustBeOwn(role, presented, target)
      return replaceKey(parts, role, event, () => mustStillBeAdmitted(parts, admitted))
    })
  }
}

/** Throws `unauthorized` when `target` is given and is not the bearer. */
export function mustBeOwn(role: Id, { account }: Presented, target: string | undefined): void {
  if (target === undefined || parseIdIn(account, target) === role) return
  throw new Failure('unauthorized', 'Operation attempted against foreign user')
}

/**
 * Replaces the API key of another user or host and returns the new one (reference/conjur-api.md 1.6, the decision table). Throws
 * `credential_weak` for the caller's own role: a token cannot prolong itself (attack `token-scope`); `not_found` when the role is
 * invisible, `forbidden` without `update`, `method_not_allowed` for a role that has no key.
 */
export type RotateKeyOf = (session: Session, account: string, target: string) => Promise<string>

export function rotateKeyOf(parts: ChangeCredentialParts): RotateKeyOf {
  return async (session, account, target) => {
    const role = parseIdIn(account, target)
    const { graph } = await parts.gate.enter(session)
    const { recorder } = parts
    try {
      if (role === session.role) throw tooWeak()
      mustBeRotatable(graph, session, role)
      return await replaceKey(parts, role, recorder.done(session, rotateOf(role)), async () => {
        const { graph: settled } = await parts.gate.enter(session)
        mustBeRotatable(settled, session, role)
      })
    } catch (error) {
      await recorder.record([recorder.refused(session, rotateOf(role), error)])
      throw error
    }
  }
}

/**
 * Throws `not_found` when the role is invisible to the caller, `forbidden` without `update`, `mfa_required` without a factor that is demanded
 * for it, `method_not_allowed` for a role that has no key.
 */
export function mustBeRotatable(graph: RoleGraph, session: Session, role: Id): void {
  const named = `${kindOf(role)}:${identifierOf(role)}`
  if (!graph.visible(session.role, role)) {
    const text = `CONJ00123E Resource '${named}' requested by role '${session.role}' not found`
    throw new Failure('not_found', text)
  }
  if (!isPermitted(graph, session, 'update', role)) {
    throw new Failure('forbidden', `CONJ00124E '${session.role}' may not update '${role}'`)
  }
  if (graph.credential(role) === undefined) {
    const text = `CONJ00126E Role '${role}' is not applicable for key rotation`
    throw new Failure('method_not_allowed', text)
  }
}

/** A token is not enough: whoever holds one could make its power last for ever. */
const tooWeak = (): Failure => new Failure('credential_weak', 'Credential strength is insufficient')

/** Throws `credential_weak`: what needs the key or password itself was asked with a token. */
export function refuseToken(): never {
  throw tooWeak()
}

/**
 * The new key and the record of it become durable together: no key is changed that the trail does not know of. `decideAgain` is asked under the
 * lock of the account, which may have been waited for, and throws when the role may not get a key any more.
 */
async function replaceKey(
  parts: ChangeCredentialParts,
  role: Id,
  event: AuditEvent,
  decideAgain: () => Promise<void>,
): Promise<string> {
  const key = parts.apiKeys.generate()
  await parts.store.change(accountOf(role), async (transaction) => {
    await decideAgain()
    await transaction.replaceKeys([{ role, digest: parts.apiKeys.digest(key) }])
    await endTokens(parts, transaction, role)
    await transaction.record([event])
  })
  return key
}

const endTokens = (
  { newGeneration }: ChangeCredentialParts,
  transaction: ChangeTransaction,
  role: Id,
): Promise<void> =>
  transaction.apply([
    { op: 'change', row: { table: 'credential', role, generation: newGeneration() } },
  ])

/**
 * Sets the password of the bearer of its password or API key; all its tokens and keys of password logins end at once, the API key stays.
 * Throws `unauthorized` like a login, `forbidden` for a host, `validation_failed` for a weak password;
 * `target`, when given, must be the bearer.
 */
export type ChangePassword = (
  presented: Presented,
  origin: Origin,
  password: string,
  target?: string,
) => Promise<void>

export function changePassword(parts: ChangeCredentialParts): ChangePassword {
  return async (presented, origin, password, target) => {
    const deed: Deed = { kind: 'password', operation: 'change', subject: {} }
    const isProven = async (claim: Claim): Promise<boolean> =>
      (await proofOf(parts, claim)) !== undefined
    await admit(parts, { deed, presented, origin, isProven }, async (admitted) => {
      const { role, event } = admitted
      mustBeOwn(role, presented, target)
      if (kindOf(role) !== 'user') throw new Failure('forbidden', 'only users have passwords')
      mustBeStrong(parts, password)
      const hash = await parts.passwords.hash(password)
      await parts.store.change(presented.account, async (transaction) => {
        await mustStillBeAdmitted(parts, admitted)
        await transaction.setPassword(role, hash)
        await endTokens(parts, transaction, role)
        await transaction.record([event])
      })
    })
  }
}

function mustBeStrong({ passwords }: ChangeCredentialParts, password: string): void {
  const weakness = passwords.weakness(password)
  if (weakness === undefined) return
  throw new Failure('validation_failed', `password ${weakness}`, {
    wire: { details: [{ code: 'validation_failed', target: 'password', message: weakness }] },
  })
}
