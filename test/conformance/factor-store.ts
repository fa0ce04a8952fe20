import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { FactorStore, StoredFactor, StoredPasskey, StoredTotp } from '#app/factor-store.ts'
import type { ChangeTransaction, Store } from '#app/store.ts'
import type { Id } from '#domain/id.ts'
import { add, bytes, fixture, nothing, remove } from './store/fixture.ts'
import type { Fixture } from './store/fixture.ts'

type OpenFactors = () => Promise<Store & FactorStore & AsyncDisposable>

const CREATED = new Date('2026-01-02T03:04:05.678Z')
const LATER = new Date('2026-01-03T00:00:00.001Z')

const newId = (): string => randomBytes(8).toString('hex')

/** Digests of recovery codes, each of another one. */
const digests = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, () => randomBytes(32))

/** What every store of second factors owes its callers. */
export function factorStoreConformance(name: string, open: OpenFactors): void {
  const withPeople = async (): Promise<
    Fixture & {
      readonly store: Store & FactorStore
      readonly alice: Id
      readonly bob: Id
      readonly within: <T>(work: (transaction: ChangeTransaction) => Promise<T>) => Promise<T>
      readonly add: (...factors: readonly StoredFactor[]) => Promise<void>
    }
  > => {
    const store = await open()
    const it = await fixture(async () => store)
    const [alice, bob] = [it.id('user', 'alice'), it.id('user', 'bob')]
    await it.change([alice, bob].map((id) => add({ table: 'role', id })))
    const within = <T>(work: (transaction: ChangeTransaction) => Promise<T>): Promise<T> =>
      store.change(it.account, work)
    const addAll = (...factors: readonly StoredFactor[]): Promise<void> =>
      within(async (transaction) => {
        for (const factor of factors) await transaction.addFactor(factor)
      })
    return { ...it, store, alice, bob, within, add: addAll }
  }

  const totpOf = (role: Id, more: Partial<StoredTotp> = {}): StoredTotp => ({
    kind: 'totp',
    id: newId(),
    role,
    name: 'phone “7”',
    createdAt: CREATED,
    sealedSecret: bytes('sealed\0'),
    ...more,
  })

  const passkeyOf = (role: Id, more: Partial<StoredPasskey> = {}): StoredPasskey => ({
    kind: 'passkey',
    id: newId(),
    role,
    name: 'key',
    createdAt: CREATED,
    credentialId: randomBytes(16).toString('base64url'),
    publicKey: bytes('public\0'),
    counter: 0,
    transports: ['usb', 'hybrid'],
    backedUp: true,
    ...more,
  })

  test(`${name}: factors of all kinds are found as they were added, oldest first, each with its role`, async () => {
    await using it = await withPeople()
    const newer = totpOf(it.alice, { createdAt: LATER })
    const key = passkeyOf(it.alice, { counter: 4_294_967_295, transports: [], backedUp: false })
    const ofBob = totpOf(it.bob, { lastUsedAt: LATER })
    await it.add(newer, key, ofBob)
    const found = await it.store.factorsOf(it.alice)
    assert.deepEqual(found.factors.map(plain), [key, newer].map(plain))
    assert.equal(found.recoveryCodesLeft, 0)
    assert.deepEqual((await it.store.factorsOf(it.bob)).factors.map(plain), [plain(ofBob)])
    assert.deepEqual(await it.store.factorsOf(it.id('user', 'nobody')), {
      factors: [],
      recoveryCodesLeft: 0,
    })
  })

  test(`${name}: a transaction sees what it wrote, and nothing of one that fails is kept`, async () => {
    await using it = await withPeople()
    const factor = totpOf(it.alice)
    const failing = it.within(async (transaction) => {
      await transaction.addFactor(factor)
      await transaction.replaceRecoveryCodes(it.alice, digests(3))
      const seen = await transaction.factorsOf(it.alice)
      assert.deepEqual(seen.factors.map(plain), [plain(factor)])
      assert.equal(seen.recoveryCodesLeft, 3)
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.deepEqual(await it.store.factorsOf(it.alice), { factors: [], recoveryCodesLeft: 0 })
  })

  test(`${name}: neither the id of a factor nor the credential of a passkey is there twice, whoever has it`, async () => {
    await using it = await withPeople()
    const [factor, key] = [totpOf(it.alice), passkeyOf(it.alice)]
    await it.add(factor, key)
    await assert.rejects(it.add(totpOf(it.bob, { id: factor.id })), { code: 'conflict' })
    const { credentialId } = key
    await assert.rejects(it.add(passkeyOf(it.bob, { credentialId })), { code: 'conflict' })
    assert.equal((await it.store.factorsOf(it.alice)).factors.length, 2)
    assert.deepEqual((await it.store.factorsOf(it.bob)).factors, [])
  })

  test(`${name}: nobody who is not there gets a factor or recovery codes`, async () => {
    await using it = await withPeople()
    const nobody = it.id('user', 'nobody')
    await assert.rejects(it.add(totpOf(nobody)), { code: 'not_found' })
    const giving = it.within((transaction) => transaction.replaceRecoveryCodes(nobody, digests(1)))
    await assert.rejects(giving, { code: 'not_found' })
  })

  test(`${name}: a factor is removed from its own role, and the recovery codes go with the last one`, async () => {
    await using it = await withPeople()
    const [first, second] = [totpOf(it.alice), passkeyOf(it.alice)]
    await it.add(first, second)
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, digests(10)))
    const removing = (role: Id, id: string): Promise<boolean> =>
      it.within((transaction) => transaction.removeFactor(role, id))
    assert.equal(await removing(it.bob, first.id), false)
    assert.equal(await removing(it.alice, first.id), true)
    assert.equal(await removing(it.alice, first.id), false)
    const left = await it.store.factorsOf(it.alice)
    assert.deepEqual(
      left.factors.map(({ id }) => id),
      [second.id],
    )
    assert.equal(left.recoveryCodesLeft, 10)
    assert.equal(await removing(it.alice, second.id), true)
    assert.deepEqual(await it.store.factorsOf(it.alice), { factors: [], recoveryCodesLeft: 0 })
  })

  test(`${name}: all factors and recovery codes of one role are removed together, and of nobody else`, async () => {
    await using it = await withPeople()
    await it.add(totpOf(it.alice), passkeyOf(it.alice), totpOf(it.bob))
    await it.within(async (transaction) => {
      await transaction.replaceRecoveryCodes(it.alice, digests(10))
      await transaction.replaceRecoveryCodes(it.bob, digests(10))
      await transaction.removeFactors(it.alice)
    })
    assert.deepEqual(await it.store.factorsOf(it.alice), { factors: [], recoveryCodesLeft: 0 })
    const ofBob = await it.store.factorsOf(it.bob)
    assert.equal(ofBob.factors.length, 1)
    assert.equal(ofBob.recoveryCodesLeft, 10)
  })

  test(`${name}: a recovery code is used once, of its role, and new ones end the old ones`, async () => {
    await using it = await withPeople()
    await it.add(totpOf(it.alice))
    const [old = bytes(''), other = bytes('')] = digests(2)
    const [fresh = bytes('')] = digests(1)
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, [old, other]))
    assert.equal(await it.store.useRecoveryCode(it.bob, old), false)
    assert.equal(await it.store.useRecoveryCode(it.alice, old), true)
    assert.equal(await it.store.useRecoveryCode(it.alice, old), false)
    assert.equal((await it.store.factorsOf(it.alice)).recoveryCodesLeft, 1)
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, [fresh]))
    assert.equal(await it.store.useRecoveryCode(it.alice, other), false)
    assert.equal(await it.store.useRecoveryCode(it.alice, fresh), true)
  })

  test(`${name}: of many who use a recovery code at a time, on all nodes, one had it`, async () => {
    await using it = await withPeople()
    await using elsewhere = await open()
    const [code = bytes('')] = digests(1)
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, [code]))
    const told = await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        (turn % 2 === 0 ? it.store : elsewhere).useRecoveryCode(it.alice, code),
      ),
    )
    assert.equal(told.filter((had) => had).length, 1)
  })

  test(`${name}: a use is noted, and the time of the last one never goes back`, async () => {
    await using it = await withPeople()
    const factor = totpOf(it.alice)
    await it.add(factor)
    const { role, id } = factor
    assert.equal(await it.store.useFactor({ role, id, at: LATER }), true)
    assert.equal(await it.store.useFactor({ role, id, at: CREATED }), true)
    const [found] = (await it.store.factorsOf(role)).factors
    assert.deepEqual(plain(found), plain({ ...factor, lastUsedAt: LATER }))
    assert.equal(await it.store.useFactor({ role: it.bob, id, at: LATER }), false)
    assert.equal(await it.store.useFactor({ role, id: newId(), at: LATER }), false)
    const passkey = { counter: 1, backedUp: true }
    assert.equal(await it.store.useFactor({ role, id, at: LATER, passkey }), false)
  })

  test(`${name}: a use of a passkey counts when its counter grew, or is 0 and always was`, async () => {
    await using it = await withPeople()
    const [counting, still] = [passkeyOf(it.alice, { counter: 5 }), passkeyOf(it.alice)]
    await it.add(counting, still)
    const use = ({ role, id }: StoredFactor, counter: number, backedUp = true): Promise<boolean> =>
      it.store.useFactor({ role, id, at: LATER, passkey: { counter, backedUp } })
    assert.equal(await use(counting, 5), false)
    assert.equal(await use(counting, 4), false)
    assert.equal(await use(counting, 0), false)
    assert.equal(await use(counting, 7, false), true)
    assert.equal(await use(counting, 6), false)
    assert.equal(await use(still, 0), true)
    assert.equal(await use(still, 0), true)
    const { role, id } = counting
    assert.equal(await it.store.useFactor({ role, id, at: LATER }), false)
    const found = (await it.store.factorsOf(it.alice)).factors.find((one) => one.id === id)
    assert.deepEqual(
      plain(found),
      plain({ ...counting, counter: 7, backedUp: false, lastUsedAt: LATER }),
    )
  })

  test(`${name}: of two uses of a passkey with the same counter at a time, on all nodes, one counts`, async () => {
    await using it = await withPeople()
    await using elsewhere = await open()
    const { role, id, ...key } = passkeyOf(it.alice)
    await it.add({ role, id, ...key })
    const use = { role, id, at: LATER, passkey: { counter: 1, backedUp: true } }
    const told = await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        (turn % 2 === 0 ? it.store : elsewhere).useFactor(use),
      ),
    )
    assert.equal(told.filter((counts) => counts).length, 1)
  })

  test(`${name}: factors and recovery codes go with their role, and one of the same name has none`, async () => {
    await using it = await withPeople()
    await it.add(totpOf(it.alice))
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, digests(10)))
    await it.change([remove({ table: 'role', id: it.alice })])
    await it.change([add({ table: 'role', id: it.alice })])
    assert.deepEqual(await it.store.factorsOf(it.alice), { factors: [], recoveryCodesLeft: 0 })
  })

  test(`${name}: nothing of the factors of a deleted account is left to one of the same name`, async () => {
    await using it = await withPeople()
    await it.add(totpOf(it.alice))
    await it.within((transaction) => transaction.replaceRecoveryCodes(it.alice, digests(10)))
    await it.store.deleteAccount(it.account, (transaction) =>
      transaction.apply([it.alice, it.bob].map((id) => remove({ table: 'role', id }))),
    )
    assert.deepEqual(await it.store.factorsOf(it.alice), { factors: [], recoveryCodesLeft: 0 })
    const [code = bytes('')] = digests(1)
    assert.equal(await it.store.useRecoveryCode(it.alice, code), false)
    await assert.rejects(it.store.change(it.account, nothing), { code: 'not_found' })
  })
}

/** A factor with its bytes as texts, so that two are compared by what they hold. */
const plain = (factor: StoredFactor | undefined): unknown => {
  if (factor === undefined) return undefined
  const hex = (part: Uint8Array): string => Buffer.from(part).toString('hex')
  return factor.kind === 'totp'
    ? { ...factor, sealedSecret: hex(factor.sealedSecret) }
    : { ...factor, publicKey: hex(factor.publicKey) }
}
