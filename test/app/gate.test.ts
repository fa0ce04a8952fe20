import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from '#app/gate.ts'
import type { Gate } from '#app/gate.ts'
import type { Session } from '#app/session.ts'
import { MIME_TYPE } from '#app/store.ts'
import type { Store } from '#app/store.ts'
import type { Change, Row } from '#domain/change.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { memoryDatabase } from './memory-store.ts'
import type { MemoryDatabase } from './memory-store.ts'

const ALICE = makeId('acme', 'user', 'alice')
const DB = makeId('acme', 'variable', 'db')

const add = (row: Row): Change => ({ op: 'add', row })
const remove = (row: Row): Change => ({ op: 'remove', row })
const permission: Row = { table: 'permission', resource: DB, role: ALICE, privilege: 'execute' }
const mimeType = (value: string): Row => ({
  table: 'annotation',
  resource: DB,
  name: MIME_TYPE,
  value,
})

const ROWS: readonly Change[] = [
  add({ table: 'role', id: ALICE }),
  add({ table: 'credential', role: ALICE, generation: 'one' }),
  add({ table: 'resource', id: DB, owner: DB }),
  add(permission),
]

/** A database in which alice may execute the variable, and another node that changes it. */
async function openWorld(): Promise<{
  readonly database: MemoryDatabase
  readonly change: (...changes: readonly Change[]) => Promise<void>
}> {
  const database = memoryDatabase()
  const other = database.open()
  const key = { account: 'acme', kid: 'k', sealedPrivateKey: Buffer.from(''), publicKeyPem: '' }
  await other.createAccount('acme', key, (transaction) => transaction.apply(ROWS))
  return {
    database,
    change: (...changes) => other.change('acme', (transaction) => transaction.apply(changes)),
  }
}

/** A node's store whose calls are counted, and whose methods may be replaced. */
function watched(
  database: MemoryDatabase,
  instead: (store: Store) => Partial<Store> = () => ({}),
): { readonly store: Store; readonly calls: Record<'read' | 'since' | 'snapshot', number> } {
  const inner = database.open()
  const used: Store = { ...inner, ...instead(inner) }
  const calls = { read: 0, since: 0, snapshot: 0 }
  return {
    calls,
    store: {
      ...used,
      read: (wants) => ((calls.read += 1), used.read(wants)),
      since: (epoch) => ((calls.since += 1), used.since(epoch)),
      snapshot: () => ((calls.snapshot += 1), used.snapshot()),
    },
  }
}

const mayExecute = async (gate: Gate): Promise<boolean> =>
  (await gate.pass()).graph.allowed(ALICE, 'execute', DB)

test('what another node committed is obeyed in the very next passage', async () => {
  const { database, change } = await openWorld()
  const gate = await openGate(database.open())
  assert.equal(await mayExecute(gate), true)
  await change(remove(permission))
  assert.equal(await mayExecute(gate), false)
  await change(add(permission))
  assert.equal(await mayExecute(gate), true)
})

test('a revocation between the arrival of a request and its round trip is obeyed', async () => {
  const { database, change } = await openWorld()
  const arrived = Promise.withResolvers<undefined>()
  const revoked = Promise.withResolvers<undefined>()
  let isHeld = false
  const { store } = watched(database, (inner) => ({
    async read(wants) {
      if (isHeld) {
        arrived.resolve(undefined)
        await revoked.promise
      }
      return inner.read(wants)
    },
  }))
  const gate = await openGate(store)
  isHeld = true
  const decision = mayExecute(gate)
  await arrived.promise
  await change(remove(permission))
  revoked.resolve(undefined)
  assert.equal(await decision, false)
})

test('requests that arrive together share one round trip, and each gets its own values', async () => {
  const { database } = await openWorld()
  const writer = database.open()
  await writer.change('acme', (transaction) =>
    transaction.addVersion(DB, () => Buffer.from('sealed')),
  )
  const { store, calls } = watched(database)
  const gate = await openGate(store)
  calls.read = 0
  const nothing = makeId('acme', 'variable', 'nothing')
  const passages = await Promise.all([
    gate.pass([{ resource: DB }]),
    gate.pass(),
    gate.pass([{ resource: nothing }, { resource: DB, version: 1 }, { resource: DB, version: 2 }]),
  ])
  assert.equal(calls.read, 1)
  assert.deepEqual(
    passages.map(({ values }) => values.map((value) => value?.version)),
    [[1], [], [undefined, 1, undefined]],
  )
})

test('an epoch that did not move costs neither the log nor a snapshot', async () => {
  const { database } = await openWorld()
  const { store, calls } = watched(database)
  const gate = await openGate(store)
  await gate.pass()
  await gate.pass()
  assert.deepEqual(calls, { read: 3, since: 0, snapshot: 1 })
})

test('two batches that find the epoch moved apply the log once', async () => {
  const { database, change } = await openWorld()
  const catchingUp = Promise.withResolvers<undefined>()
  const proceed = Promise.withResolvers<undefined>()
  const { store, calls } = watched(database, (inner) => ({
    async since(epoch) {
      catchingUp.resolve(undefined)
      await proceed.promise
      return inner.since(epoch)
    },
  }))
  const gate = await openGate(store)
  await change(remove(permission))
  const first = mayExecute(gate)
  await catchingUp.promise
  // Sixteen that wait make a second round trip begin beside the one under way.
  const second = Array.from({ length: 16 }, () => mayExecute(gate))
  await new Promise((resolve) => setImmediate(resolve))
  proceed.resolve(undefined)
  assert.deepEqual(new Set(await Promise.all([first, ...second])), new Set([false]))
  assert.deepEqual(calls, { read: 3, since: 1, snapshot: 1 })
})

test('a node whose log does not reach back far enough starts anew from a snapshot', async () => {
  const { database, change } = await openWorld()
  const { store, calls } = watched(database)
  const gate = await openGate(store)
  await change(remove(permission), add(mimeType('text/plain')))
  database.forgetLog()
  assert.equal(await mayExecute(gate), false)
  assert.deepEqual(calls, { read: 2, since: 1, snapshot: 2 })
  assert.equal((await gate.pass()).mimeTypeOf(DB), 'text/plain')
})

test('a catch-up that fails refuses its requests, and the next one makes good for it', async () => {
  const { database, change } = await openWorld()
  let isBroken = false
  const { store } = watched(database, (inner) => ({
    async since(epoch) {
      if (isBroken) throw new Failure('unavailable', 'the database does not answer')
      return inner.since(epoch)
    },
  }))
  const gate = await openGate(store)
  isBroken = true
  await change(remove(permission))
  await assert.rejects(mayExecute(gate), { code: 'unavailable' })
  await assert.rejects(mayExecute(gate), { code: 'unavailable' })
  isBroken = false
  assert.equal(await mayExecute(gate), false)
})

test('changes that cannot be applied are never half in force: the next passage reloads everything', async () => {
  const { database, change } = await openWorld()
  let isBroken = true
  const broken = {
    get row(): Row {
      throw new Error('a row that nobody can read')
    },
    op: 'remove',
  } as const
  const { store, calls } = watched(database, (inner) => ({
    async since(epoch) {
      const catchup = await inner.since(epoch)
      if (!isBroken || catchup === undefined) return catchup
      isBroken = false
      return { ...catchup, changes: [broken, ...catchup.changes] }
    },
  }))
  const gate = await openGate(store)
  await change(remove(permission))
  await assert.rejects(mayExecute(gate), /nobody can read/)
  assert.equal(await mayExecute(gate), false)
  assert.equal(calls.snapshot, 2)
})

test('a database that is away refuses the passage, and keeps no request of later from passing', async () => {
  const { database } = await openWorld()
  let isAway = false
  const { store } = watched(database, (inner) => ({
    async read(wants) {
      if (isAway) throw new Failure('unavailable', 'the database does not answer')
      return inner.read(wants)
    },
  }))
  const gate = await openGate(store)
  isAway = true
  await assert.rejects(gate.pass(), { code: 'unavailable' })
  isAway = false
  assert.equal(await mayExecute(gate), true)
})

test('the type of a value follows its annotation, and ends with the resource', async () => {
  const { database, change } = await openWorld()
  const gate = await openGate(database.open())
  const typeNow = async (): Promise<string | undefined> => (await gate.pass()).mimeTypeOf(DB)
  const resource: Row = { table: 'resource', id: DB, owner: DB }
  assert.equal(await typeNow(), undefined)
  await change(add(mimeType('text/plain')))
  assert.equal(await typeNow(), 'text/plain')
  await change({ op: 'change', row: mimeType('application/json') })
  assert.equal(await typeNow(), 'application/json')
  await change(remove(mimeType('application/json')))
  assert.equal(await typeNow(), undefined)
  await change(add(mimeType('text/plain')))
  await change(remove(resource))
  await change(add(resource))
  assert.equal(await typeNow(), undefined)
})

const session = (role: Id, more: Partial<Session> = {}): Session => ({
  role,
  account: 'acme',
  generation: 'one',
  issuedAt: 0,
  cidrs: [],
  clientIp: '192.0.2.1',
  request: 'r',
  ...more,
})

test('`stale-token`: a session enters as long as its credential, its role and its address stand', async () => {
  const { database, change } = await openWorld()
  const gate = await openGate(database.open())
  const invalid = { code: 'token_invalid', message: 'Unauthorized: Invalid token' }
  const rejected = { code: 'address_rejected', message: 'IP address rejected' }
  await gate.enter(session(ALICE))
  await assert.rejects(gate.enter(session(makeId('acme', 'user', 'bob'))), invalid)
  await assert.rejects(gate.enter(session(makeId('other', 'user', 'alice'))), invalid)
  await assert.rejects(gate.enter(session(ALICE, { generation: '' })), invalid)
  await assert.rejects(gate.enter(session(ALICE, { cidrs: ['198.51.100.0/24'] })), rejected)

  await change(add({ table: 'restriction', role: ALICE, cidrs: ['198.51.100.0/24'] }))
  await assert.rejects(gate.enter(session(ALICE)), rejected)
  await gate.enter(session(ALICE, { clientIp: '198.51.100.7' }))
  await change({ op: 'change', row: { table: 'restriction', role: ALICE, cidrs: [] } })
  await gate.enter(session(ALICE))

  await change({ op: 'change', row: { table: 'credential', role: ALICE, generation: 'two' } })
  await assert.rejects(gate.enter(session(ALICE)), invalid)
  await gate.enter(session(ALICE, { generation: 'two' }))

  await change(remove({ table: 'role', id: ALICE }))
  await assert.rejects(gate.enter(session(ALICE, { generation: 'two' })), invalid)
  await change(add({ table: 'role', id: ALICE }))
  await assert.rejects(gate.enter(session(ALICE, { generation: 'two' })), invalid)
})
