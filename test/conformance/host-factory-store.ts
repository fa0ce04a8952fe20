import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { HostFactoryStore, HostFactoryToken } from '#app/host-factory-store.ts'
import type { Store } from '#app/store.ts'
import type { Id } from '#domain/id.ts'
import { add, fixture, remove } from './store/fixture.ts'
import type { Fixture } from './store/fixture.ts'

type OpenHostFactories = () => Promise<Store & HostFactoryStore & AsyncDisposable>

const NOW = new Date('2026-01-02T03:04:05.678Z')
const LATER = new Date('2026-01-03T00:00:00.000Z')
const LATEST = new Date('2026-01-04T00:00:00.000Z')

const tokenOf = (factory: Id, more: Partial<HostFactoryToken> = {}): HostFactoryToken => ({
  digest: randomBytes(32),
  factory,
  cidrs: [],
  expiresAt: LATER,
  ...more,
})

/** What every store of host factory tokens owes its callers. */
export function hostFactoryStoreConformance(name: string, open: OpenHostFactories): void {
  const withFactory = async (): Promise<
    Fixture & { readonly store: Store & HostFactoryStore; readonly factory: Id }
  > => {
    const store = await open()
    const it = await fixture(async () => store)
    const factory = it.id('host_factory', 'hf')
    await it.change([add({ table: 'resource', id: factory, owner: factory })])
    return { ...it, store, factory }
  }

  test(`${name}: tokens are found as they were added, by their digest and by their factory`, async () => {
    await using it = await withFactory()
    const { store, account, factory } = it
    const late = tokenOf(factory, { expiresAt: LATEST, cidrs: ['10.0.0.0/8', '::1/128'] })
    const early = tokenOf(factory, { usesLeft: 3 })
    await store.change(account, (transaction) =>
      transaction.addHostFactoryTokens([late, early], NOW),
    )
    assert.deepEqual(plain(await store.hostFactoryToken(late.digest)), plain(late))
    assert.deepEqual((await store.hostFactoryTokens([factory])).map(plain), [
      plain(early),
      plain(late),
    ])
    assert.deepEqual(await store.hostFactoryTokens([it.id('host_factory', 'other')]), [])
    assert.deepEqual(await store.hostFactoryTokens([]), [])
    assert.equal(await store.hostFactoryToken(randomBytes(32)), undefined)
  })

  test(`${name}: a token goes with its last use, and one without a number of uses stays`, async () => {
    await using it = await withFactory()
    const { store, account, factory } = it
    const [twice, always] = [tokenOf(factory, { usesLeft: 2 }), tokenOf(factory)]
    const spend = (digest: Uint8Array): Promise<boolean> =>
      store.change(account, (transaction) => transaction.spendHostFactoryToken(digest))
    await store.change(account, (transaction) =>
      transaction.addHostFactoryTokens([twice, always], NOW),
    )
    assert.equal(await spend(twice.digest), true)
    assert.equal((await store.hostFactoryToken(twice.digest))?.usesLeft, 1)
    assert.equal(await spend(twice.digest), true)
    assert.equal(await store.hostFactoryToken(twice.digest), undefined)
    assert.equal(await spend(twice.digest), false)
    assert.deepEqual([await spend(always.digest), await spend(always.digest)], [true, true])
    assert.deepEqual(plain(await store.hostFactoryToken(always.digest)), plain(always))
  })

  test(`${name}: a use that was taken in a transaction that failed is given back`, async () => {
    await using it = await withFactory()
    const { store, account, factory } = it
    const once = tokenOf(factory, { usesLeft: 1 })
    await store.change(account, (transaction) => transaction.addHostFactoryTokens([once], NOW))
    const failing = store.change(account, async (transaction) => {
      await transaction.spendHostFactoryToken(once.digest)
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.equal((await store.hostFactoryToken(once.digest))?.usesLeft, 1)
  })

  test(`${name}: a token is removed once, and goes with its factory`, async () => {
    await using it = await withFactory()
    const { store, account, factory } = it
    const [one, other] = [tokenOf(factory), tokenOf(factory)]
    await store.change(account, (transaction) =>
      transaction.addHostFactoryTokens([one, other], NOW),
    )
    const removeOne = (): Promise<boolean> =>
      store.change(account, (transaction) => transaction.removeHostFactoryToken(one.digest))
    assert.deepEqual([await removeOne(), await removeOne()], [true, false])
    await it.change([remove({ table: 'resource', id: factory, owner: factory })])
    assert.equal(await store.hostFactoryToken(other.digest), undefined)
  })

  test(`${name}: adding tokens forgets those of the factory that have expired`, async () => {
    await using it = await withFactory()
    const { store, account, factory } = it
    const [expired, good] = [tokenOf(factory), tokenOf(factory, { expiresAt: LATEST })]
    await store.change(account, (transaction) => transaction.addHostFactoryTokens([expired], NOW))
    await store.change(account, (transaction) =>
      transaction.addHostFactoryTokens([good], new Date(LATER.getTime() + 1)),
    )
    assert.deepEqual((await store.hostFactoryTokens([factory])).map(plain), [plain(good)])
  })
}

/** A token with its digest as a text, so that two are compared by what they hold. */
const plain = (token: HostFactoryToken | undefined): unknown =>
  token && { ...token, digest: Buffer.from(token.digest).toString('hex') }
