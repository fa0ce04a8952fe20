import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  loadAs,
  mustBe,
  openNode,
  resourcePath,
} from './harness.ts'
import {
  bad,
  DATA,
  issuerBody,
  issuerNode,
  issuerPath,
  ISSUERS,
  makeIssuer,
  remove,
  SHOWN,
} from './issuer-world.ts'
import type { IssuerNode } from './issuer-world.ts'

test('an issuer is changed; the longest life may grow and not shrink', async () => {
  await using node = await issuerNode()
  node.now += 1000
  const path = issuerPath('aws1')
  const changed = { ...SHOWN, modified_at: '2025-06-15T15:06:41.000+00:00' }
  const longer = await node.admin.patch(path, '{"max_ttl":2001}')
  assert.deepEqual(mustBe(200, longer).json, { ...changed, max_ttl: 2001 })
  const refusal = bad('The new max_ttl must be equal or higher than the current max_ttl')
  assertError(400, refusal, await node.admin.patch(path, '{"max_ttl":2000}'))
  const data = { ...DATA, access_key_id: 'AKIAIOSFODNN7OTHERS1' }
  const other = await node.admin.patch(path, JSON.stringify({ data }))
  assert.deepEqual(mustBe(200, other).json, {
    ...changed,
    max_ttl: 2001,
    data: { ...data, secret_access_key: '*****' },
  })
  const only = bad(
    'invalid parameter received in the request body. Only max_ttl and data are allowed',
  )
  assertError(400, only, await node.admin.patch(path, '{"id":"aws2"}'))
  assertError(400, only, await node.admin.patch(path, '{"max_ttl":2001,"type":"aws"}'))
})

const VARIABLE = `
- !variable { id: db, annotations: { dynamic/issuer: aws1, dynamic/method: federation-token } }
`

test('an issuer is deleted with its variables, and its name is free again', async () => {
  await using node = await issuerNode()
  await node.load(VARIABLE, { branch: 'data/dynamic' })
  mustBe(204, await remove(node.admin, issuerPath('aws1')))
  mustBe(404, await node.admin.get(resourcePath('variable', 'data/dynamic/db')))
  mustBe(404, await node.admin.get(resourcePath('policy', 'conjur/issuers/aws1')))
  mustBe(
    404,
    await node.admin.get(resourcePath('group', 'conjur/issuers/aws1/delegation/consumers')),
  )
  mustBe(201, await makeIssuer(node.admin))
})

test('variables that outlive their issuer do not come to life under another one of its name', async () => {
  await using node = await issuerNode()
  await node.load(VARIABLE, { branch: 'data/dynamic' })
  mustBe(204, await remove(node.admin, `${issuerPath('aws1')}?keep_secrets=true`))
  mustBe(200, await node.admin.get(resourcePath('variable', 'data/dynamic/db')))
  const conflict = {
    code: 'conflict',
    message: 'Found variables associated with the issuer id',
  }
  assertError(409, conflict, await makeIssuer(node.admin))
  await node.load('- !delete { record: !variable db }', { branch: 'data/dynamic', method: 'PATCH' })
  mustBe(201, await makeIssuer(node.admin))
})

test('an issuer goes with its policy, however that goes', async () => {
  await using node = await issuerNode()
  mustBe(201, await makeIssuer(node.admin, { id: 'other' }))
  await node
    .load('- !delete { record: !policy issuers/aws1 }', { branch: 'conjur', method: 'PATCH' })
    .catch(() => undefined)
  await node.load('- !delete { record: !policy conjur/issuers/aws1 }', { method: 'PATCH' })
  mustBe(404, await node.admin.get(issuerPath('aws1')))
  mustBe(201, await loadAs(node.admin, '# nothing', { branch: 'conjur/issuers', method: 'PUT' }))
  assert.deepEqual(mustBe(200, await node.admin.get(ISSUERS)).json, { issuers: [] })
})

test('issuers of two accounts have nothing to do with each other', async () => {
  await using node = await issuerNode()
  await node.createAccount('other')
  const stranger = await node.as('admin', 'other')
  mustBe(404, await stranger.get(issuerPath('aws1')))
  assertSilent(403, await makeIssuer(stranger, { id: 'mine' }))
  const theirs = `/issuers/other`
  mustBe(201, await stranger.post(theirs, issuerBody()))
  mustBe(204, await remove(stranger, issuerPath('aws1', 'other')))
  mustBe(200, await node.admin.get(issuerPath('aws1')))
})

test('an issuer of an account that does not exist is refused like one that may not be made', async () => {
  await using node = await issuerNode()
  assertSilent(403, await node.admin.post('/issuers/nowhere', issuerBody()))
  assertSilent(403, await node.admin.get('/issuers/nowhere'))
})

test('a sealed key that was moved to another issuer opens nowhere', async () => {
  await using node = await issuerNode()
  mustBe(201, await makeIssuer(node.admin, { id: 'other' }))
  const [aws1, other] = await node.store.issuers(ACCOUNT)
  assert.ok(aws1 && other)
  await node.store.change(ACCOUNT, (transaction) =>
    transaction.putIssuer({ ...other, sealedData: aws1.sealedData }),
  )
  mustBe(500, await node.admin.get(issuerPath('other')))
  mustBe(200, await node.admin.get(issuerPath('aws1')))
})

test('without the feature there are no issuers, and no variable is dynamic', async () => {
  await using node = await openNode({ settings: { dynamicSecrets: false } })
  mustBe(404, await node.admin.get(ISSUERS))
  await node.load(
    '- !policy { id: data, body: [ !policy { id: dynamic, body: [ !variable db ] } ] }',
  )
  await node.set('data/dynamic/db', 'kept')
  const { text } = mustBe(200, await node.admin.get(`/secrets/${ACCOUNT}/variable/data/dynamic/db`))
  assert.equal(text, 'kept')
})

/** What the trail has of issuers and of what goes with them. */
const trailOf = async (node: IssuerNode): Promise<readonly unknown[]> =>
  (await node.trail())
    .filter(({ kind }) => kind === 'issuer' || kind === 'variable')
    .map(({ kind, operation, result, user, subject, reason }) => [
      kind,
      operation,
      result,
      user,
      subject,
      ...(reason === undefined ? [] : [reason]),
    ])

test('what is done to issuers is in the trail, and what is refused', async () => {
  await using node = await issuerNode()
  await node.load(VARIABLE, { branch: 'data/dynamic' })
  const bob = await node.as('bob')
  await node.admin.get(issuerPath('aws1'))
  await node.admin.get(`${issuerPath('aws1')}?projection=minimal`)
  await bob.get(issuerPath('aws1'))
  await bob.get(ISSUERS)
  await node.admin.get(ISSUERS)
  await node.admin.patch(issuerPath('aws1'), '{"max_ttl":2000}')
  await remove(node.admin, issuerPath('aws1'))
  const [admin, subject] = ['acme:user:admin', { account: ACCOUNT, issuer: 'aws1' }]
  const all = { account: ACCOUNT, issuer: '*' }
  assert.deepEqual(await trailOf(node), [
    ['issuer', 'add', 'success', admin, subject],
    ['issuer', 'fetch', 'success', admin, subject],
    ['issuer', 'fetch-minimum', 'success', admin, subject],
    [
      'issuer',
      'fetch',
      'failure',
      'acme:user:bob',
      subject,
      'acme:policy:conjur/issuers/aws1 is not visible to acme:user:bob',
    ],
    [
      'issuer',
      'list',
      'failure',
      'acme:user:bob',
      all,
      'CONJ00124E acme:user:bob lacks the privilege update on acme:policy:conjur/issuers',
    ],
    ['issuer', 'list', 'success', admin, all],
    ['issuer', 'update', 'success', admin, subject],
    ['issuer', 'remove', 'success', admin, subject],
    [
      'variable',
      'remove',
      'success',
      admin,
      { ...subject, resource_id: 'acme:variable:data/dynamic/db' },
    ],
  ])
})
