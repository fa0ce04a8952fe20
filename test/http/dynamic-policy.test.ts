import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from './client.ts'
import { ACCOUNT, at, loadAs, mustBe } from './harness.ts'
import type { LoadOptions } from './harness.ts'
import { ASSUMED, BRANCH, DB, FEDERATED, issuerNode, ROLE, variable } from './issuer-world.ts'
import type { IssuerNode } from './issuer-world.ts'

const loading = (node: IssuerNode, text: string, options: LoadOptions = BRANCH): Promise<Reply> =>
  loadAs(node.admin, text, options)

const problem = (message: string, line: number, column: number): unknown => ({
  code: 'policy_invalid',
  message: `Error at line ${line}, column ${column} in policy : ${message}`,
  innererror: { code: 'policy_invalid', filename: 'policy', line, column },
})

/** What is wrong with a load, without the list of all problems. */
const refusalOf = (reply: Reply): unknown => {
  mustBe(422, reply)
  return Object.fromEntries(
    ['code', 'message', 'innererror'].map((name) => [name, at(reply.json, 'error', name)]),
  )
}

test('a policy is refused where it declares what no issuer could make', async () => {
  await using node = await issuerNode()
  const ranges = (method: string, range: string): string =>
    `The TTL defined for dynamic secret 'data/dynamic/db' (method=${method}) is out of the allowed range: ${range} seconds.`
  for (const [annotations, message, column] of [
    ['description: x', "The dynamic variable 'data/dynamic/db' has no issuer annotation", 3],
    [
      'dynamic/issuer: other, dynamic/method: federation-token',
      "Issuer 'other' not found in account 'acme'",
      38,
    ],
    [
      'dynamic/issuer: aws1/delegation, dynamic/method: federation-token',
      "Issuer 'aws1/delegation' not found in account 'acme'",
      38,
    ],
    [
      'dynamic/issuer: aws1',
      `The variable definition for dynamic secret "data/dynamic/db" requires a 'method' annotation.`,
      3,
    ],
    [
      'dynamic/issuer: aws1, dynamic/method: magic',
      `The 'method' annotation in the variable definition for dynamic secret "data/dynamic/db" is not valid. Allowed values: assume-role, federation-token`,
      60,
    ],
    [`${FEDERATED}, dynamic/ttl: 899`, ranges('federation token', '900-43,200'), 94],
    [`${FEDERATED}, dynamic/ttl: 43201`, ranges('federation token', '900-43,200'), 94],
    [`${FEDERATED}, dynamic/ttl: 1h`, ranges('federation token', '900-43,200'), 94],
    [`dynamic/ttl: 129601, ${ASSUMED}`, ranges('assumed role', '900-129,600'), 38],
    [
      `${FEDERATED}, dynamic/ttl: 2001`,
      'The TTL of the dynamic secret must be less than or equal to the maximum TTL defined in the issuer. (Max TTL: 2000)',
      94,
    ],
    [
      'dynamic/issuer: aws1, dynamic/method: assume-role',
      "The 'role-arn' annotation is not the ARN of a role",
      3,
    ],
    [
      `${FEDERATED}, dynamic/region: us-east-1.evil.test`,
      "The 'region' annotation is not the name of a region",
      94,
    ],
  ] as const) {
    const reply = await loading(node, `# on the second line\n${variable(annotations)}`)
    assert.deepEqual(refusalOf(reply), problem(message, 2, column), annotations)
  }
  mustBe(404, await node.admin.get(DB))
})

test('every problem of every dynamic variable is told at once', async () => {
  await using node = await issuerNode()
  const reply = await loading(
    node,
    [
      variable(`${FEDERATED}, dynamic/ttl: 1, dynamic/region: x`),
      variable('description: x', 'other'),
    ].join('\n'),
  )
  const problems = at(mustBe(422, reply).json, 'error', 'problems')
  assert.ok(Array.isArray(problems))
  assert.deepEqual(
    problems.map((found) => at(found, 'line')),
    [1, 1, 2],
  )
})

test('a variable with an issuer lies where such variables lie, and nowhere else', async () => {
  await using node = await issuerNode()
  const message = "The dynamic variable 'data/db' is not in the correct path"
  const reply = await loading(node, variable(FEDERATED), { branch: 'data' })
  assert.deepEqual(refusalOf(reply), problem(message, 1, 38))
  mustBe(201, await loading(node, variable(FEDERATED, 'dynamic/db'), { branch: 'data' }))
  mustBe(200, await node.admin.get(DB))
})

test('who loads must be allowed to use the issuer; one that is invisible is not found', async () => {
  await using node = await issuerNode()
  await node.load(
    '- !permit { role: !user alice, privileges: [read, create, update], resource: !policy data/dynamic }',
  )
  const alice = await node.as('alice')
  const load = (): Promise<Reply> => loadAs(alice, variable(FEDERATED), BRANCH)
  const absent = "Issuer 'aws1' not found in account 'acme'"
  assert.deepEqual(refusalOf(await load()), problem(absent, 1, 38))
  await node.load(
    '- !permit { role: !user alice, privilege: [read], resource: !policy conjur/issuers/aws1 }',
  )
  assert.deepEqual(refusalOf(await load()), problem("Issuer 'aws1' may not be used", 1, 38))
  await node.load(
    '- !grant { role: !group conjur/issuers/aws1/delegation/consumers, member: !user alice }',
  )
  mustBe(201, await load())
})

test('`escalation`: nobody changes what an issuer makes without being allowed to use it', async () => {
  await using node = await issuerNode()
  await node.load(variable(ASSUMED), BRANCH)
  await node.load(
    '- !permit { role: !user alice, privileges: [read, create, update], resource: !policy data/dynamic }',
  )
  const alice = await node.as('alice')
  const admin = `dynamic/role-arn: "arn:aws:iam::123456789012:role/admin"`
  for (const method of ['POST', 'PATCH'] as const) {
    const reply = await loadAs(alice, variable(admin), { ...BRANCH, method })
    const absent = "Issuer 'aws1' not found in account 'acme'"
    assert.deepEqual(refusalOf(reply), problem(absent, 1, 3))
  }
  mustBe(200, await node.admin.get(DB))
  assert.equal(node.sts.requests[0]?.parameters.get('RoleArn'), ROLE)
})

test('what counts is how a variable is after the load', async () => {
  await using node = await issuerNode()
  await node.load(variable(`${FEDERATED}, dynamic/ttl: 900`), BRANCH)
  mustBe(201, await loading(node, variable('dynamic/ttl: 1000'), { ...BRANCH, method: 'PATCH' }))
  mustBe(200, await node.admin.get(DB))
  assert.equal(node.sts.requests[0]?.parameters.get('DurationSeconds'), '1000')
  mustBe(201, await loading(node, '- !variable db', { ...BRANCH, method: 'PATCH' }))
  const replaced = await loading(node, '- !variable db', { ...BRANCH, method: 'PUT' })
  const message = "The dynamic variable 'data/dynamic/db' has no issuer annotation"
  assert.deepEqual(refusalOf(replaced), problem(message, 1, 3))
})

test('a dry run finds what a load would', async () => {
  await using node = await issuerNode()
  const path = `/policies/${ACCOUNT}/policy/data/dynamic?dryRun=true`
  const reply = await node.admin.post(path, variable('dynamic/issuer: other'))
  assert.ok(reply.text.includes("Issuer 'other' not found in account 'acme'"), reply.text)
})

test('variables of other kinds may carry the annotations', async () => {
  await using node = await issuerNode()
  await node.load('- !host { id: web, annotations: { dynamic/issuer: nobody } }', {
    branch: 'data',
  })
})
