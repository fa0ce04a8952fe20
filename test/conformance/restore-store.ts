import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { RestoreStore } from '#app/restore-store.ts'
import type { PolicyVersion, Store } from '#app/store.ts'
import { adminOf, makeId, rootPolicyOf } from '#domain/id.ts'
import { add, bytes, signingKey } from './store/fixture.ts'

/** What every store owes those who bring an account from elsewhere. */
export function restoreStoreConformance(
  name: string,
  open: () => Promise<Store & RestoreStore & AsyncDisposable>,
): void {
  const newName = (): string => `a${randomBytes(8).toString('hex')}`

  test(`${name}: a restored account has its past under the old numbers, and goes on from there`, async () => {
    await using store = await open()
    const account = newName()
    const [db, root] = [makeId(account, 'variable', 'db'), rootPolicyOf(account)]
    const expiresAt = new Date('2031-02-03T04:05:06.789Z')
    const past: PolicyVersion = {
      version: 4,
      policy: root,
      role: adminOf(account),
      text: '- !variable db',
      sha256: 'abc',
      clientIp: '192.0.2.1',
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
      finishedAt: new Date('2026-01-02T03:04:06.789Z'),
    }
    await store.restoreAccount(signingKey(account), async (transaction) => {
      await transaction.apply(
        [db, root].map((id) => add({ table: 'resource', id, owner: adminOf(account) })),
      )
      await transaction.restoreSecrets([
        { resource: db, version: 7, sealed: bytes('seven'), expiresAt },
        { resource: db, version: 9, sealed: bytes('nine') },
      ])
      await transaction.restorePolicyVersions([past])
    })
    const { values } = await store.read([{ resource: db }, { resource: db, version: 7 }])
    assert.deepEqual(
      values.map((value) => value && [value.version, Buffer.from(value.sealed).toString()]),
      [
        [9, 'nine'],
        [7, 'seven'],
      ],
    )
    const details = await store.details([db, root])
    assert.deepEqual(details.get(db)?.secrets, [{ version: 7, expiresAt }, { version: 9 }])
    assert.deepEqual(details.get(root)?.policyVersions, [past])
    const next = await store.change(account, (transaction) =>
      transaction.addVersion(db, () => bytes('ten')),
    )
    assert.equal(next, 10)
  })

  test(`${name}: roles, resources and keys may have times of their own, and what is not there has none`, async () => {
    await using store = await open()
    const account = newName()
    const [admin, nobody] = [adminOf(account), makeId(account, 'user', 'nobody')]
    const [made, rotated] = [new Date('2020-01-02T03:04:05.678Z'), new Date('2021-01-01T00:00:00Z')]
    await store.restoreAccount(signingKey(account), async (transaction) => {
      await transaction.apply([
        add({ table: 'role', id: admin }),
        add({ table: 'resource', id: admin, owner: admin }),
        add({ table: 'credential', role: admin, generation: 'g' }),
      ])
      await transaction.replaceKeys([{ role: admin, digest: bytes('digest') }])
      const created = [admin, nobody].map((id) => ({ id, at: made }))
      const keys = [{ id: admin, at: rotated }]
      await transaction.restoreTimes({ roles: created, resources: created, keys })
    })
    assert.deepEqual(await store.roleCreatedAt(admin), made)
    assert.deepEqual((await store.details([admin])).get(admin)?.createdAt, made)
    assert.deepEqual((await store.credential(admin))?.rotatedAt, rotated)
    assert.equal(await store.roleCreatedAt(nobody), undefined)
  })

  test(`${name}: an account that exists is not restored over, and one that fails is not there at all`, async () => {
    await using store = await open()
    const account = newName()
    const wrong = new Error('no')
    const failing = store.restoreAccount(signingKey(account), () => Promise.reject(wrong))
    await assert.rejects(failing, wrong)
    assert.ok(!(await store.accounts()).includes(account))
    await store.restoreAccount(signingKey(account), async () => undefined)
    const again = store.restoreAccount(signingKey(account), async () => undefined)
    await assert.rejects(again, { code: 'conflict' })
  })
}
