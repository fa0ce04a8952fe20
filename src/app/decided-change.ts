import type { Change } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { AuditEvent } from './audit.ts'
import { changeDeed } from './change-deed.ts'
import type { Gate, Passage } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store, Want } from './store.ts'
import { sealSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What changes that are decided on the graph alone stand on. */
export interface ChangeParts {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
  readonly vault: Vault
}

/** A secret value that comes with a change. */
export interface NewValue {
  readonly resource: Id
  readonly value: string
}

/** What was decided: the rows that change, in the order in which they can be applied, and the values of new variables. */
export interface Decided {
  readonly changes: readonly Change[]
  readonly values?: readonly NewValue[]
}

/** Who wants what changed in which account. */
export interface Wish {
  readonly session: Session
  readonly account: string
  readonly deed: Deed
  /** What `decide` is to know the values of. */
  readonly wants?: readonly Want[]
}

/**
 * Makes the changes that `decide` answers with, or throws what it throws. It is asked twice: before the lock of the account is waited
 * for, so that who may not has to wait for nothing, and again under it, on a graph that cannot change any more. The deed and every
 * row and value that it changed become part of the trail with the change itself; so does a refusal.
 */
export async function decidedChange(
  parts: ChangeParts,
  { session, account, deed, wants = [] }: Wish,
  decide: (passage: Passage) => Decided,
): Promise<void> {
  const { gate, store, recorder } = parts
  const passage = await gate.enter(session, wants)
  try {
    decide(passage)
    await store.change(account, async (transaction) => {
      const { changes, values = [] } = decide(await gate.enter(session, wants))
      await transaction.apply(changes)
      const written = await addValues(parts, transaction, values)
      const deeds = [deed, ...changes.map(changeDeed), ...written]
      await transaction.record(deeds.map((done): AuditEvent => recorder.done(session, done)))
    })
  } catch (error) {
    await recorder.record([recorder.refused(session, deed, error)])
    throw error
  }
}

async function addValues(
  { vault }: ChangeParts,
  transaction: ChangeTransaction,
  values: readonly NewValue[],
): Promise<readonly Deed[]> {
  const deeds: Deed[] = []
  for (const { resource, value } of values) {
    const bytes = Buffer.from(value, 'utf8')
    // One after the other: they share the transaction's connection.
    // oxlint-disable-next-line no-await-in-loop
    const version = await transaction.addVersion(resource, (number) =>
      sealSecret(vault, resource, number, bytes),
    )
    bytes.fill(0)
    deeds.push({ kind: 'update', operation: 'update', subject: { resource, version } })
  }
  return deeds
}
