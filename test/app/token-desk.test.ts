import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Origin } from '#app/session.ts'
import { newSigningKey, openTokenDesk } from '#app/token-desk.ts'
import type { AccessToken, Tokens } from '#app/tokens.ts'
import { signToken } from '#crypto/access-token.ts'
import { encodeAuthorization } from '#crypto/authorization.ts'
import { createKeyring, wrapDataKey } from '#crypto/keyring.ts'
import { importPrivateKey } from '#crypto/signing-key.ts'
import type { SigningKey } from '#crypto/signing-key.ts'
import { makeId } from '#domain/id.ts'
import { memoryDatabase } from './memory-store.ts'

const NOW = 1_750_000_000_000
const ORIGIN: Origin = { clientIp: '192.0.2.1', request: 'r' }
const ALICE = makeId('acme', 'user', 'alice')
const WEB = makeId('acme', 'host', 'shop/web')

const MASTER_KEY = Buffer.alloc(32, 7)
const vault = createKeyring({
  masterKey: MASTER_KEY,
  wrapped: [{ id: 1, wrapped: wrapDataKey(MASTER_KEY, 1, Buffer.alloc(32, 9)) }],
})

/** Made once: nothing else here takes as long. */
const keys = { acme: newSigningKey(vault, 'acme'), other: newSigningKey(vault, 'other') }

interface Desk extends Tokens {
  now: number
  /** How often the store was asked for the signing keys. */
  readonly loads: number
  addAccount(account: keyof typeof keys): Promise<void>
}

/** A desk over a store that has the account `acme`. */
async function openDesk(): Promise<Desk> {
  const store = memoryDatabase().open()
  const state = { now: NOW, loads: 0 }
  const addAccount = async (account: keyof typeof keys): Promise<void> =>
    store.createAccount(account, await keys[account], async () => undefined)
  await addAccount('acme')
  const desk = await openTokenDesk({
    store: { ...store, signingKeys: () => ((state.loads += 1), store.signingKeys()) },
    vault,
    clock: () => state.now,
    userTokenSeconds: 480,
    hostTokenSeconds: 3600,
  })
  return Object.assign(state, desk, { addAccount })
}

const read = (desk: Tokens, token: AccessToken, origin = ORIGIN): ReturnType<Tokens['read']> =>
  desk.read(encodeAuthorization(token), origin)

const invalid = { code: 'token_invalid', message: 'Unauthorized: Invalid token' }

test('the session of a token is that of the role it was issued to, seen from where it is used', async () => {
  const desk = await openDesk()
  const token = await desk.issue(WEB, 'generation')
  for (const clientIp of ['192.0.2.1', '198.51.100.1']) {
    assert.deepEqual(await read(desk, token, { clientIp, request: clientIp }), {
      role: WEB,
      account: 'acme',
      generation: 'generation',
      issuedAt: NOW / 1000,
      cidrs: [],
      clientIp,
      request: clientIp,
    })
  }
})

test('the tokens of users and of hosts have lives of their own, remembered or not', async () => {
  const desk = await openDesk()
  const [user, host] = [await desk.issue(ALICE, 'g'), await desk.issue(WEB, 'g')]
  await read(desk, user)
  desk.now = NOW + 480_000 - 1
  await read(desk, user)
  desk.now = NOW + 480_000
  await assert.rejects(read(desk, user), invalid)
  await assert.rejects(read(desk, user), invalid)
  desk.now = NOW + 3_600_000 - 1
  await read(desk, host)
  desk.now = NOW + 3_600_000
  await assert.rejects(read(desk, host), invalid)
})

test('a token that was read once is not good in any other spelling of its signature', async () => {
  const desk = await openDesk()
  const token = await desk.issue(ALICE, 'g')
  await read(desk, token)
  for (const payload of [{ sub: 'admin' }, { sub: 'alice', iat: 2_000_000_000 }]) {
    const forged = Buffer.from(JSON.stringify(payload)).toString('base64url')
    await assert.rejects(read(desk, { ...token, payload: forged }), invalid)
  }
  const first = token.signature.startsWith('A') ? 'B' : 'A'
  const flipped = first + token.signature.slice(1)
  await assert.rejects(read(desk, { ...token, signature: flipped }), invalid)
})

test('`cache-tenancy`: a token speaks for the account whose key signed it, and for no other', async () => {
  const desk = await openDesk()
  await desk.addAccount('other')
  desk.now += 1000
  const mine = await desk.issue(ALICE, 'g')
  const theirs = await desk.issue(makeId('other', 'user', 'alice'), 'g')
  assert.equal((await read(desk, mine)).role, 'acme:user:alice')
  assert.equal((await read(desk, theirs)).role, 'other:user:alice')
  assert.equal((await read(desk, theirs)).account, 'other')
  await assert.rejects(read(desk, { ...mine, protected: theirs.protected }), invalid)
  await assert.rejects(read(desk, { ...mine, signature: theirs.signature }), invalid)
})

test('an account that another node creates is known without a restart', async () => {
  const desk = await openDesk()
  desk.now += 1000
  await assert.rejects(desk.issue(makeId('other', 'user', 'admin'), 'g'), {
    code: 'unauthorized',
    message: "CONJ00008E Account 'other' is not defined",
  })
  await desk.addAccount('other')
  desk.now += 1000
  const token = await desk.issue(makeId('other', 'user', 'admin'), 'g')
  assert.equal((await read(desk, token)).role, 'other:user:admin')
})

test('forged tokens cost no query: an unknown key is looked for once a second', async () => {
  const desk = await openDesk()
  const unknown = await foreignToken()
  for (let attempt = 0; attempt < 5; attempt++) {
    await assert.rejects(read(desk, unknown), invalid)
  }
  assert.equal(desk.loads, 1)
  desk.now += 1000
  for (let attempt = 0; attempt < 5; attempt++) {
    await assert.rejects(read(desk, unknown), invalid)
  }
  assert.equal(desk.loads, 2)
})

/** A token under the key of an account that the desk does not have. */
const foreignToken = async (): Promise<AccessToken> =>
  signToken({ iat: NOW / 1000, sub: 'admin', exp: NOW / 1000 + 480 }, await keyOf('other'))

/** The private half of an account's key, as only the server has it. */
async function keyOf(account: keyof typeof keys): Promise<SigningKey> {
  const { kid, sealedPrivateKey } = await keys[account]
  return importPrivateKey(vault.open(['signing-key', account, kid], sealedPrivateKey))
}

test('requests that meet an unknown key together share one look-up', async () => {
  const desk = await openDesk()
  desk.now += 1000
  const unknown = await foreignToken()
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => read(desk, unknown)))
  assert.ok(outcomes.every(({ status }) => status === 'rejected'))
  assert.equal(desk.loads, 2)
})

test('a token without a generation is of no generation that a credential has', async () => {
  const desk = await openDesk()
  const key = await keyOf('acme')
  const token = signToken({ iat: NOW / 1000, sub: 'alice', exp: NOW / 1000 + 480 }, key)
  assert.equal((await read(desk, token)).generation, '')
})
