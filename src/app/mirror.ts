import type { AuditEvent } from './audit.ts'
import type { RestoreStore } from './restore-store.ts'
import type { ChangeTransaction, Store } from './store.ts'

/** Somewhere that audit events go besides the database. It never throws and nothing waits for it. */
export type Mirror = (events: readonly AuditEvent[]) => void

/**
 * `store`, which shows `mirror` every audit event once it is durable: what the database has is what the mirror sees, and nothing that
 * was rolled back.
 */
export function mirrored<Kept extends Store & Partial<RestoreStore>>(
  store: Kept,
  mirror: Mirror,
): Kept {
  const { restoreAccount } = store
  return {
    ...store,
    ...(restoreAccount === undefined ? {} : restoring(mirror, restoreAccount)),
    async record(events) {
      await store.record(events)
      mirror(events)
    },
    async writeSecret(resource, seal, event, keep) {
      const seen: AuditEvent[] = []
      const version = await store.writeSecret(resource, seal, noted(event, seen), keep)
      mirror(seen)
      return version
    },
    change: (account, work) => following(mirror, work, (own) => store.change(account, own)),
    createAccount: (account, key, work) =>
      following(mirror, work, (own) => store.createAccount(account, key, own)),
    deleteAccount: (account, work) =>
      following(mirror, work, (own) => store.deleteAccount(account, own)),
  } satisfies Kept
}

const noted =
  (event: (version: number) => AuditEvent, seen: AuditEvent[]) =>
  (version: number): AuditEvent => {
    const made = event(version)
    seen.push(made)
    return made
  }

const restoring = (
  mirror: Mirror,
  restore: RestoreStore['restoreAccount'],
): Pick<RestoreStore, 'restoreAccount'> => ({
  restoreAccount: (key, work) => following(mirror, work, (own) => restore(key, own)),
})

/** Runs a transaction and shows the mirror what was recorded in it, after the commit. */
async function following<T, Open extends ChangeTransaction>(
  mirror: Mirror,
  work: (transaction: Open) => Promise<T>,
  run: (work: (transaction: Open) => Promise<T>) => Promise<T>,
): Promise<T> {
  const seen: AuditEvent[] = []
  const result = await run((transaction) =>
    work({
      ...transaction,
      async record(events) {
        await transaction.record(events)
        seen.push(...events)
      },
    }),
  )
  mirror(seen)
  return result
}
