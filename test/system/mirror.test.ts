import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { mirrored } from '#app/mirror.ts'
import { storeConformance } from '../conformance/store.ts'
import {
  add,
  bytes,
  event,
  nothing,
  signingKey,
  withVariable,
} from '../conformance/store/fixture.ts'
import { openTestStore, startDatabase, type TestDatabase, type TestStore } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

/** A store whose events are also in `seen`. */
async function openMirrored(seen: AuditEvent[] = []): Promise<TestStore> {
  const store = await openTestStore(database.connection)
  return mirrored(store, (events) => seen.push(...events))
}

storeConformance('a mirrored store', () => openMirrored())

test('a mirror sees every event that is durable, whichever way it was written', async () => {
  const seen: AuditEvent[] = []
  await using it = await withVariable(() => openMirrored(seen))
  const { account, store, db } = it
  const named = (operation: string): AuditEvent => event(account, { operation })
  await store.record([named('recorded')])
  await store.change(account, (transaction) => transaction.record([named('changed')]))
  await store.writeSecret(
    db,
    () => bytes('sealed'),
    (version) => named(`wrote ${version}`),
    5,
  )
  const other = `${account}-other`
  await store.createAccount(other, signingKey(other), (transaction) =>
    transaction.record([named('created')]),
  )
  await store.deleteAccount(other, async (transaction) => {
    await transaction.apply([
      add({ table: 'permission', resource: db, role: db, privilege: 'read' }),
    ])
    await transaction.record([named('deleted')])
  })
  assert.deepEqual(
    seen.map(({ operation }) => operation),
    ['recorded', 'changed', 'wrote 1', 'created', 'deleted'],
  )
  const stored = await store.audit({ account, limit: 100 })
  assert.deepEqual(
    stored.map(({ event: { operation } }) => operation).toReversed(),
    seen.map(({ operation }) => operation),
  )
})

test('a mirror does not see what was rolled back, nor a write that had nothing to write', async () => {
  const seen: AuditEvent[] = []
  await using it = await withVariable(() => openMirrored(seen))
  const { account, store, db } = it
  const failing = store.change(account, async (transaction) => {
    await transaction.record([event(account)])
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  await assert.rejects(store.createAccount(account, signingKey(account), nothing))
  await store.writeSecret(
    db,
    () => undefined,
    () => event(account),
    5,
  )
  assert.deepEqual(seen, [])
})
