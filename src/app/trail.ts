import { batcher } from '#lib/batcher.ts'
import type { Audit, AuditEvent } from './audit.ts'
import type { Store } from './store.ts'

/** The audit trail over the store: the events of concurrent requests become durable in one commit. */
export function openTrail(store: Store): Audit {
  const commit = batcher(
    async (batch: readonly (readonly AuditEvent[])[]) => {
      await store.record(batch.flat())
      return batch.map(() => undefined)
    },
    { perRun: 500, waiting: 20_000, second: 16 },
  )
  return { record: (events) => commit(events) }
}
