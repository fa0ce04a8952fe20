import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccount } from '#app/accounts.ts'
import type { CreateAccount } from '#app/accounts.ts'
import { createRecorder } from '#app/recorder.ts'
import type { Store } from '#app/store.ts'
import { digestApiKey, matchesDigest } from '#crypto/api-key.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { memoryDatabase } from './memory-store.ts'

/** Accounts over a new database, whose keys are counted through. */
function openAccounts(): { readonly store: Store; readonly create: CreateAccount } {
  const store = memoryDatabase().open()
  let keys = 0
  const create = createAccount({
    store,
    recorder: createRecorder(store, () => 1_750_000_000_000),
    apiKeys: {
      generate: () => `key ${(keys += 1)}`,
      digest: digestApiKey,
      matches: matchesDigest,
    },
    newGeneration: () => 'generation',
    newSigningKey: async (account) => ({
      account,
      kid: account,
      sealedPrivateKey: Buffer.from('sealed'),
      publicKeyPem: 'pem',
    }),
  })
  return { store, create }
}

test('a new account has an administrator who owns the root policy, and a record of how it came to be', async () => {
  const { store, create } = openAccounts()
  const key = await create('acme')
  const { rows } = await store.snapshot()
  const graph = new RoleGraph(rows)
  const [admin, root] = [adminOf('acme'), rootPolicyOf('acme')]
  assert.ok(graph.permits(admin, 'update', root) && graph.holds(admin, root))
  assert.equal(graph.credential(admin)?.generation, 'generation')
  const stored = await store.credential(admin)
  assert.deepEqual(
    stored?.keys.map(({ kind, digest }) => [kind, matchesDigest(digest, digestApiKey(key))]),
    [['main', true]],
  )
  const trail = await store.audit({ account: 'acme', limit: 10 })
  assert.deepEqual(
    trail.map(({ event }) => event),
    [
      {
        at: '2025-06-15T15:06:40.000Z',
        request: 'create-account',
        account: 'acme',
        kind: 'account',
        operation: 'create',
        result: 'success',
        user: 'operator',
        clientIp: '',
        subject: { account: 'acme' },
      },
    ],
  )
})

test('`bootstrap-once`: of a hundred who create an account together one gets its key, and the key is good', async () => {
  const { store, create } = openAccounts()
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => create('acme')))
  const created = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.deepEqual([created.length, refused.length], [1, 99])
  for (const { reason } of refused) {
    assert.equal(String(reason), 'Failure: account "acme" already exists')
  }
  const stored = await store.credential(adminOf('acme'))
  assert.deepEqual(
    stored?.keys.map(({ digest }) => Buffer.from(digest).toString('hex')),
    created.map(({ value }) => digestApiKey(value).toString('hex')),
  )
  assert.equal((await store.signingKeys()).length, 1)
  assert.equal((await store.audit({ account: 'acme', limit: 10 })).length, 1)
})

test('`bootstrap-once`: an account that is there keeps its administrator, whoever creates it again', async () => {
  const { store, create } = openAccounts()
  await create('acme')
  const before = await store.credential(adminOf('acme'))
  await assert.rejects(create('acme'), { code: 'conflict' })
  assert.deepEqual(await store.credential(adminOf('acme')), before)
})

test('an account whose key could not be kept is not there, and can be created later', async () => {
  const { store, create } = openAccounts()
  const refuse = async (): Promise<void> => {
    assert.deepEqual(await store.accounts(), [])
    throw new Error('the disk is full')
  }
  await assert.rejects(create('acme', { keep: refuse }), /the disk is full/)
  assert.deepEqual(await store.accounts(), [])
  assert.deepEqual(await store.signingKeys(), [])
  const kept: string[] = []
  const key = await create('acme', { keep: async (apiKey) => void kept.push(apiKey) })
  assert.deepEqual(kept, [key])
})

test('`kind-confusion`: a name that could be read as something else is no account', async () => {
  const { store, create } = openAccounts()
  const refused: Readonly<Record<string, RegExp>> = {
    'a/b': /^Invalid account: a\/b$/,
    'a:user': /^account name "a:user" contains invalid characters \(:\)$/,
    'a b\0': /contains invalid characters \( \0\)$/,
    ａcme: /contains invalid characters \(ａ\)$/,
    '!': /contains invalid characters \(!\)$/,
    '': /^`` cannot be an account name: it has 1 to 60 characters$/,
    ['x'.repeat(61)]: /cannot be an account name: it has 1 to 60 characters$/,
  }
  for (const [name, message] of Object.entries(refused)) {
    await assert.rejects(create(name), { code: 'argument_error', message })
  }
  assert.deepEqual(await store.accounts(), [])
  await create('x'.repeat(60))
  await create('A.b-c_1')
})
