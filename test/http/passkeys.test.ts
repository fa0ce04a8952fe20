import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFactorList } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { isAccessToken } from '#api/wire.ts'
import { softAuthenticator } from '../crypto/soft-authenticator.ts'
import { ACCOUNT, assertError, assertSilent, authorizationOf, mustBe, openNode } from './harness.ts'
import {
  answer,
  begin,
  begun,
  CALLBACK,
  ceremonies,
  ceremony,
  codeIn,
  complete,
  deeds,
  device,
  enrol,
  openScene,
  ORIGIN,
  proven,
} from './passkey-scene.ts'

const claimsOf = (payload: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>

test('a passkey is enrolled, with recovery codes when it is the first factor, and then proves its owner', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const [laptop, phone] = [device(), softAuthenticator({ origin: ORIGIN, isSynced: true })]

  const first = await enrol(node, alice, laptop)
  assert.deepEqual([first.factor.kind, first.factor.name], ['passkey', 'laptop'])
  assert.equal(first.recovery_codes?.length, 10)
  const { amr, auth_time, sub } = claimsOf(first.token.payload)
  assert.deepEqual([amr, auth_time, sub], [['hwk', 'mfa'], Math.floor(node.now / 1000), 'alice'])

  const stepped = node.client.caller({ Authorization: authorizationOf(first.token) })
  node.now += 1000
  const second = await enrol(node, stepped, phone)
  assert.deepEqual(
    [second.recovery_codes, claimsOf(second.token.payload)['amr']],
    [null, ['swk', 'mfa']],
  )

  node.now += 60_000
  const [started, answered] = await proven(node, alice, phone)
  const touchedAt = node.now
  node.now += 90_000
  const { json } = mustBe(200, await complete(alice, started, codeIn(answered)))
  assert.ok(isAccessToken(json))
  const claims = claimsOf(json.payload)
  assert.deepEqual(
    [claims['amr'], claims['auth_time']],
    [['swk', 'mfa'], Math.floor(touchedAt / 1000)],
  )

  const list = mustBe(200, await alice.get(fillPath(PATHS.factors, { account: ACCOUNT }))).json
  assert.ok(isFactorList(list))
  assert.deepEqual(
    list.factors.map(({ last_used_at: used }) => used),
    [null, new Date(touchedAt).toISOString()],
  )
})

test('the page is told what is asked, by whom and from where, and nothing that its id does not say', async () => {
  await using node = await openScene()
  const alice = node.client.caller({
    Authorization: await node.token('alice'),
    'X-Forwarded-For': '192.0.2.17',
  })
  const { id, url, options } = await begun(alice, {
    purpose: 'enrolment',
    name: 'laptop',
    ...CALLBACK,
  })
  assert.equal(url, `${ORIGIN}/mfa#${ACCOUNT}/${id}`)
  const shown = mustBe(200, await node.anyone.get(ceremony(id)))
  assert.equal(shown.headers['cache-control'], 'no-store')
  assert.deepEqual(shown.json, {
    purpose: 'enrolment',
    role: `${ACCOUNT}:user:alice`,
    name: 'laptop',
    client_ip: '192.0.2.17',
    options,
    callback: { port: CALLBACK.callback_port, state: CALLBACK.state },
    expires_at: new Date(node.now + 300_000).toISOString(),
  })
})

test('without an address of the server there are no passkeys, and the refusal names the setting', async () => {
  await using node = await openScene({ settings: { publicUrl: undefined } })
  const alice = await node.as('alice')
  assertError(
    501,
    {
      code: 'not_implemented',
      message:
        'passkeys need the setting public-url (STRONGROOM_PUBLIC_URL), the address under which people reach this server',
    },
    await begin(alice, { purpose: 'enrolment', name: 'laptop' }),
  )
  assert.deepEqual(
    (await deeds(node)).map((deed) => deed.split(' ', 2).join(' ')),
    ['begin-enrolment failure'],
  )
})

test('hosts have no passkeys, and nobody has those of another account', async () => {
  await using node = await openScene()
  await node.createAccount('other')
  const robot = await node.as('host/robot')
  assertSilent(403, await begin(robot, { purpose: 'enrolment' }))
  const alice = await node.as('alice')
  const path = fillPath(PATHS.passkeyCeremonies, { account: 'other' })
  assertSilent(403, await alice.post(path, JSON.stringify({ purpose: 'enrolment' })))
})

test('what cannot be asked is refused', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const order = { purpose: 'enrolment', ...CALLBACK }
  const wrong: readonly object[] = [
    {},
    { purpose: 'login' },
    { ...order, name: 'a\u0000b' },
    { ...order, name: 7 },
    { ...order, callback_port: 80 },
    { ...order, callback_port: '49152' },
    { ...order, callback_port: 49_152.5 },
    { ...order, state: 'short' },
    { ...order, state: 'with/slashes/and%20more' },
    { purpose: 'enrolment', callback_port: 49_152 },
    { purpose: 'enrolment', state: CALLBACK.state },
    { ...order, callback: 'https://evil.test' },
  ]
  for (const body of wrong) mustBe(422, await begin(alice, body))
  mustBe(400, await alice.post(ceremonies, '[]'))
  assertError(
    409,
    { code: 'conflict', message: 'there is no passkey to prove' },
    await begin(alice, { purpose: 'verification' }),
  )
})

test('a passkey is not stopped by wrong codes: who has only a token cannot keep its owner out', async () => {
  await using node = await openScene()
  const alice = await node.as('alice')
  const laptop = device()
  await enrol(node, alice, laptop)
  const path = fillPath(PATHS.mfaVerification, { account: ACCOUNT })
  const guess = JSON.stringify({ recovery_code: '0000-0000-0000-0000' })
  for (let count = 0; count < 6; count += 1) await alice.post(path, guess)
  mustBe(429, await alice.post(path, guess))
  const [started, answered] = await proven(node, alice, laptop)
  mustBe(200, await complete(alice, started, codeIn(answered)))
})

test('the same passkey is not enrolled twice', async () => {
  await using node = await openScene()
  const laptop = device()
  const { token } = await enrol(node, await node.as('alice'), laptop)
  const stepped = node.client.caller({ Authorization: authorizationOf(token) })
  const started = await begun(stepped, { purpose: 'enrolment' })
  assert.deepEqual(
    started.options.excludeCredentials?.map(({ id }) => id),
    [laptop.credentialId],
  )
  const code = codeIn(await answer(node, started, laptop.create(started.options)))
  mustBe(409, await complete(stepped, started, code))
})

test('`headers/UI`: the page and its files let nothing in, and nobody frame them', async () => {
  await using node = await openNode()
  const types = new Map([
    [PATHS.mfaPage, 'text/html; charset=utf-8'],
    [PATHS.mfaPageScript, 'text/javascript; charset=utf-8'],
    [PATHS.mfaPageStyle, 'text/css; charset=utf-8'],
  ])
  for (const [path, type] of types) {
    const { headers } = mustBe(200, await node.anyone.get(path))
    assert.equal(headers['content-type'], type)
    const policy = String(headers['content-security-policy']).split('; ')
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "form-action 'none'",
      "base-uri 'none'",
    ]) {
      assert.ok(policy.includes(rule), rule)
    }
    assert.doesNotMatch(policy.join(), /unsafe|\*|https?:/)
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  const { text } = await node.anyone.get(PATHS.mfaPage)
  assert.doesNotMatch(text, / style=| on[a-z]+=|<script[^>]*>[^<]/)
})
