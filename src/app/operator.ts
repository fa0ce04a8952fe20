import { accountOf, adminOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { ApiKeys, Passwords } from './credentials.ts'
import { factorDeed } from './factor-deeds.ts'
import type { Gate } from './gate.ts'
import type { LockOut } from './lock-out.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'

/** What an operator's deeds stand on: whoever has the database and the master key needs nobody's permission. */
export interface OperatorParts {
  readonly store: Store
  readonly gate: Gate
  readonly recorder: Recorder
  readonly apiKeys: ApiKeys
  readonly passwords: Passwords
  readonly lockOut: LockOut
  readonly clock: Clock
  readonly newGeneration: () => string
}

/** What an operator does comes from the machine of the database itself. */
const ORIGIN = { clientIp: '127.0.0.1', request: 'admin' } as const

/**
 * Replaces the API key of a role and returns the new one; all its keys and tokens end at once. Throws `not_found` for a role that cannot log
 * in.
 */
export async function giveNewKey(parts: OperatorParts, role: Id): Promise<string> {
  await mustLogIn(parts, role)
  const deed: Deed = { kind: 'api-key', operation: 'rotate', subject: { role } }
  return changing(parts, role, deed, (transaction) => replaceKey(parts, transaction, role))
}

/**
 * Sets the password of a user and ends its lock; its tokens and the keys of its password logins end at once, its API key stays. Throws
 * `not_found` for a role that cannot log in, `argument_error` for one that is no user, `validation_failed` for a weak password.
 */
export async function givePassword(
  parts: OperatorParts,
  role: Id,
  password: string,
): Promise<void> {
  await mustLogIn(parts, role)
  if (kindOf(role) !== 'user') throw new Failure('argument_error', 'only users have passwords')
  const weakness = parts.passwords.weakness(password)
  if (weakness !== undefined) throw new Failure('validation_failed', weakness)
  const hash = await parts.passwords.hash(password)
  const deed: Deed = { kind: 'password', operation: 'change', subject: { role } }
  await changing(parts, role, deed, async (transaction) => {
    await transaction.setPassword(role, hash)
    await endTokens(parts, transaction, role)
  })
  await parts.lockOut.unlock(role)
}

/** Ends the lock that failed logins put on a role. Throws `not_found` for a role that cannot log in. */
export async function unlockRole(parts: OperatorParts, role: Id): Promise<void> {
  await mustLogIn(parts, role)
  await parts.lockOut.unlock(role)
  const who = { account: accountOf(role), user: 'operator', origin: ORIGIN }
  const deed: Deed = { kind: 'password', operation: 'unlock', subject: { role } }
  await parts.recorder.record([parts.recorder.attempt(who, deed)])
}

/**
 * Removes all second factors and recovery codes of a user who has lost them, and ends the lock that wrong codes put on it; its tokens end
 * at once. Throws `not_found` for a role that cannot log in, `argument_error` for one that is no user.
 */
export async function takeFactors(parts: OperatorParts, role: Id): Promise<void> {
  await mustLogIn(parts, role)
  if (kindOf(role) !== 'user') {
    throw new Failure('argument_error', 'only users have second factors')
  }
  await changing(parts, role, factorDeed('reset', role), async (transaction) => {
    await transaction.removeFactors(role)
    await endTokens(parts, transaction, role)
  })
  await parts.lockOut.unlock(role)
}

/**
 * The session of an account's administrator, as an operator may have it: no second factor is demanded of whoever has the database. Throws
 * `not_found` for an unknown account.
 */
export async function administratorSession(
  parts: Pick<OperatorParts, 'gate' | 'clock'>,
  account: string,
): Promise<Session> {
  const role = adminOf(account)
  const generation = await mustLogIn(parts, role)
  const issuedAt = Math.floor(parts.clock() / 1000)
  const factor = { methods: [], provenAt: issuedAt, age: 0 }
  const expiresAt = Infinity
  return { ...ORIGIN, role, account, generation, issuedAt, expiresAt, cidrs: [], factor }
}

/** The generation of the credential of `role`. */
async function mustLogIn({ gate }: Pick<OperatorParts, 'gate'>, role: Id): Promise<string> {
  const { graph } = await gate.pass()
  const generation = graph.credential(role)?.generation
  if (generation !== undefined) return generation
  throw new Failure('not_found', `role ${quoted(role)} is not found, or is none that logs in`)
}

const changing = <T>(
  { store, recorder }: OperatorParts,
  role: Id,
  deed: Deed,
  work: (transaction: ChangeTransaction) => Promise<T>,
): Promise<T> =>
  store.change(accountOf(role), async (transaction) => {
    const result = await work(transaction)
    const who = { account: accountOf(role), user: 'operator', origin: ORIGIN }
    await transaction.record([recorder.attempt(who, deed)])
    return result
  })

async function replaceKey(
  parts: OperatorParts,
  transaction: ChangeTransaction,
  role: Id,
): Promise<string> {
  const key = parts.apiKeys.generate()
  await transaction.replaceKeys([{ role, digest: parts.apiKeys.digest(key) }])
  await endTokens(parts, transaction, role)
  return key
}

const endTokens = (
  { newGeneration }: OperatorParts,
  transaction: ChangeTransaction,
  role: Id,
): Promise<void> =>
  transaction.apply([
    { op: 'change', row: { table: 'credential', role, generation: newGeneration() } },
  ])
