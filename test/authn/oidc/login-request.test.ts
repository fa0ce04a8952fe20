import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryOnce } from '../../app/memory-once.ts'
import {
  authenticatorIn,
  begin,
  changed,
  codeSettings,
  instance,
  NOW,
  second,
  tokenFor,
  world,
} from './provider.ts'

const refusedWith = (code: string): { readonly code: string; readonly message: RegExp } => ({
  code: 'unauthorized',
  message: new RegExp(`^CONJ${code} `),
})

test('`oidc`: direct callback: a code alone, with nothing of a login that began here, is a bad request', async () => {
  const outside = world()
  const { back } = await begin(outside)
  for (const [name, value] of [
    ['code', null],
    ['code', ''],
    ['nonce', null],
    ['nonce', ''],
    ['code_verifier', null],
    ['code_verifier', ''],
  ] as const) {
    await assert.rejects(back({ [name]: value }), {
      code: 'bad_request',
      message: `CONJ00009E Field '${name}' is missing or empty in request body`,
    })
  }
  assert.deepEqual(outside.requests, [])
})

test('`oidc`: nonce mix-up: what does not belong to one login here goes to no provider', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const { back, invitation } = await begin(outside, codeSettings, authenticator)
  const { invitation: other } = await begin(outside, codeSettings, authenticator)
  const { nonce } = invitation
  const flipped = nonce.startsWith('0') ? `1${nonce.slice(1)}` : `0${nonce.slice(1)}`
  for (const changes of [
    { nonce: other.nonce },
    { nonce: flipped },
    { nonce: nonce.slice(0, -2) },
    { nonce: `${nonce}00` },
    { nonce: nonce.toUpperCase() },
    { nonce: `${nonce}zz` },
    { nonce: 'ab'.repeat(25) },
    { nonce: 'n0nce' },
  ]) {
    await assert.rejects(back(changes), refusedWith('00153E'))
  }
  assert.deepEqual(outside.requests, [])
  assert.ok(await begin(outside, codeSettings, authenticator).then((again) => again.back()))
})

test('`oidc`: PKCE mix-up: a verifier of another login is refused, and one that the provider does not expect by it', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const { back } = await begin(outside, codeSettings, authenticator)
  const { invitation: other } = await begin(outside, codeSettings, authenticator)
  await assert.rejects(back({ code_verifier: other.codeVerifier }), refusedWith('00153E'))
  assert.deepEqual(outside.requests, [])
  // The code of somebody else's login, whose challenge the provider remembers.
  outside.token = tokenFor(other)
  await assert.rejects(back(), refusedWith('00133E'))
})

test('`oidc`: state mix-up: a client that keeps the state is bound to it', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const { back } = await begin(outside, codeSettings, authenticator)
  const { invitation: other } = await begin(outside, codeSettings, authenticator)
  for (const state of [other.state, 'x', '']) {
    await assert.rejects(back({ state }), refusedWith('00153E'))
  }
  assert.deepEqual(outside.requests, [])
})

test('`oidc`: provider mix-up: a login of one instance, account, provider or client is none of another', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const { back } = await begin(outside, codeSettings, authenticator)
  await assert.rejects(back({}, { service: 'other' }), refusedWith('00153E'))
  await assert.rejects(back({}, { account: 'beta' }), refusedWith('00153E'))
  const client = changed(codeSettings, { 'client-id': 'other' })
  await assert.rejects(back({}, {}, client), refusedWith('00153E'))
  const provider = changed(codeSettings, { 'provider-uri': 'https://evil.example' })
  await assert.rejects(back({}, {}, provider), refusedWith('00153E'))
  assert.deepEqual(outside.requests, [])
})

test('`oidc`: a parameter that is there twice is refused', async () => {
  const outside = world()
  const { authenticator, invitation } = await begin(outside)
  const { nonce, codeVerifier } = invitation
  for (const name of ['code', 'nonce', 'code_verifier', 'state']) {
    const parameters = new URLSearchParams({ code: 'c', nonce, code_verifier: codeVerifier })
    if (name === 'state') parameters.append('state', invitation.state)
    parameters.append(name, 'x')
    const proof = { ...instance, body: Buffer.of(), clientIp: '', parameters }
    await assert.rejects(authenticator.recognise(proof, codeSettings), refusedWith('00128E'))
  }
  assert.deepEqual(outside.requests, [])
})

test('`oidc`: a login happens once, on whichever node, even when the provider takes the code twice', async () => {
  const outside = world()
  const used = new Map<string, number>()
  const [one, other] = [1, 2].map(() => authenticatorIn(outside, memoryOnce(used)))
  assert.ok(one !== undefined && other !== undefined)
  const { invitation } = await begin(outside, codeSettings, one)
  const parameters = new URLSearchParams({
    code: 'c0de',
    nonce: invitation.nonce,
    code_verifier: invitation.codeVerifier,
  })
  const proof = { ...instance, body: Buffer.of(), clientIp: '', parameters }
  const comings = await Promise.allSettled(
    [one, other, one, other].map(async (node) => node.recognise(proof, codeSettings)),
  )
  assert.equal(comings.filter(({ status }) => status === 'fulfilled').length, 1)
  await assert.rejects(other.recognise(proof, codeSettings), refusedWith('00153E'))
})

test('a login that began on one node ends on another', async () => {
  const outside = world()
  const used = new Map<string, number>()
  const { invitation } = await begin(
    outside,
    codeSettings,
    authenticatorIn(outside, memoryOnce(used)),
  )
  const parameters = new URLSearchParams({
    code: 'c0de',
    nonce: invitation.nonce,
    code_verifier: invitation.codeVerifier,
  })
  const proof = { ...instance, body: Buffer.of(), clientIp: '', parameters }
  const other = authenticatorIn(outside, memoryOnce(used))
  assert.equal((await other.recognise(proof, codeSettings)).role, 'acme:user:alice')
})

test('`clock`: a login takes fifteen minutes at most, and cannot come back before it began', async () => {
  const outside = world()
  const { back, invitation } = await begin(outside)
  outside.token = tokenFor(invitation, { exp: second + 7200 })
  for (const now of [NOW + 15 * 60_000, NOW - 61_000, NOW + 86_400_000]) {
    outside.now = now
    await assert.rejects(back(), refusedWith('00153E'))
  }
  outside.now = NOW + 15 * 60_000 - 1
  assert.ok(await back())
})
