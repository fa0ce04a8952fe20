import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from '#app/gate.ts'
import type { Session } from '#app/session.ts'
import type { Store } from '#app/store.ts'
import type { Change, Row } from '#domain/change.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { memoryDatabase } from './memory-store.ts'
import type { MemoryDatabase } from './memory-store.ts'

const [ADMIN, ALICE, DB] = [
  makeId('acme', 'user', 'admin'),
  makeId('acme', 'user', 'alice'),
  makeId('acme', 'variable', 'db'),
]

const permission: Row = { table: 'permission', resource: DB, role: ALICE, privilege: 'execute' }

const rows: readonly Row[] = [
  { table: 'role', id: ADMIN },
  { table: 'role', id: ALICE },
  { table: 'credential', role: ALICE, generation: 'g1' },
  { table: 'resource', id: DB, owner: ADMIN },
  permission,
]

const session: Session = {
  role: ALICE,
  account: 'acme',
  generation: 'g1',
  issuedAt: 0,
  expiresAt: 480_000,
  cidrs: [],
  clientIp: '192.0.2.1',
  request: 'request',
}

interface Scene {
  readonly database: MemoryDatabase
  readonly store: Store
  readonly change: (...changes: readonly Change[]) => Promise<void>
}

async function openScene(): Promise<Scene> {
  const database = memoryDatabase()
  const store = database.open()
  const key = { account: 'acme', kid: 'kid', sealedPrivateKey: new Uint8Array(), publicKeyPem: '' }
  await store.createAccount('acme', key, (transaction) =>
    transaction.apply(rows.map((row) => ({ op: 'add', row }))),
  )
  const change = (...changes: readonly Change[]): Promise<void> =>
    store.change('acme', (transaction) => transaction.apply(changes))
  return { database, store, change }
}

const revoke: Change = { op: 'remove', row: permission }
const grant: Change = { op: 'add', row: permission }

test('a passage decides by what was committed before it was asked for', async () => {
  const { store, change } = await openScene()
  const gate = await openGate(store)
  const mayRead = async (): Promise<boolean> =>
    (await gate.pass()).graph.permits(ALICE, 'execute', DB)
  assert.equal(await mayRead(), true)
  await change(revoke)
  assert.equal(await mayRead(), false)
  await change(grant)
  await change(revoke)
  await change(grant)
  assert.equal(await mayRead(), true)
})

test('requests that arrive together share one round trip, and each gets its own values', async () => {
  const { store } = await openScene()
  const other = makeId('acme', 'variable', 'other')
  await store.change('acme', async (transaction) => {
    await transaction.apply([{ op: 'add', row: { table: 'resource', id: other, owner: ADMIN } }])
    await transaction.addVersion(DB, () => Buffer.from('one'))
    await transaction.addVersion(DB, () => Buffer.from('two'))
    await transaction.addVersion(other, () => Buffer.from('three'))
  })
  let trips = 0
  const gate = await openGate({
    ...store,
    read(wants) {
      trips += 1
      return store.read(wants)
    },
  })
  trips = 0
  const passages = await Promise.all([
    gate.pass([{ resource: other }]),
    gate.pass(),
    gate.pass([{ resource: DB, version: 1 }, { resource: DB }, { resource: DB, version: 9 }]),
  ])
  const texts = passages.map(({ values }) =>
    values.map((value) => value && Buffer.from(value.sealed).toString()),
  )
  assert.deepEqual(texts, [['three'], [], ['one', 'two', undefined]])
  assert.equal(trips, 1)
})

test('a request that arrives while a round trip is under way is not served by it', async () => {
  const { store, change } = await openScene()
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
  const { promise: reading, resolve: begin } = Promise.withResolvers<undefined>()
  let trips = 0
  const gate = await openGate({
    ...store,
    async read(wants) {
      const brought = await store.read(wants)
      trips += 1
      if (trips === 2) {
        begin(undefined)
        await released
      }
      return brought
    },
  })
  const early = gate.pass()
  await reading
  await change(revoke)
  const late = gate.pass()
  release(undefined)
  await early
  assert.equal((await late).graph.permits(ALICE, 'execute', DB), false)
})

test('round trips that find the epoch moved apply the log once, and all decide on the new graph', async () => {
  const { store, change } = await openScene()
  let catchups = 0
  const gate = await openGate({
    ...store,
    since(epoch) {
      catchups += 1
      return store.since(epoch)
    },
  })
  await change(revoke)
  const passages = await Promise.all(Array.from({ length: 40 }, () => gate.pass()))
  assert.ok(passages.every(({ graph }) => !graph.permits(ALICE, 'execute', DB)))
  assert.equal(catchups, 1)
})

test('a node that the log does not reach back to starts anew from a snapshot', async () => {
  const { database, store, change } = await openScene()
  let snapshots = 0
  const gate = await openGate({
    ...store,
    snapshot() {
      snapshots += 1
      return store.snapshot()
    },
  })
  assert.equal(snapshots, 1)
  await change(revoke)
  database.forgetLog()
  assert.equal((await gate.pass()).graph.permits(ALICE, 'execute', DB), false)
  assert.equal(snapshots, 2)
  await change(grant)
  assert.equal((await gate.pass()).graph.permits(ALICE, 'execute', DB), true)
  assert.equal(snapshots, 2)
})

test('a node that cannot learn what changed lets nobody pass, and does once it can', async () => {
  const { store, change } = await openScene()
  let isAway = false
  const gate = await openGate({
    ...store,
    async since(epoch) {
      if (isAway) throw new Failure('unavailable', 'the database does not answer')
      return store.since(epoch)
    },
  })
  await change(revoke)
  isAway = true
  await assert.rejects(gate.pass(), { code: 'unavailable' })
  await assert.rejects(gate.enter(session), { code: 'unavailable' })
  isAway = false
  assert.equal((await gate.pass()).graph.permits(ALICE, 'execute', DB), false)
})

test('a log entry that cannot be applied costs the copy, and the next request gets a new one', async () => {
  const { store, change } = await openScene()
  let isBroken = true
  const gate = await openGate({
    ...store,
    async since(epoch) {
      const catchup = await store.since(epoch)
      if (!isBroken || catchup === undefined) return catchup
      isBroken = false
      const torn = function* (): Generator<Change> {
        yield* catchup.changes
        throw new Error('the entry is torn')
      }
      return {
        epoch: catchup.epoch,
        changes: Object.assign([...catchup.changes], { [Symbol.iterator]: torn }),
      }
    },
  })
  await change(revoke)
  await assert.rejects(gate.pass(), /torn/)
  assert.equal((await gate.pass()).graph.permits(ALICE, 'execute', DB), false)
})

test('a session is held against the graph: its role, the generation of its credential, its address', async () => {
  const { store, change } = await openScene()
  const gate = await openGate(store)
  await gate.enter(session)
  const rejected = { code: 'address_rejected', message: 'IP address rejected' }
  const invalid = { code: 'token_invalid', message: 'Unauthorized: Invalid token' }
  await assert.rejects(gate.enter({ ...session, cidrs: ['198.51.100.0/24'] }), rejected)
  await gate.enter({ ...session, cidrs: ['198.51.100.0/24', '192.0.2.1'] })
  await assert.rejects(gate.enter({ ...session, generation: 'g0' }), invalid)
  await assert.rejects(gate.enter({ ...session, role: ADMIN }), invalid)
  await assert.rejects(gate.enter({ ...session, generation: '' }), invalid)
  await change({
    op: 'add',
    row: { table: 'restriction', role: ALICE, cidrs: ['198.51.100.0/24'] },
  })
  await assert.rejects(gate.enter(session), rejected)
  await change({ op: 'remove', row: { table: 'role', id: ALICE } })
  await assert.rejects(gate.enter(session), invalid)
})

test('the type of a value follows its annotation, through the log and through a snapshot', async () => {
  const { store, change } = await openScene()
  const gate = await openGate(store)
  const note = (value: string): Row => ({
    table: 'annotation',
    resource: DB,
    name: 'conjur/mime_type',
    value,
  })
  const typeOf = async (): Promise<readonly (string | undefined)[]> =>
    (await Promise.all([gate.pass(), (await openGate(store)).pass()])).map((passage) =>
      passage.mimeTypeOf(DB),
    )
  assert.deepEqual(await typeOf(), [undefined, undefined])
  await change({ op: 'add', row: note('text/plain') })
  assert.deepEqual(await typeOf(), ['text/plain', 'text/plain'])
  await change({ op: 'change', row: note('text/html') })
  assert.deepEqual(await typeOf(), ['text/html', 'text/html'])
  await change({ op: 'remove', row: { table: 'resource', id: DB, owner: ADMIN } })
  assert.deepEqual(await typeOf(), [undefined, undefined])
})
