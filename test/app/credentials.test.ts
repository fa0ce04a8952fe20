import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasKey, proofOf } from '#app/credentials.ts'
import type { Claim, CredentialParts, ProvenBy } from '#app/credentials.ts'
import type { StoredCredential } from '#app/store.ts'
import { digestApiKey, matchesDigest } from '#crypto/api-key.ts'
import { makeId } from '#domain/id.ts'
import { createLockOut } from '#app/lock-out.ts'
import { memoryDatabase } from './memory-store.ts'

const ALICE = makeId('acme', 'user', 'alice')
const NOW = 1_750_000_000_000

const claimOf = (secret: string): Claim => ({
  account: 'acme',
  login: 'alice',
  origin: { clientIp: '192.0.2.1', request: 'r' },
  role: ALICE,
  secret,
})

const main = (key: string) => ({ digest: digestApiKey(key), kind: 'main' }) as const
const loginKey = (key: string, expiresAt: number) =>
  ({ digest: digestApiKey(key), kind: 'login', expiresAt: new Date(expiresAt) }) as const

/** What checking stands on, for a role of which `stored` is known, and the work that is done, step by step. */
function checking(stored: StoredCredential | undefined): {
  readonly parts: CredentialParts
  readonly work: string[]
} {
  const work: string[] = []
  const clock = (): number => NOW
  const rule = { attempts: 0, firstSeconds: 0, longestSeconds: 0 }
  const parts: CredentialParts = {
    clock,
    lockOut: createLockOut({ store: memoryDatabase().open(), clock, rule }),
    store: {
      ...memoryDatabase().open(),
      async credential() {
        work.push('look up')
        return stored
      },
    },
    apiKeys: {
      generate: () => assert.fail('a check makes no key'),
      digest: digestApiKey,
      matches(digest, other) {
        work.push('compare')
        return matchesDigest(digest, other)
      },
    },
    passwords: {
      hash: () => assert.fail('a check hashes nothing anew'),
      weakness: () => assert.fail('a check judges no password'),
      async verify(password, hash) {
        work.push('hash')
        return hash === `hash of ${password}`
      },
      async verifyNobody() {
        work.push('hash')
        return false
      },
    },
  }
  return { parts, work }
}

test('any living key proves a role, whatever its place', async () => {
  const stored = { keys: [loginKey('first', NOW + 1), main('main'), loginKey('last', NOW + 1)] }
  for (const key of ['first', 'main', 'last']) {
    assert.equal(await hasKey(checking(stored).parts, ALICE, key), true)
  }
  assert.equal(await hasKey(checking(stored).parts, ALICE, 'other'), false)
})

test('a key that has expired proves nothing, from the very millisecond on', async () => {
  const isGood = (expiresAt: number): Promise<boolean> =>
    hasKey(checking({ keys: [loginKey('key', expiresAt)] }).parts, ALICE, 'key')
  assert.deepEqual(await Promise.all([NOW - 1, NOW, NOW + 1].map(isGood)), [false, false, true])
})

test('a password proves a role where a password is asked for, and an API key there, too', async () => {
  const stored = { keys: [main('key')], passwordHash: 'hash of password' }
  const by = (secret: string): Promise<ProvenBy | undefined> =>
    proofOf(checking(stored).parts, claimOf(secret))
  assert.equal(await by('key'), 'key')
  assert.equal(await by('password'), 'password')
  assert.equal(await by('hash of password'), undefined)
  assert.equal(await hasKey(checking(stored).parts, ALICE, 'password'), false)
})

test('the key of nobody is never found, whatever the digest of what is presented', async () => {
  const { parts } = checking(undefined)
  const blank = { ...parts, apiKeys: { ...parts.apiKeys, digest: () => new Uint8Array(32) } }
  assert.equal(await hasKey(blank, ALICE, 'anything'), false)
  assert.equal(await proofOf(blank, claimOf('anything')), undefined)
})

test('`timing`: a wrong password costs the same look-up and the same hash, whether its role is known or not', async () => {
  const worked = async (stored: StoredCredential | undefined): Promise<readonly string[]> => {
    const { parts, work } = checking(stored)
    assert.equal(await proofOf(parts, claimOf('wrong')), undefined)
    return work.filter((step) => step !== 'compare')
  }
  const known = await worked({ keys: [main('key')], passwordHash: 'hash of password' })
  assert.deepEqual(known, ['look up', 'hash'])
  assert.deepEqual(await worked(undefined), known)
  assert.deepEqual(await worked({ keys: [] }), known)
  assert.deepEqual(await worked({ keys: [main('key')] }), known)
})

test('`timing`: every key is compared, whichever matches, and nobody is compared with one', async () => {
  const comparisons = async (
    stored: StoredCredential | undefined,
    key: string,
  ): Promise<number> => {
    const { parts, work } = checking(stored)
    await hasKey(parts, ALICE, key)
    return work.filter((step) => step === 'compare').length
  }
  const stored = { keys: [main('first'), loginKey('last', NOW + 1)] }
  const counts = await Promise.all(
    ['first', 'last', 'wrong'].map((key) => comparisons(stored, key)),
  )
  assert.deepEqual(counts, [3, 3, 3])
  assert.equal(await comparisons(undefined, 'wrong'), 1)
})
