import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { bodyOf, door, LOGIN, NOW } from './door.ts'
import type { Door } from './door.ts'
import { proofOf, roleSession } from './fake-sts.ts'

const at = door()

/** That a body is refused with a reason, before anything is called. */
async function assertUseless(
  body: string | Uint8Array,
  reason: RegExp,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { length } = at.sts.asked
  await assert.rejects(at.bring(body, settings), (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.code, 'unauthorized')
    assert.match(error.message, reason)
    for (let told: unknown = error; told instanceof Error; told = told.cause) {
      assert.doesNotMatch(told.message, /CANARY/)
    }
    return true
  })
  assert.equal(at.sts.asked.length, length)
}

const usual = await proofOf(roleSession('web'), { now: NOW })

test('what clients of Conjur send proves a role', async () => {
  const { host, authorization, ...amazon } = usual
  const capitalized = (name: string): string => name.replaceAll(/\b[a-z]/g, (c) => c.toUpperCase())
  const withoutHash = await proofOf(roleSession('web'), { now: NOW, hasHash: false })
  const bodies: Readonly<Record<string, string>> = {
    'the Ruby client': JSON.stringify(usual),
    'the Python client': JSON.stringify({ host, ...amazon, authorization }, null, 1),
    'the .NET client': JSON.stringify({ Authorization: authorization, ...amazon, host }),
    'the Go client': JSON.stringify(
      Object.fromEntries(
        Object.entries(withoutHash).map(([name, value]) => [capitalized(name), value]),
      ),
    ),
    'a client for the global endpoint': await bodyOf({ host: 'sts.amazonaws.com' }),
    'a client that sends more than it signs': JSON.stringify({ ...usual, 'user-agent': 'x/1' }),
  }
  for (const [client, body] of Object.entries(bodies)) {
    const { role } = await at.bring(body)
    assert.equal(role, `acme:${LOGIN.replace('/', ':')}`, client)
  }
})

test('the same request proves a role again, as long as it is not too old', async () => {
  const body = JSON.stringify(usual)
  await at.bring(body)
  await at.bring(body)
})

test('what is not signed does not leave, but for the session token, which AWS judges itself', async () => {
  await at.bring(
    JSON.stringify({ ...usual, 'x-forwarded-host': 'evil.test', 'x-amz-target': 'Other' }),
  )
  const { headers } = at.sts.asked.at(-1) ?? assert.fail()
  assert.deepEqual(Object.keys(headers).toSorted(), [
    'accept',
    'authorization',
    'host',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-security-token',
  ])
})

test('`host-header-reroute`: the host is signed, and is the one that is called', async () => {
  const { host, ...without } = usual
  await assertUseless(JSON.stringify(without), /`host` is missing/)
  await assertUseless(JSON.stringify({ ...usual, host: `${host}.evil.test` }), /header host/)
  const unsigned = usual['authorization']?.replace('host;', '') ?? ''
  await assertUseless(JSON.stringify({ ...usual, authorization: unsigned }), /host is not signed/)
  for (const name of ['Host', 'HOST', 'hOst']) {
    await assertUseless(JSON.stringify({ ...usual, [name]: host }), /a header twice/)
    await assertUseless(JSON.stringify({ [name]: 'evil.test', ...usual }), /a header twice/)
  }
  const other = await proofOf(roleSession('web'), { now: NOW, host: 'sts.eu-west-1.amazonaws.com' })
  await assertUseless(JSON.stringify({ ...usual, host: other['host'] }), /another region/)
})

test('`host-header-reroute`: a header of the request that says otherwise changes nothing', async () => {
  const more = { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test', via: 'evil.test' }
  await at.bring(JSON.stringify({ ...usual, ...more }))
  assert.equal(at.sts.asked.at(-1)?.url.host, 'sts.us-east-1.amazonaws.com')
  for (const name of Object.keys(more)) {
    const body = await bodyOf({ headers: { [name]: 'evil.test' } })
    await assertUseless(body, /CONJ00037E/, { 'optional-signed-headers': name })
  }
})

test('a signature for another action, method or body is none for this question', async () => {
  for (const options of [
    { query: { Action: 'AssumeRole', Version: '2011-06-15' } },
    { query: { Action: 'GetCallerIdentity', Version: '2010-05-08' } },
    { query: { Action: 'GetCallerIdentity', Version: '2011-06-15', More: '1' } },
    { query: {} },
    { method: 'POST' },
  ]) {
    await assert.rejects(at.bring(await bodyOf(options)), {
      message: 'CONJ00018E AWS does not accept the signed request: SignatureDoesNotMatch',
    })
  }
})

test('any change of what was signed is refused', async () => {
  const { authorization = '', 'x-amz-security-token': token = '' } = usual
  const flipped = authorization.replace(/.$/, (c) => (c === '0' ? '1' : '0'))
  for (const changed of [
    { authorization: flipped },
    { 'x-amz-security-token': `${token}x` },
    { 'x-amz-date': '20260102T030406Z' },
    {
      authorization: authorization.replace('/us-east-1/', '/us-east-2/'),
      host: 'sts.amazonaws.com',
    },
    { authorization: authorization.replace('ASIA', 'AKIA') },
  ]) {
    await assert.rejects(at.bring(JSON.stringify({ ...usual, ...changed })), {
      code: 'unauthorized',
      message: /^CONJ00018E AWS does not accept/,
    })
  }
})

test('a request that is too old or too new costs no call', async () => {
  for (const off of [-900_000, -86_400_000, 900_000, 86_400_000]) {
    await assertUseless(await bodyOf({ now: NOW + off }), /too old, or not yet valid/)
  }
  for (const off of [-899_000, 899_000]) await at.bring(await bodyOf({ now: NOW + off }))
  const late = usual['authorization']?.replace('/20260102/', '/20260101/') ?? ''
  await assertUseless(JSON.stringify({ ...usual, authorization: late }), /another day/)
})

test('a time that is none is refused', async () => {
  for (const date of [
    '20260102',
    '2026-01-02T03:04:05Z',
    '20260132T030405Z',
    '20260102T030405',
    '20260102T030405Z ',
    '99999999T999999Z',
    'now',
  ]) {
    await assertUseless(JSON.stringify({ ...usual, 'x-amz-date': date }), /CONJ00018E/)
  }
  const { 'x-amz-date': _, ...without } = usual
  await assertUseless(JSON.stringify(without), /`x-amz-date` is missing/)
  const unsigned = usual['authorization']?.replace('x-amz-date;', '') ?? ''
  await assertUseless(
    JSON.stringify({ ...usual, authorization: unsigned }),
    /x-amz-date is not signed/,
  )
})

test('a body that is not an object of texts is refused, and nothing of it is told', async () => {
  const { authorization, ...others } = usual
  for (const body of [
    '',
    'CANARY',
    'null',
    '[]',
    '"CANARY"',
    '[{"host":"CANARY"}]',
    '{"host":"CANARY"',
    '{"host":"CANARY","host":"x"}',
    JSON.stringify(usual).slice(0, -1),
    `\uFEFF${JSON.stringify(usual)}`,
    `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
    JSON.stringify({ ...usual, more: 'CANARY'.repeat(20_000) }),
  ]) {
    await assertUseless(body, /^CONJ00018E The body of signed headers/)
  }
  await assertUseless(Uint8Array.of(0x7b, 0xff, 0x7d), /not a JSON object/)
  for (const value of [
    [authorization],
    { value: authorization },
    7,
    true,
    null,
    '',
    ` ${authorization}`,
    `${authorization}\n`,
    `${authorization}\r\nX-Evil: 1`,
    `${authorization}\0`,
    `${authorization}\t`,
    `${authorization}é`,
    `${authorization}\u2028`,
  ]) {
    await assertUseless(JSON.stringify({ ...others, authorization: value }), /value that is none/)
    await assertUseless(JSON.stringify({ ...usual, more: value }), /value that is none/)
  }
  for (const name of ['', 'a b', 'a:b', 'a\n', 'é', 'x'.repeat(65)]) {
    await assertUseless(JSON.stringify({ ...usual, [name]: 'x' }), /name that is none/)
  }
})

test('an authorization that signs nothing for AWS STS is refused', async () => {
  const { authorization = '' } = usual
  const signed = 'SignedHeaders=host;'
  for (const other of [
    'Bearer x',
    authorization.replace('/sts/', '/s3/'),
    authorization.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
    authorization.replace('aws4_request', 'aws5_request'),
    authorization.replace(signed, 'SignedHeaders='.concat('Host;')),
    authorization.replace(signed, 'SignedHeaders=;host;'),
    authorization.replace(/, SignedHeaders=[^,]+/, ''),
    authorization.slice(0, -1),
    authorization.toLowerCase(),
    `${authorization}, ${authorization}`,
    `${authorization} x`,
  ]) {
    await assertUseless(JSON.stringify({ ...usual, authorization: other }), /CONJ00018E The auth/)
  }
  const { authorization: _, ...without } = usual
  await assertUseless(JSON.stringify(without), /CONJ00018E The auth/)
  const twice = authorization.replace(signed, `${signed}host;`)
  await assertUseless(JSON.stringify({ ...usual, authorization: twice }), /signed twice/)
})

test('a header that nobody expects is refused, unless the instance allows it', async () => {
  const headers = { 'x-trace': '1', accept: 'application/json' }
  await assertUseless(await bodyOf({ headers }), /`accept` is not in optional-signed-headers/)
  const settings = { 'optional-signed-headers': ' X-Trace ; accept;' }
  await at.bring(await bodyOf({ headers }), settings)
  assert.equal(at.sts.asked.at(-1)?.headers['x-trace'], '1')
  const { 'x-trace': _, ...without } = await proofOf(roleSession('web'), { now: NOW, headers })
  await assertUseless(JSON.stringify(without), /`x-trace` is missing/, settings)
})

test('a request with a body is refused', async () => {
  for (const hash of ['UNSIGNED-PAYLOAD', '0'.repeat(64)]) {
    await assertUseless(JSON.stringify({ ...usual, 'x-amz-content-sha256': hash }), /has a body/)
  }
})

test('where a server has an id, only what was signed for it proves anything', async () => {
  const settings = { 'server-id': 'strongroom.example' }
  const forIt = (id: string): Promise<string> =>
    bodyOf({ headers: { 'x-strongroom-server-id': id } })
  await at.bring(await forIt('strongroom.example'), settings)
  await assertUseless(await forIt('vault.example'), /names another server/, settings)
  await assertUseless(JSON.stringify(usual), /is not signed, or names/, settings)
  await assertUseless(
    JSON.stringify({ ...usual, 'x-strongroom-server-id': 'strongroom.example' }),
    /is not signed, or names/,
    settings,
  )
  await assertUseless(await forIt('strongroom.example'), /not in optional-signed-headers/)
})

test('where requests count once, the same one proves nothing the second time', async () => {
  const settings = { 'single-use': 'true' }
  const proof = await proofOf(roleSession('web'), { now: NOW - 1000 })
  const body = JSON.stringify(proof)
  await at.bring(body, settings)
  for (const repeated of [body, JSON.stringify({ ...proof, more: 'x' }, null, 2)]) {
    await assert.rejects(at.bring(repeated, settings), {
      code: 'unauthorized',
      message: 'CONJ00018E The signed request has been used before',
    })
  }
  await at.bring(await bodyOf({ now: NOW - 2000 }), settings)
  const parallel = await bodyOf({ now: NOW - 3000 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => at.bring(parallel, settings)),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a request that AWS refuses does not use up the good one', async () => {
  const fresh: Door = door()
  const settings = { 'single-use': 'true' }
  fresh.sts.instead = () => ({ status: 503, body: Buffer.of() })
  await assert.rejects(fresh.bring(JSON.stringify(usual), settings), { message: /^CONJ00063E/ })
  fresh.sts.instead = undefined
  await fresh.bring(JSON.stringify(usual), settings)
})
