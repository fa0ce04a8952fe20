import assert from 'node:assert/strict'
import { test } from 'node:test'
import { V2_TYPE } from '#http/v2.ts'
import { assertError, assertSilent, at, mustBe } from './harness.ts'
import { openMatrixWorld } from './matrix-world.ts'

// The words of reference/conjur-api.md 1.2 to 1.11 that clients and their tests look for, where no other file states them.

test('what is not there is named by its kind, of which only the first letter is large', async () => {
  await using world = await openMatrixWorld()
  for (const [kind, name] of [
    ['variable', 'Variable'],
    ['host_factory', 'Host_factory'],
    ['public_key', 'Public_key'],
    ['webservice', 'Webservice'],
  ] as const) {
    const error = {
      code: 'not_found',
      message: `${name} 'x/y' not found in account 'acme'`,
      target: kind,
      details: { code: 'not_found', target: 'id', message: `acme:${kind}:x/y` },
    }
    assertError(404, error, await world.admin.get(`/resources/acme/${kind}/x%2Fy`))
  }
})

test('a secret without a value, a version that is not there and one that cannot be seen are missing in the same words', async () => {
  await using world = await openMatrixWorld()
  const missing = (id: string): Readonly<Record<string, unknown>> => ({
    code: 'not_found',
    message: `CONJ00076E Variable acme:variable:${id} is empty or not found.`,
  })
  assertError(404, missing('empty'), await world.admin.get('/secrets/acme/variable/empty'))
  assertError(404, missing('db'), await world.admin.get('/secrets/acme/variable/db?version=9'))
  const stranger = world.caller('stranger')
  assertError(404, missing('db'), await stranger.get('/secrets/acme/variable/db'))
  const batch = '/secrets?variable_ids=acme:variable:db,acme:variable:none'
  assertError(404, missing('none'), await world.admin.get(batch))
})

test('what is wrong with a parameter is said in the words of the family', async () => {
  await using world = await openMatrixWorld()
  const factory = '/host_factory_tokens?host_factory=acme:host_factory:factory'
  const later = 'expiration=2050-01-01T00:00:00Z'
  for (const [method, path, code, message, body = ''] of [
    ['POST', '/secrets/acme/variable/db', 'argument_error', "'value' may not be empty", '\t '],
    ['POST', '/secrets/acme/group/ops?expirations', 'argument_error', 'Invalid secret kind: group'],
    [
      'GET',
      '/secrets/acme/variable/db?version=a',
      'unprocessable_entity',
      "invalid type for parameter 'version'",
    ],
    ['GET', '/secrets?variable_ids=', 'argument_error', 'variable_ids'],
    ['GET', '/resources/acme/variable/db?check', 'argument_error', 'privilege'],
    [
      'GET',
      '/resources/acme?limit=1001',
      'unprocessable_entity',
      "'Limit' parameter must not exceed 1000",
    ],
    ['PUT', '/authn/acme/api_key?role=x', 'argument_error', 'Expected at least 2 tokens in x'],
    ['POST', `/host_factory_tokens?${later}`, 'argument_error', 'host_factory'],
    [
      'POST',
      `/host_factory_tokens?host_factory=acme:group:ops&${later}`,
      'argument_error',
      'Invalid resource kind: group',
    ],
    [
      'POST',
      `${factory}&${later}&count=0`,
      'argument_error',
      "Invalid value for parameter 'count': 0",
    ],
    [
      'POST',
      `${factory}&expiration=x`,
      'argument_error',
      'Input is invalid ISO8601 datetime string: x',
    ],
    [
      'POST',
      `${factory}&expiration=2000-01-01`,
      'argument_error',
      'Value for parameter expiration must be in the future: 2000-01-01',
    ],
    [
      'POST',
      `${factory}&${later}&cidr[]=x`,
      'argument_error',
      "Invalid IP address or CIDR range 'x'",
    ],
    ['POST', '/accounts', 'argument_error', 'Invalid account: a/b', 'id=a/b'],
    [
      'POST',
      '/accounts',
      'argument_error',
      'account name "test:bad" contains invalid characters (:)',
      'id=test:bad',
    ],
    [
      'GET',
      '/policies/acme/policy/root?limit=2',
      'unprocessable_entity',
      /^CONJ00164E Policy max allowed 'limit' = 2 exceeded\. Value for policy is: \d+$/,
    ],
  ] as const) {
    const reply = mustBe(422, await world.admin.send({ method, path, body }))
    const said = String(at(reply.json, 'error', 'message'))
    assert.equal(at(reply.json, 'error', 'code'), code, path)
    if (typeof message === 'string') assert.equal(said, message)
    else assert.match(said, message)
  }
})

test('a blank policy and one that deletes where it may only add fail validation', async () => {
  await using world = await openMatrixWorld()
  const path = '/policies/acme/policy/root'
  for (const [body, word] of [
    ['', 'is not present'],
    ['- !delete { record: !variable db }', 'may not contain deletion statements'],
  ] as const) {
    const details = [{ code: 'validation_failed', target: 'policy_text', message: word }]
    const error = { code: 'validation_failed', message: `policy_text ${word}`, details }
    assertError(422, error, await world.admin.post(path, body))
  }
})

test('an account that is there is a conflict that names it, and one that is not there cannot be deleted', async () => {
  await using world = await openMatrixWorld()
  mustBe(201, await world.admin.post('/accounts', 'id=x'))
  const details = { code: 'conflict', target: 'id', message: 'x' }
  const message = 'account "x" already exists'
  const error = { code: 'conflict', message, target: 'account', details }
  assertError(409, error, await world.admin.post('/accounts', 'id=x'))
  const gone = await world.admin.send({ method: 'DELETE', path: '/accounts/none' })
  assert.equal(at(mustBe(404, gone).json, 'error', 'code'), 'not_found')
})

test('the token gate answers in plain text, and not at all to who accepts the second version alone', async () => {
  await using world = await openMatrixWorld()
  const say = async (authorization: string): Promise<string> => {
    const reply = mustBe(401, await world.anyone.get('/whoami', { Authorization: authorization }))
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    return reply.text
  }
  const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
  for (const scheme of ['Bearer x', 'token token="x"', 'Token x', 'Basic x', '']) {
    assert.equal(await say(scheme), 'Authorization missing')
  }
  const first = { data: 'admin', timestamp: '2025-06-15 15:06:40 UTC', signature: 'x', key: 'y' }
  assert.equal(
    await say(`Token token="${inBase64(JSON.stringify(first))}"`),
    'Unauthorized: Invalid token',
  )
  assert.equal(await say(`Token token="${inBase64('nonsense')}"`), 'Malformed authorization token')
  for (const path of ['/whoami', '/branches/acme', '/nowhere']) {
    assertSilent(401, await world.anyone.get(path, { Accept: V2_TYPE }))
  }
})

test('a batch in base64 is asked for by that word alone, a token also by a list that has it', async () => {
  await using world = await openMatrixWorld()
  const batch = '/secrets?variable_ids=acme:variable:binary'
  for (const encoding of ['base64', 'BASE64']) {
    const reply = mustBe(200, await world.admin.get(batch, { 'Accept-Encoding': encoding }))
    assert.equal(reply.headers['content-encoding'], 'base64')
    assert.deepEqual(reply.json, { 'acme:variable:binary': '//4=\n' })
  }
  for (const encoding of ['base64, gzip', 'gzip']) {
    mustBe(406, await world.admin.get(batch, { 'Accept-Encoding': encoding }))
  }
  const path = '/authn/acme/alice/authenticate'
  const { key = '' } = world.words
  for (const encoding of ['base64', 'gzip,  BASE64']) {
    const reply = mustBe(200, await world.anyone.post(path, key, { 'Accept-Encoding': encoding }))
    assert.equal(reply.headers['content-encoding'], 'base64')
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    assert.match(reply.text, /^[A-Za-z0-9+/]+={0,2}$/)
  }
})

test('a value goes out as a file of bytes that nobody keeps', async () => {
  await using world = await openMatrixWorld()
  const { headers } = mustBe(200, await world.admin.get('/secrets/acme/variable/db'))
  assert.deepEqual(
    [
      headers['content-type'],
      headers['content-disposition'],
      headers['content-transfer-encoding'],
      headers['cache-control'],
    ],
    ['application/octet-stream', 'attachment', 'binary', 'no-store'],
  )
})
