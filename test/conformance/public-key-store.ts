import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PublicKeyStore } from '#app/public-key-store.ts'
import type { Store } from '#app/store.ts'
import { add, bytes, fixture } from './store/fixture.ts'

/** What every store of public keys owes its callers. */
export function publicKeyStoreConformance(
  name: string,
  open: () => Promise<Store & PublicKeyStore & AsyncDisposable>,
): void {
  test(`${name}: the newest values of the public keys below a prefix are found, and nothing else`, async () => {
    const store = await open()
    await using it = await fixture(async () => store)
    const ids = [
      it.id('public_key', 'user/alice/laptop'),
      it.id('public_key', 'user/alice/phone'),
      it.id('public_key', 'user/alice/empty'),
      it.id('public_key', 'user/alice2/laptop'),
      it.id('public_key', 'user/al_ce/laptop'),
      it.id('variable', 'user/alice/laptop'),
    ]
    await it.change(ids.map((id) => add({ table: 'resource', id, owner: id })))
    await store.change(it.account, async (transaction) => {
      for (const id of ids) {
        if (id.endsWith('empty')) continue
        await transaction.addVersion(id, () => bytes(`old ${id}`))
        await transaction.addVersion(id, () => bytes(`new ${id}`))
      }
    })
    const found = async (account: string, prefix: string): Promise<readonly string[]> =>
      (await store.publicKeys(account, prefix))
        .map(({ resource, version, sealed }) => `${resource} ${version} ${textOf(sealed)}`)
        .toSorted()
    const newest = (...wanted: readonly number[]): readonly string[] =>
      wanted.map((index) => `${ids[index]} 2 new ${ids[index]}`)
    assert.deepEqual(await found(it.account, 'user/alice/'), newest(0, 1))
    assert.deepEqual(await found(it.account, 'user/al_ce/'), newest(4))
    assert.deepEqual(await found(it.account, 'user/%/'), [])
    assert.deepEqual(await found('no-such-account', 'user/alice/'), [])
  })
}

const textOf = (sealed: Uint8Array): string => Buffer.from(sealed).toString()
