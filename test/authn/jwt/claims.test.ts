import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authenticatorIn,
  door,
  NOW,
  podClaims,
  podSettings,
  settingsWith,
  signed,
  world,
} from './issuer.ts'

const second = NOW / 1000
const recognise = door()

const without = (name: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(podClaims).filter(([claim]) => claim !== name))

test('the projected token of a pod is recognised', async () => {
  const { role } = await recognise(await signed())
  assert.equal(role, 'acme:host:shop/cart')
})

test('a token that is otherwise right is refused for any one claim that is not', async () => {
  const mutations: readonly (readonly [claim: string, value: unknown, code: RegExp])[] = [
    ['iss', 'https://kubernetes.default.svc', /^CONJ00015E/],
    ['iss', 'https://kubernetes.default.svc.cluster.local/', /^CONJ00015E/],
    ['iss', 'HTTPS://kubernetes.default.svc.cluster.local', /^CONJ00015E/],
    ['iss', ['https://kubernetes.default.svc.cluster.local'], /^CONJ00015E/],
    ['iss', '', /^CONJ00090E/],
    ['iss', null, /^CONJ00091E/],
    ['iss', 7, /^CONJ00015E/],
    ['aud', 'other', /^CONJ00015E/],
    ['aud', [], /^CONJ00090E/],
    ['aud', '', /^CONJ00090E/],
    ['aud', ['strongroom2', 'Strongroom'], /^CONJ00015E/],
    ['aud', [['strongroom']], /^CONJ00015E/],
    ['aud', { strongroom: true }, /^CONJ00015E/],
    ['aud', null, /^CONJ00091E/],
    ['exp', second - 1, /^CONJ00016E/],
    ['exp', second, /^CONJ00016E/],
    ['exp', 0, /^CONJ00016E/],
    ['exp', -1, /^CONJ00016E/],
    ['exp', String(second + 600), /^CONJ00015E/],
    ['exp', [second + 600], /^CONJ00015E/],
    ['exp', true, /^CONJ00015E/],
    ['exp', null, /^CONJ00091E/],
    ['nbf', second + 6, /^CONJ00015E/],
    ['nbf', String(second), /^CONJ00015E/],
    ['nbf', {}, /^CONJ00015E/],
    ['iat', second + 6, /^CONJ00015E/],
    ['iat', String(second), /^CONJ00015E/],
    ['iat', false, /^CONJ00015E/],
  ]
  for (const [claim, value, message] of mutations) {
    const token = await signed({ ...podClaims, [claim]: value })
    await assert.rejects(recognise(token), { message }, `${claim}: ${JSON.stringify(value)}`)
  }
})

test('`jwt`: a token without iss, aud or exp is refused', async () => {
  for (const name of ['iss', 'aud', 'exp']) {
    await assert.rejects(recognise(await signed(without(name))), {
      code: 'unauthorized',
      message: `CONJ00091E The token lacks the mandatory claim '${name}'`,
    })
  }
})

test('a token without nbf or iat is good', async () => {
  for (const name of ['nbf', 'iat', 'jti']) {
    assert.ok(await recognise(await signed(without(name))))
  }
})

test('an expired token fails with the code and text that clients look for', async () => {
  await assert.rejects(recognise(await signed({ ...podClaims, exp: second - 1 })), {
    code: 'token_expired',
    status: 401,
    message: 'CONJ00016E Token expired',
  })
})

test('`jwt`: clock skew is forgiven for five seconds at the beginning of a token and not at its end', async () => {
  const outside = world()
  const enter = door(outside)
  const early = await signed({ ...podClaims, nbf: second + 5, iat: second + 5 })
  assert.ok(await enter(early))
  outside.now = NOW - 1
  await assert.rejects(enter(early), { message: /^CONJ00015E .*'nbf' lies in the future/ })
  outside.now = NOW + 599_999
  const token = await signed()
  assert.ok(await enter(token))
  outside.now = NOW + 600_000
  await assert.rejects(enter(token), { code: 'token_expired' })
})

test('times with fractions count', async () => {
  assert.ok(await recognise(await signed({ ...podClaims, exp: second + 0.5 })))
  await assert.rejects(recognise(await signed({ ...podClaims, exp: second - 0.5 })), {
    code: 'token_expired',
  })
})

test('an audience is one string or one of a list', async () => {
  for (const aud of ['strongroom', ['strongroom'], ['api', 'strongroom', 7]]) {
    assert.ok(await recognise(await signed({ ...podClaims, aud })))
  }
})

test('without a configured audience a token for any is accepted', async () => {
  const settings = settingsWith({ audience: null })
  assert.ok(await recognise(await signed({ ...podClaims, aud: 'other' }), { settings }))
  assert.ok(await recognise(await signed(without('aud')), { settings }))
})

test('the expiry of a forged token is not told', async () => {
  const token = await signed({ ...podClaims, exp: second - 1 })
  const forged = token.replace(/[^.]{8}$/, 'AAAAAAAA')
  await assert.rejects(recognise(forged), { code: 'unauthorized', message: /^CONJ00015E/ })
})

test('a configured leeway holds for every time of a token, and for no more than it says', async () => {
  const settings = settingsWith({ 'clock-leeway': '60' })
  for (const times of [{ exp: second - 59 }, { nbf: second + 60 }, { iat: second + 60 }]) {
    assert.ok(await recognise(await signed({ ...podClaims, ...times }), { settings }))
  }
  for (const times of [{ exp: second - 60 }, { nbf: second + 61 }, { iat: second + 61 }]) {
    await assert.rejects(recognise(await signed({ ...podClaims, ...times }), { settings }), {
      status: 401,
    })
  }
  const none = settingsWith({ 'clock-leeway': '0' })
  await assert.rejects(
    recognise(await signed({ ...podClaims, iat: second + 1 }), { settings: none }),
  )
  for (const value of ['301', '-1', '1.5', '1e2', 'x', '9999999999']) {
    await assert.rejects(
      recognise(await signed(), { settings: settingsWith({ 'clock-leeway': value }) }),
      { code: 'unauthorized', message: /^CONJ00037E .*clock-leeway/ },
      value,
    )
  }
})

test('an authenticator without a name recognises nobody', async () => {
  const body = Buffer.from(`jwt=${await signed()}`)
  const proof = { account: 'acme', login: 'host/shop/cart', body, clientIp: '' }
  await assert.rejects(authenticatorIn(world()).recognise(proof, podSettings), {
    code: 'unauthorized',
    message: /^CONJ00097E/,
  })
})
