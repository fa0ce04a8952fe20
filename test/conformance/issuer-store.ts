import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IssuerStore, StoredIssuer } from '#app/issuer-store.ts'
import type { Store } from '#app/store.ts'
import type { Id } from '#domain/id.ts'
import { add, bytes, fixture, remove } from './store/fixture.ts'
import type { Fixture } from './store/fixture.ts'

type OpenIssuers = () => Promise<Store & IssuerStore & AsyncDisposable>

const CREATED = new Date('2026-01-02T03:04:05.678Z')
const LATER = new Date('2026-01-03T00:00:00.001Z')

/** What every store of issuers owes its callers. */
export function issuerStoreConformance(name: string, open: OpenIssuers): void {
  const withPolicies = async (): Promise<
    Fixture & {
      readonly store: Store & IssuerStore
      readonly policy: (issuer: string) => Id
      readonly put: (issuer: StoredIssuer) => Promise<void>
    }
  > => {
    const store = await open()
    const it = await fixture(async () => store)
    const policy = (issuer: string): Id => it.id('policy', `conjur/issuers/${issuer}`)
    await it.change(
      ['a', 'B', 'b'].map((issuer) =>
        add({ table: 'resource', id: policy(issuer), owner: policy(issuer) }),
      ),
    )
    const put = (issuer: StoredIssuer): Promise<void> =>
      store.change(it.account, (transaction) => transaction.putIssuer(issuer))
    return { ...it, store, policy, put }
  }

  const issuerOf = (policy: Id, more: Partial<StoredIssuer> = {}): StoredIssuer => ({
    policy,
    type: 'aws',
    maxTtl: 900,
    sealedData: bytes('sealed\0'),
    createdAt: CREATED,
    modifiedAt: CREATED,
    ...more,
  })

  test(`${name}: issuers are found as they were put, one by one and all of an account by their names`, async () => {
    await using it = await withPolicies()
    const issuers = ['b', 'B', 'a'].map((issuer) => issuerOf(it.policy(issuer)))
    for (const issuer of issuers) await it.put(issuer)
    const [b, upperB, a] = issuers.map(plain)
    assert.deepEqual(plain(await it.store.issuer(it.policy('a'))), a)
    assert.deepEqual((await it.store.issuers(it.account)).map(plain), [upperB, a, b])
    assert.equal(await it.store.issuer(it.policy('c')), undefined)
    assert.deepEqual(await it.store.issuers(`${it.account}x`), [])
  })

  test(`${name}: an issuer that is put again keeps its time of creation and nothing else`, async () => {
    await using it = await withPolicies()
    const policy = it.policy('a')
    await it.put(issuerOf(policy))
    const next = issuerOf(policy, {
      type: 'other',
      maxTtl: 43_200,
      sealedData: bytes('anew'),
      createdAt: LATER,
      modifiedAt: LATER,
    })
    await it.put(next)
    assert.deepEqual(plain(await it.store.issuer(policy)), plain({ ...next, createdAt: CREATED }))
  })

  test(`${name}: an issuer goes with its policy`, async () => {
    await using it = await withPolicies()
    const policy = it.policy('a')
    await it.put(issuerOf(policy))
    await it.change([remove({ table: 'resource', id: policy, owner: policy })])
    assert.equal(await it.store.issuer(policy), undefined)
    assert.deepEqual(await it.store.issuers(it.account), [])
  })

  test(`${name}: no issuer is put without its policy, nor in a transaction that fails`, async () => {
    await using it = await withPolicies()
    await assert.rejects(it.put(issuerOf(it.policy('none'))))
    const failing = it.store.change(it.account, async (transaction) => {
      await transaction.putIssuer(issuerOf(it.policy('a')))
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.deepEqual(await it.store.issuers(it.account), [])
  })

  test(`${name}: nothing of the issuers of a deleted account is left to one of the same name`, async () => {
    await using it = await withPolicies()
    const policy = it.policy('a')
    await it.put(issuerOf(policy))
    const rows = ['a', 'B', 'b'].map((issuer) => it.policy(issuer))
    await it.store.deleteAccount(it.account, (transaction) =>
      transaction.apply(rows.map((id) => remove({ table: 'resource', id, owner: id }))),
    )
    assert.deepEqual(await it.store.issuers(it.account), [])
  })
}

/** An issuer with its bytes as a text, so that two are compared by what they hold. */
const plain = (issuer: StoredIssuer | undefined): unknown =>
  issuer && { ...issuer, sealedData: Buffer.from(issuer.sealedData).toString('hex') }
