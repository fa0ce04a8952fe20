import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, assertError, assertSilent, at, mustBe, resourcePath } from './harness.ts'
import type { TestNode } from './harness.ts'
import {
  bad,
  DATA,
  issuerNode,
  issuerPath,
  ISSUERS,
  makeIssuer,
  remove,
  SHOWN,
} from './issuer-world.ts'

const NOT_FOUND = {
  code: 'not_found',
  message: 'Issuer not found',
  target: 'issuer',
  details: { code: 'not_found', target: 'id', message: 'aws1' },
}

/** Lets `user` do this to the policy of all issuers. */
const permit = (node: TestNode, user: string, privileges: string): Promise<unknown> =>
  node.load(
    `- !permit { role: !user ${user}, privileges: [${privileges}], resource: !policy conjur/issuers }`,
  )

test('an issuer is made, shown and listed with its secret masked', async () => {
  await using node = await issuerNode({ issuer: false })
  const made = mustBe(201, await makeIssuer(node.admin))
  assert.deepEqual(made.json, SHOWN)
  assert.equal(made.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(mustBe(200, await node.admin.get(issuerPath('aws1'))).json, SHOWN)
  assert.deepEqual(mustBe(200, await node.admin.get(ISSUERS)).json, { issuers: [SHOWN] })
})

test('an issuer gets a policy of its own with a group of consumers, who may see and use it', async () => {
  await using node = await issuerNode()
  const policy = mustBe(200, await node.admin.get(resourcePath('policy', 'conjur/issuers/aws1')))
  assert.deepEqual(
    [at(policy.json, 'owner'), at(policy.json, 'policy'), at(policy.json, 'permissions')],
    [
      'acme:policy:conjur/issuers',
      'acme:policy:conjur/issuers',
      ['read', 'use'].map((privilege) => ({
        privilege,
        role: 'acme:group:conjur/issuers/aws1/delegation/consumers',
        policy: 'acme:policy:conjur/issuers',
      })),
    ],
  )
  const all = mustBe(200, await node.admin.get(resourcePath('policy', 'conjur/issuers')))
  assert.equal(at(all.json, 'owner'), 'acme:user:admin')
})

test('consumers see an issuer, and how long what it issues may be good, and no more', async () => {
  await using node = await issuerNode()
  await node.load(
    '- !grant { role: !group conjur/issuers/aws1/delegation/consumers, member: !user alice }',
  )
  const alice = await node.as('alice')
  assert.deepEqual(mustBe(200, await alice.get(issuerPath('aws1'))).json, SHOWN)
  const minimal = await alice.get(`${issuerPath('aws1')}?projection=minimal`)
  assert.deepEqual(mustBe(200, minimal).json, { max_ttl: 2000 })
  assertError(
    422,
    {
      code: 'unprocessable_entity',
      message: 'Value provided for projection query param is invalid',
    },
    await alice.get(`${issuerPath('aws1')}?projection=all`),
  )
  assertSilent(403, await alice.get(ISSUERS))
  assertError(404, NOT_FOUND, await alice.patch(issuerPath('aws1'), '{"max_ttl":2000}'))
  assertError(404, NOT_FOUND, await remove(alice, issuerPath('aws1')))
})

test('an issuer that is invisible and one that does not exist look alike', async () => {
  await using node = await issuerNode()
  const bob = await node.as('bob')
  for (const caller of [bob, node.admin]) {
    const id = caller === bob ? 'aws1' : 'other'
    const refusal = { ...NOT_FOUND, details: { ...NOT_FOUND.details, message: id } }
    assertError(404, refusal, await caller.get(issuerPath(id)))
    assertError(404, refusal, await caller.patch(issuerPath(id), '{"max_ttl":2000}'))
    assertError(404, refusal, await remove(caller, issuerPath(id)))
  }
  assertSilent(403, await bob.get(ISSUERS))
  assertSilent(403, await makeIssuer(bob, { id: 'mine' }))
})

test('who may make issuers, change them and see them is said by privileges on their policy', async () => {
  await using node = await issuerNode()
  const [alice, bob] = [await node.as('alice'), await node.as('bob')]
  await permit(node, 'alice', 'create')
  await permit(node, 'bob', 'update')
  mustBe(201, await makeIssuer(alice, { id: 'hers' }))
  assertSilent(403, await makeIssuer(bob, { id: 'his' }))
  assertSilent(403, await alice.get(ISSUERS))
  mustBe(200, await bob.get(ISSUERS))
  assertSilent(403, await alice.patch(issuerPath('hers'), '{"max_ttl":2000}'))
  mustBe(200, await bob.patch(issuerPath('hers'), '{"max_ttl":3000}'))
  assertSilent(403, await remove(alice, issuerPath('hers')))
  mustBe(204, await remove(bob, issuerPath('hers')))
})

test('a visible issuer that may not be read is refused', async () => {
  await using node = await issuerNode()
  await node.load(
    '- !permit { role: !user alice, privilege: [use], resource: !policy conjur/issuers/aws1 }',
  )
  assertSilent(403, await (await node.as('alice')).get(issuerPath('aws1')))
})

test('the policy of all issuers is made for whoever would own it, and for nobody else', async () => {
  await using node = await issuerNode({ issuer: false })
  await node.load(
    '- !permit { role: !user alice, privileges: [read, create, update], resource: !policy root }',
  )
  assertSilent(403, await makeIssuer(await node.as('alice')))
  mustBe(404, await node.admin.get(resourcePath('policy', 'conjur/issuers')))
  assertSilent(403, await node.admin.get(ISSUERS))
  mustBe(201, await makeIssuer(node.admin))
  mustBe(200, await node.admin.get(ISSUERS))
})

test('a policy of all issuers that was loaded decides who may make them', async () => {
  await using node = await issuerNode({ issuer: false })
  await node.load('- !policy { id: conjur/issuers, owner: !user alice }')
  assertSilent(403, await makeIssuer(await node.as('bob')))
  mustBe(201, await makeIssuer(await node.as('alice')))
})

test('bodies that describe no issuer are refused with the words of the API', async () => {
  await using node = await issuerNode({ issuer: false })
  for (const [more, message] of [
    [{ type: undefined }, 'issuer type is unsupported'],
    [{ type: 'azure' }, 'issuer type is unsupported'],
    [{ type: 7 }, 'issuer type is unsupported'],
    [{ id: undefined }, 'id is a required parameter and must be specified'],
    [{ id: '' }, 'id is a required parameter and must be specified'],
    [{ id: 7 }, "the 'id' parameter must be a string"],
    [
      { id: 'a/b' },
      "invalid 'id' parameter. Only the following characters are supported: A-Z, a-z, 0-9, +, -, and _",
    ],
    [{ id: 'a'.repeat(61) }, "'id' parameter length exceeded. Limit the length to 60 characters"],
    [{ max_ttl: undefined }, 'max_ttl is a required parameter and must be specified'],
    [{ max_ttl: '2000' }, "the 'max_ttl' parameter must be a positive integer"],
    [{ max_ttl: 900.5 }, "the 'max_ttl' parameter must be a positive integer"],
    [{ max_ttl: 0 }, "the 'max_ttl' parameter must be a positive integer"],
    [{ max_ttl: 899 }, "the 'max_ttl' parameter must be a between 900 and 43200"],
    [{ max_ttl: 43_201 }, "the 'max_ttl' parameter must be a between 900 and 43200"],
    [{ data: undefined }, 'data is a required parameter and must be specified'],
    [
      { data: 'x' },
      "'data' is not a valid JSON object; ensure that 'data' is properly formatted as a JSON object.",
    ],
    [
      { account: ACCOUNT },
      'invalid parameter received in the request body. Only id, type, max_ttl and data are allowed',
    ],
  ] as const) {
    assertError(400, bad(message), await makeIssuer(node.admin, more))
  }
  for (const body of ['', '{', '[]', '"x"', '{}']) {
    mustBe(400, await node.admin.post(ISSUERS, body))
  }
})

test('data that AWS could not know are refused with the words of the API', async () => {
  await using node = await issuerNode()
  const { access_key_id: key } = DATA
  for (const [data, message] of [
    [{}, 'access_key_id is a required parameter and must be specified'],
    [{ access_key_id: key }, 'secret_access_key is a required parameter and must be specified'],
    [{ ...DATA, access_key_id: '' }, 'access_key_id is a required parameter and must be specified'],
    [{ ...DATA, access_key_id: 7 }, "the 'access_key_id' parameter must be a string"],
    [
      { ...DATA, region: 'x' },
      'invalid parameter received in data. Only access_key_id and secret_access_key are allowed',
    ],
    [
      { ...DATA, access_key_id: `${key}x` },
      "invalid 'access_key_id' parameter format. The access key ID must be a valid AWS access key ID. The valid format is: (A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}",
    ],
    [
      { ...DATA, secret_access_key: 'short' },
      "invalid 'secret_access_key' parameter format. The secret access key must be a valid AWS secret access key. The valid format is: [A-Za-z0-9/+]{40}",
    ],
  ] as const) {
    const error = { code: 'unprocessable_entity', message }
    assertError(422, error, await makeIssuer(node.admin, { id: 'other', data }))
    assertError(422, error, await node.admin.patch(issuerPath('aws1'), JSON.stringify({ data })))
  }
})

test('an issuer of the same name is a conflict, and the first one stays', async () => {
  await using node = await issuerNode()
  const conflict = {
    code: 'conflict',
    message: 'issuer "aws1" already exists',
    target: 'issuer',
    details: { code: 'conflict', target: 'id', message: 'aws1' },
  }
  assertError(409, conflict, await makeIssuer(node.admin, { max_ttl: 3000 }))
  assert.deepEqual(mustBe(200, await node.admin.get(issuerPath('aws1'))).json, SHOWN)
})

test('the kind of an issuer may be written in capitals', async () => {
  await using node = await issuerNode()
  const { json } = mustBe(201, await makeIssuer(node.admin, { id: 'big', type: 'AWS' }))
  assert.equal(at(json, 'type'), 'aws')
})

test('lists are sorted by what they are asked to', async () => {
  await using node = await issuerNode()
  mustBe(201, await makeIssuer(node.admin, { id: 'a', max_ttl: 3000 }))
  mustBe(201, await makeIssuer(node.admin, { id: 'z', max_ttl: 1000 }))
  const idsBy = async (query: string): Promise<unknown> => {
    const { json } = mustBe(200, await node.admin.get(`${ISSUERS}${query}`))
    const issuers = at(json, 'issuers')
    return Array.isArray(issuers) ? issuers.map((issuer) => at(issuer, 'id')) : issuers
  }
  assert.deepEqual(await idsBy(''), ['a', 'aws1', 'z'])
  assert.deepEqual(await idsBy('?sort=max_ttl'), ['z', 'aws1', 'a'])
  for (const key of ['data', 'nothing', '']) {
    assertError(
      400,
      bad(`the sort key ${key} is not a valid field of the issuer object`),
      await node.admin.get(`${ISSUERS}?sort=${key}`),
    )
  }
})
