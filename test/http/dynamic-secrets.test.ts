import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { refused } from '../issuers/fake-sts.ts'
import { ACCOUNT, assertError, at, mustBe, secretPath } from './harness.ts'
import {
  ASSUMED,
  BRANCH,
  DB,
  FEDERATED,
  issuerNode,
  issuerPath,
  makeIssuer,
  remove,
  variable,
} from './issuer-world.ts'

test('a dynamic secret is made anew for each read, as JSON that nobody may keep', async () => {
  await using node = await issuerNode()
  await node.load(variable(`${ASSUMED}, dynamic/ttl: 900, dynamic/region: eu-west-1`), BRANCH)
  const first = mustBe(200, await node.admin.get(DB))
  assert.equal(first.headers['content-type'], 'application/json')
  assert.equal(first.headers['cache-control'], 'no-store')
  assert.deepEqual(first.json, {
    data: {
      access_key_id: 'ASIAIOSFODNN7EXAMPL1',
      secret_access_key: 'secret/1',
      session_token: 'token/1+&=',
    },
    ttl: 900,
    expires_at: '2025-06-15T15:21:40.000Z',
  })
  const second = mustBe(200, await node.admin.get(`${DB}?version=1`))
  assert.equal(at(second.json, 'data', 'access_key_id'), 'ASIAIOSFODNN7EXAMPL2')
  assert.equal(node.sts.requests[0]?.url, 'https://sts.eu-west-1.amazonaws.com/')
})

test('the trail knows who got what from whom, under the name that AWS knows it by', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  mustBe(200, await node.admin.get(DB))
  const session = node.sts.requests[0]?.parameters.get('Name') ?? ''
  assert.match(session, /^admin-[0-9a-f]{8}$/)
  const fetched = (await node.trail()).filter(({ kind }) => kind === 'fetch')
  assert.deepEqual(
    fetched.map(({ result, subject }) => [result, subject]),
    [
      [
        'success',
        {
          resource: 'acme:variable:data/dynamic/db',
          issuer: 'acme:policy:conjur/issuers/aws1',
          method: 'federation-token',
          ttl: 2000,
          session,
        },
      ],
    ],
  )
})

test('a life that nobody asked for is an hour, or as long as the issuer allows', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  mustBe(200, await node.admin.get(DB))
  mustBe(200, await node.admin.patch(issuerPath('aws1'), '{"max_ttl":43200}'))
  mustBe(200, await node.admin.get(DB))
  const lives = node.sts.requests.map(({ parameters }) => parameters.get('DurationSeconds'))
  assert.deepEqual(lives, ['2000', '3600'])
})

test('a name that AWS could not record is made one that it can', async () => {
  await using node = await issuerNode()
  const policy = '- !host { id: "shop/ünïcode cart no 1234567890 x" }'
  const created = await node.load(policy)
  const [host = ''] = Object.keys(created.created_roles)
  await node.load(
    `${variable(FEDERATED)}\n- !permit { role: !host "/shop/ünïcode cart no 1234567890 x", privilege: [execute], resource: !variable db }`,
    BRANCH,
  )
  const caller = await node.as(`host/${host.split(':').at(-1)}`)
  mustBe(200, await caller.get(DB))
  assert.match(node.sts.requests[0]?.parameters.get('Name') ?? '', /^[\w=,.@-]{23}-[0-9a-f]{8}$/)
})

test('reading needs execute on the variable and nothing on its issuer', async () => {
  await using node = await issuerNode()
  const permit = '- !permit { role: !user /bob, privilege: [read], resource: !variable db }'
  const execute = '- !permit { role: !user /alice, privilege: [execute], resource: !variable db }'
  await node.load([variable(FEDERATED), permit, execute].join('\n'), BRANCH)
  mustBe(200, await (await node.as('alice')).get(DB))
  mustBe(403, await (await node.as('bob')).get(DB))
  await node.load('- !user carol')
  const carol = await node.as('carol')
  const invisible = mustBe(404, await carol.get(DB))
  const absent = mustBe(404, await carol.get(secretPath('data/dynamic/nothing')))
  assert.equal(invisible.text.replace('/db', '/nothing'), absent.text)
  assert.equal(node.sts.requests.length, 1, 'who is refused makes nobody call AWS')
})

test('no value can be set where values are made', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  const error = {
    code: 'method_not_allowed',
    message: 'adding a static secret to a dynamic secret variable is not allowed',
  }
  assertError(405, error, await node.admin.post(DB, 'value'))
  mustBe(404, await (await node.as('bob')).post(DB, 'value'))
  mustBe(404, await node.admin.post(secretPath('data/dynamic/nothing'), 'value'))
})

test('a batch has dynamic secrets beside others, all or none', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  await node.load('- !variable kept\n- !variable empty', { branch: 'data' })
  await node.set('data/kept', 'value')
  const [db, kept, empty] = ['data/dynamic/db', 'data/kept', 'data/empty'].map(
    (id) => `${ACCOUNT}:variable:${id}`,
  )
  const both = mustBe(200, await node.admin.get(`/secrets?variable_ids=${kept},${db}`))
  assert.equal(at(both.json, kept ?? ''), 'value')
  const made: unknown = JSON.parse(String(at(both.json, db ?? '')))
  assert.equal(at(made, 'data', 'access_key_id'), 'ASIAIOSFODNN7EXAMPL1')
  mustBe(404, await node.admin.get(`/secrets?variable_ids=${db},${empty}`))
  assert.equal(node.sts.requests.length, 1, 'nothing is made when something else is refused')
  node.sts.instead = () => refused(403, 'AccessDenied', 'no')
  mustBe(422, await node.admin.get(`/secrets?variable_ids=${kept},${db}`))
  const partial = await node.admin.get(`/secrets?partial=true&variable_ids=${kept},${db}`)
  assert.deepEqual(mustBe(200, partial).json, {
    [kept ?? '']: { value: 'value' },
    [db ?? '']: { error: 'not-issued' },
  })
})

test('a request may ask for ten dynamic secrets and not for eleven', async () => {
  await using node = await issuerNode()
  const names = Array.from({ length: 11 }, (_, index) => `db${index}`)
  await node.load(names.map((name) => variable(FEDERATED, name)).join('\n'), BRANCH)
  const ids = names.map((name) => `${ACCOUNT}:variable:data/dynamic/${name}`)
  const path = (count: number): string => `/secrets?variable_ids=${ids.slice(0, count).join(',')}`
  mustBe(200, await node.admin.get(path(10)))
  assertError(
    422,
    {
      code: 'unprocessable_entity',
      message:
        'Number of dynamic secrets requested exceeds the maximum allowed in a single request (10)',
    },
    await node.admin.get(path(11)),
  )
  assert.equal(node.sts.requests.length, 10)
})

test('what AWS refuses, and why, is in the trail; the caller learns the code', async () => {
  await using node = await issuerNode()
  await node.load(variable(ASSUMED.replace('role/deploy', 'role/forbidden')), BRANCH)
  assertError(
    422,
    {
      code: 'unprocessable_entity',
      message: 'Failed to create the dynamic secret. Code: AccessDenied',
    },
    await node.admin.get(DB),
  )
  const fetched = (await node.trail()).find(({ kind }) => kind === 'fetch')
  assert.deepEqual(
    [fetched?.result, fetched?.reason],
    [
      'failure',
      'AWS refused: AccessDenied: User is not authorized to assume arn:aws:iam::123456789012:role/forbidden',
    ],
  )
})

test('an AWS that does not answer is a 503, and confusion a 500 that tells nothing', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  node.sts.instead = () => Promise.reject(new Failure('unreachable', 'no route'))
  const away = mustBe(503, await node.admin.get(DB))
  assert.equal(away.headers['retry-after'], '1')
  assert.equal(at(away.json, 'error', 'message'), 'the issuer of the secret does not answer')
  node.sts.instead = () => ({ status: 200, body: Buffer.from('<CANARY/>') })
  const confused = mustBe(500, await node.admin.get(DB))
  assert.ok(!confused.text.includes('CANARY'))
  const reasons = (await node.trail()).flatMap(({ reason }) => reason ?? [])
  assert.deepEqual(reasons, [
    'no route',
    'the answer of AWS makes no sense: it has another namespace',
  ])
})

test('a variable whose issuer is gone has no value until it names another', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  mustBe(204, await remove(node.admin, `${issuerPath('aws1')}?keep_secrets=true`))
  assertError(
    422,
    {
      code: 'unprocessable_entity',
      message: 'Issuer assigned to acme:variable:data/dynamic/db was not found',
    },
    await node.admin.get(DB),
  )
  mustBe(201, await makeIssuer(node.admin, { id: 'aws2' }))
  await node.load(variable('dynamic/issuer: aws2'), { ...BRANCH, method: 'PATCH' })
  mustBe(200, await node.admin.get(DB))
})
