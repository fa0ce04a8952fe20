import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store, StoredSigningKey } from '#app/store.ts'
import { newSigningKey, openTokenDesk } from '#app/token-desk.ts'
import { LONGEST_LIFE } from '#app/tokens.ts'
import type { AccessToken, Tokens, TokenTerms } from '#app/tokens.ts'
import type { Vault } from '#app/vault.ts'
import { encodeAuthorization } from '#crypto/authorization.ts'
import { createKeyring, wrapDataKey } from '#crypto/keyring.ts'
import { makeId } from '#domain/id.ts'
import { memoryDatabase } from './memory-store.ts'

const MASTER_KEY = Buffer.alloc(32, 1)
const vault: Vault = createKeyring({
  masterKey: MASTER_KEY,
  wrapped: [{ id: 1, wrapped: wrapDataKey(MASTER_KEY, 1, Buffer.alloc(32, 2)) }],
})
const acmeKey = await newSigningKey(vault, 'acme')
const rivalKey = await newSigningKey(vault, 'rival')

const ALICE = makeId('acme', 'user', 'alice')
const WEB = makeId('acme', 'host', 'shop/web')
const START = 1_700_000_000_000
const origin = { clientIp: '192.0.2.1', request: 'request' }
const INVALID = { code: 'token_invalid', message: 'Unauthorized: Invalid token' }

interface Desk {
  readonly store: Store
  readonly tokens: Tokens
  /** How often the signing keys were read. */
  readonly reads: () => number
  readonly create: (key: StoredSigningKey) => Promise<void>
  now: number
}

async function openDesk(): Promise<Desk> {
  const store = memoryDatabase().open()
  const create = (key: StoredSigningKey): Promise<void> =>
    store.createAccount(key.account, key, async () => undefined)
  await create(acmeKey)
  const time = { now: START }
  let reads = 0
  const tokens = await openTokenDesk({
    store: {
      ...store,
      signingKeys() {
        reads += 1
        return store.signingKeys()
      },
    },
    vault,
    clock: () => time.now,
    userTokenSeconds: 100,
    hostTokenSeconds: 200,
  })
  return Object.assign(time, { store, tokens, create, reads: () => reads })
}

const read = ({ tokens }: Desk, token: AccessToken): ReturnType<Tokens['read']> =>
  tokens.read(encodeAuthorization(token), origin)

test('a token says who bears it, under which generation of the credential, and from where it was read', async () => {
  const desk = await openDesk()
  assert.deepEqual(await read(desk, await desk.tokens.issue(WEB, 'g1')), {
    role: WEB,
    account: 'acme',
    generation: 'g1',
    issuedAt: START / 1000,
    expiresAt: START + 200_000,
    cidrs: [],
    ...origin,
  })
})

test('users and hosts have tokens of their own lives, also when the token is remembered', async () => {
  const desk = await openDesk()
  const [user, host] = [await desk.tokens.issue(ALICE, 'g1'), await desk.tokens.issue(WEB, 'g1')]
  await read(desk, user)
  desk.now = START + 99_999
  await read(desk, user)
  desk.now = START + 100_000
  await assert.rejects(read(desk, user), INVALID)
  await assert.rejects(read(desk, user), INVALID)
  desk.now = START + 199_999
  await read(desk, host)
  desk.now = START + 200_000
  await assert.rejects(read(desk, host), INVALID)
})

test('`clock`: a clock that is set back does not revive a remembered token for longer than its life', async () => {
  const desk = await openDesk()
  const token = await desk.tokens.issue(ALICE, 'g1')
  await read(desk, token)
  desk.now = START + 86_400_000
  await assert.rejects(read(desk, token), INVALID)
  desk.now = START + 100_000
  await assert.rejects(read(desk, token), INVALID)
})

test('a remembered token is remembered for its bytes: one that differs anywhere is verified', async () => {
  const desk = await openDesk()
  const token = await desk.tokens.issue(ALICE, 'g1')
  await read(desk, token)
  const other = await desk.tokens.issue(WEB, 'g1')
  await assert.rejects(read(desk, { ...token, payload: other.payload }), INVALID)
  await assert.rejects(read(desk, { ...token, signature: other.signature }), INVALID)
  await assert.rejects(desk.tokens.read(undefined, origin), { message: 'Authorization missing' })
})

test('the address belongs to the request, never to the remembered token', async () => {
  const desk = await openDesk()
  const authorization = encodeAuthorization(await desk.tokens.issue(ALICE, 'g1'))
  await desk.tokens.read(authorization, origin)
  const session = await desk.tokens.read(authorization, {
    clientIp: '198.51.100.1',
    request: 'second',
  })
  assert.deepEqual([session.clientIp, session.request], ['198.51.100.1', 'second'])
})

test('an account that another node created is found at once, and forged tokens soon cost no more than a look a second', async () => {
  const desk = await openDesk()
  await desk.create(rivalKey)
  const admin = makeId('rival', 'user', 'admin')
  assert.equal(desk.reads(), 1)
  const token = await desk.tokens.issue(admin, 'g1')
  assert.equal((await read(desk, token)).account, 'rival')
  assert.equal(desk.reads(), 2)

  const header = Buffer.from(JSON.stringify({ alg: 'conjur.org/slosilo/v2', kid: 'f'.repeat(64) }))
  const forged = { ...token, protected: header.toString('base64url') }
  const forge = async (): Promise<number> => {
    const before = desk.reads()
    for (let time = 0; time < 50; time++) await assert.rejects(read(desk, forged), INVALID)
    return desk.reads() - before
  }
  assert.deepEqual([await forge(), await forge()], [20, 0])
  desk.now += 1000
  assert.equal(await forge(), 1)
})

test('`cache-tenancy`: the key of an account vouches for that account alone', async () => {
  const desk = await openDesk()
  await desk.create(rivalKey)
  desk.now += 1000
  const token = await desk.tokens.issue(makeId('rival', 'user', 'alice'), 'g1')
  const session = await read(desk, token)
  assert.deepEqual([session.role, session.account], ['rival:user:alice', 'rival'])
})

test('nobody of an account that has no signing key gets a token', async () => {
  const desk = await openDesk()
  await assert.rejects(desk.tokens.issue(makeId('gone', 'user', 'alice'), 'g1'), {
    code: 'unauthorized',
    message: "CONJ00008E Account 'gone' is not defined",
  })
})

test('`db-theft`: the private half of a signing key opens for its own account and id alone', async () => {
  const swapped: StoredSigningKey = { ...acmeKey, sealedPrivateKey: rivalKey.sealedPrivateKey }
  const store = memoryDatabase().open()
  await store.createAccount('acme', swapped, async () => undefined)
  const parts = { store, vault, clock: () => START, userTokenSeconds: 1, hostTokenSeconds: 1 }
  await assert.rejects(openTokenDesk(parts), { code: 'corrupt' })
})

test('a token says that a factor was proven and when, and how old that is, also when it is remembered', async () => {
  const desk = await openDesk()
  const token = await desk.tokens.issue(ALICE, 'g1', { factor: ['otp'], cidrs: ['192.0.2.0/24'] })
  const provenAt = START / 1000
  for (const age of [0, 42, 99]) {
    desk.now = START + age * 1000
    const session = await read(desk, token)
    assert.deepEqual(session.factor, { methods: ['otp'], provenAt, age })
    assert.deepEqual(session.cidrs, ['192.0.2.0/24'])
  }
  desk.now = START + 100_000
  await assert.rejects(read(desk, token), INVALID)
})

test('a factor that was proven some time before the token was issued is as old as that, and never younger than nothing', async () => {
  const desk = await openDesk()
  for (const [ago, age] of [
    [90_500, 91],
    [0, 0],
    [-90_000, 0],
  ] as const) {
    const terms = { factor: ['hwk'], provenAt: START - ago }
    const { factor } = await read(desk, await desk.tokens.issue(ALICE, 'g1', terms))
    assert.deepEqual(factor, { methods: ['hwk'], provenAt: START / 1000 - age, age })
  }
})

test('a token with a factor lives no longer than usual, however long it is wanted for', async () => {
  const desk = await openDesk()
  const lifeOf = async (terms: TokenTerms): Promise<number> => {
    const { payload } = await desk.tokens.issue(ALICE, 'g1', terms)
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    assert.ok(typeof claims === 'object' && claims !== null && 'exp' in claims)
    return Number(claims.exp) - START / 1000
  }
  assert.equal(await lifeOf({ factor: ['otp'], seconds: 5000 }), 100)
  assert.equal(await lifeOf({ factor: ['otp'], seconds: 50 }), 50)
  assert.equal(await lifeOf({ seconds: 5000 }), 5000)
  assert.equal(await lifeOf({ seconds: 20_000 }), LONGEST_LIFE)
})

test('`token-scope`: a token that is issued for another one ends with it at the latest, and a session says when that is', async () => {
  const desk = await openDesk()
  const until = START + 70_900
  const { expiresAt } = await read(desk, await desk.tokens.issue(ALICE, 'g1', { until }))
  assert.equal(expiresAt, START + 70_000)
  const usual = await desk.tokens.issue(ALICE, 'g1', { until: START + 1_000_000 })
  assert.equal((await read(desk, usual)).expiresAt, START + 100_000)
  const over = await desk.tokens.issue(ALICE, 'g1', { until: START - 1 })
  await assert.rejects(read(desk, over), INVALID)
})

test('a session of a token without a factor has none, and no word of one', async () => {
  const desk = await openDesk()
  assert.ok(!('factor' in (await read(desk, await desk.tokens.issue(ALICE, 'g1')))))
})
