import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Store } from '#app/store.ts'
import { makeId } from '#domain/id.ts'
import { type Open, bytes, add, signingKey } from './fixture.ts'

/** Accounts and keys. */
export function installation(name: string, open: Open): void {
  test(`${name}: an account is created once, with its key and its first rows`, async () => {
    await using store = await open()
    const account = `a${randomBytes(8).toString('hex')}`
    const row = { table: 'role', id: makeId(account, 'user', 'admin') } as const
    const create = (): Promise<void> =>
      store.createAccount(account, signingKey(account), (transaction) =>
        transaction.apply([add(row)]),
      )
    const { epoch } = await store.read([])
    const outcomes = await Promise.allSettled([create(), create(), create()])
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(create(), {
      code: 'conflict',
      message: `account "${account}" already exists`,
    })
    assert.equal((await store.read([])).epoch, epoch + 1)
    assert.ok((await store.accounts()).includes(account))
    const key = (await store.signingKeys()).find(({ kid }) => kid === account)
    assert.deepEqual(
      { ...key, sealedPrivateKey: Buffer.from(key?.sealedPrivateKey ?? []) },
      {
        ...signingKey(account),
        sealedPrivateKey: Buffer.from('sealed'),
      },
    )
  })

  test(`${name}: an account whose first changes fail does not exist`, async () => {
    await using store = await open()
    const account = `a${randomBytes(8).toString('hex')}`
    const wrong = new Error('no')
    await assert.rejects(
      store.createAccount(account, signingKey(account), () => Promise.reject(wrong)),
      wrong,
    )
    assert.ok(!(await store.accounts()).includes(account))
    assert.ok(!(await store.signingKeys()).some(({ kid }) => kid === account))
  })

  test(`${name}: nodes that add the first data key at once end up with the same one`, async () => {
    await using one = await open()
    await using two = await open()
    const addFirst = (store: Store, text: string): ReturnType<Store['addFirstDataKey']> =>
      store.addFirstDataKey((id) => bytes(`${text} ${id}`))
    const [first, second] = await Promise.all([addFirst(one, 'one'), addFirst(two, 'two')])
    assert.deepEqual(first, second)
    assert.equal(first.id, 1)
    assert.deepEqual((await one.dataKeys())[0], first)
  })

  test(`${name}: a database that is there answers a ping`, async () => {
    await using store = await open()
    await store.ping()
  })
}
