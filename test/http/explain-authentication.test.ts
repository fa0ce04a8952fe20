import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, mustBe, NOW, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !webservice status
    - !variable public-keys
    - !variable issuer
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: jobs
  body:
    - !host
      id: build
      annotations:
        authn-jwt/ci/repository: shop/web
        strongroom/attest/jwt.ref: 'glob:refs/heads/*'
    - !host { id: bare }
    - !host { id: outsider, annotations: { authn-jwt/ci/repository: shop/web } }
- !grant
  role: !group conjur/authn-jwt/ci/apps
  members: [!host jobs/build, !host jobs/bare]
- !user operator
- !user viewer
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-jwt/ci }
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-jwt/ci/status }
- !permit { role: !user viewer, privileges: [read], resource: !webservice conjur/authn-jwt/ci }
- !permit { role: !user viewer, privileges: [read], resource: !host jobs/build }
- !permit
  role: !user operator
  privileges: [read]
  resources: [!host jobs/build, !host jobs/bare, !host jobs/outsider]
`

const key = await issuerKey()

async function withIssuer(): Promise<TestNode> {
  const node = await openNode()
  await node.load(POLICY)
  await node.set('conjur/authn-jwt/ci/public-keys', `{"type":"jwks","value":${jwksOf(key)}}`)
  await node.set('conjur/authn-jwt/ci/issuer', 'https://ci.example')
  return node
}

const second = NOW / 1000

const proofOf = async (more: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const claims = {
    iss: 'https://ci.example',
    repository: 'shop/web',
    ref: 'refs/heads/main',
    actor: 'alice',
    iat: second,
    exp: second + 60,
    ...more,
  }
  return `jwt=${await signed(claims, key)}`
}

const PATH = `/authn-jwt/ci/${ACCOUNT}/explain`

const explain = (caller: Caller, role: string, proof?: string): Promise<Reply> =>
  caller.post(PATH, JSON.stringify({ role, ...(proof === undefined ? {} : { proof }) }), {
    'Content-Type': 'application/json',
  })

/** The conditions of an explanation, each as its attribute and what became of it. */
const outcomesIn = (reply: Reply): unknown => {
  const conditions = at(reply.json, 'conditions')
  assert.ok(Array.isArray(conditions))
  return conditions.map((condition) => [at(condition, 'attribute'), at(condition, 'outcome')])
}

/** The step of a login that failed. */
const failureIn = (reply: Reply): unknown => {
  const checks = at(reply.json, 'checks')
  assert.ok(Array.isArray(checks))
  const failed: unknown = checks.find((check) => at(check, 'result') === 'failed')
  return [at(failed, 'name'), String(at(failed, 'error')).slice(0, 10)]
}

test('without a proof it is told what a host must be', async () => {
  await using node = await withIssuer()
  const reply = mustBe(200, await explain(await node.as('operator'), 'host:jobs/build'))
  assert.equal(at(reply.json, 'outcome'), 'unproven')
  assert.deepEqual(at(reply.json, 'conditions'), [
    {
      attribute: 'jwt.repository',
      outcome: 'unknown',
      expected: ['shop/web'],
      stated_by: 'authn-jwt/ci/repository',
      values: [],
    },
    {
      attribute: 'jwt.ref',
      outcome: 'unknown',
      expected: ['glob:refs/heads/*'],
      stated_by: 'strongroom/attest/jwt.ref',
      values: [],
    },
  ])
})

test('with a proof it is told which condition holds, by what, and who says so; and never a token', async () => {
  await using node = await withIssuer()
  const operator = await node.as('operator')
  const good = mustBe(200, await explain(operator, 'host:jobs/build', await proofOf()))
  assert.equal(at(good.json, 'outcome'), 'recognised')
  assert.deepEqual(at(good.json, 'conditions', '1'), {
    attribute: 'jwt.ref',
    outcome: 'passed',
    expected: ['glob:refs/heads/*'],
    stated_by: 'strongroom/attest/jwt.ref',
    source: 'token',
    values: ['refs/heads/main'],
  })
  assert.doesNotMatch(good.text, /protected|signature|eyJ/)
  const bad = await explain(
    operator,
    'host:jobs/build',
    await proofOf({ ref: 'x', repository: null }),
  )
  assert.equal(at(mustBe(200, bad).json, 'outcome'), 'refused')
  assert.deepEqual(outcomesIn(bad), [
    ['jwt.repository', 'missing'],
    ['jwt.ref', 'failed'],
  ])
  assert.deepEqual(failureIn(bad), ['attributes', 'CONJ00084E'])
})

test('the step that fails is told, and what comes before it held', async () => {
  await using node = await withIssuer()
  const operator = await node.as('operator')
  const foreign = await issuerKey()
  const forged = `jwt=${await signed({ iss: 'https://ci.example' }, foreign)}`
  for (const [role, proof, failure] of [
    ['host:jobs/bare', undefined, ['conditions', 'CONJ00099E']],
    ['host:jobs/outsider', undefined, ['privilege', 'CONJ00006E']],
    ['host:jobs/build', forged, ['proof', 'CONJ00015E']],
    ['host:jobs/build', await proofOf({ exp: second - 1 }), ['proof', 'CONJ00016E']],
    ['host:jobs/build', 'nothing', ['proof', 'CONJ00009E']],
  ] as const) {
    assert.deepEqual(failureIn(mustBe(200, await explain(operator, role, proof))), failure)
  }
  await node.set('conjur/authn-jwt/ci/public-keys', 'x')
  const broken = await explain(operator, 'host:jobs/build', await proofOf())
  assert.deepEqual(failureIn(broken), ['proof', 'CONJ00120E'])
})

test('it is told to operators of the authenticator alone, and only of what they see', async () => {
  await using node = await withIssuer()
  const workload = await node.as('host/jobs/build')
  const viewer = await node.as('viewer')
  // The host may `read` the webservice, as all that authenticate there: that tells it nothing of others.
  assertSilent(403, await explain(workload, 'host:jobs/build'))
  assertSilent(403, await explain(viewer, 'host:jobs/build', await proofOf()))
  const operator = await node.as('operator')
  mustBe(404, await explain(operator, 'host:jobs/nothing'))
  mustBe(404, await explain(operator, 'user:viewer'))
  const body = JSON.stringify({ role: 'host:jobs/build' })
  mustBe(404, await operator.post(`/authn-jwt/other/${ACCOUNT}/explain`, body))
  mustBe(404, await operator.post(`/authn-jwt/${ACCOUNT}/explain`, body))
  mustBe(404, await operator.post(`/other/ci/${ACCOUNT}/explain`, body))
  mustBe(422, await operator.post(PATH, '{}'))
  mustBe(400, await operator.post(PATH, 'x'))
  mustBe(401, await node.anyone.post(PATH, body))
})

test('the trail of a login has each attribute with its source, whether it succeeds or not', async () => {
  await using node = await withIssuer()
  const login = `/authn-jwt/ci/${ACCOUNT}/host%2Fjobs%2Fbuild/authenticate`
  mustBe(200, await node.anyone.post(login, await proofOf()))
  assertSilent(401, await node.anyone.post(login, await proofOf({ ref: 'refs/tags/v1' })))
  const logins = (await node.trail()).filter(({ operation }) => operation === 'authenticate')
  assert.deepEqual(
    logins.map(({ result, user, attestation }) => [result, user, attestation]),
    [
      ['success', 'refs/heads/main', 'passed'],
      ['failure', 'refs/tags/v1', 'failed'],
    ].map(([result, ref, outcome]) => [
      result,
      'acme:host:jobs/build',
      [
        {
          attribute: 'jwt.repository',
          outcome: 'passed',
          statedBy: 'authn-jwt/ci/repository',
          source: 'token',
          values: ['shop/web'],
        },
        {
          attribute: 'jwt.ref',
          outcome,
          statedBy: 'strongroom/attest/jwt.ref',
          source: 'token',
          values: [ref],
        },
      ],
    ]),
  )
})

test('`audit-canary`: of a proof only what conditions are about gets into the trail, and nothing into the log', async () => {
  await using node = await withIssuer()
  const operator = await node.as('operator')
  const proof = await proofOf({ secretive: 'CANARY' })
  mustBe(200, await explain(operator, 'host:jobs/build', proof))
  mustBe(
    200,
    await node.anyone.post(`/authn-jwt/ci/${ACCOUNT}/host%2Fjobs%2Fbuild/authenticate`, proof),
  )
  const kept = JSON.stringify([await node.trail(), node.logged])
  assert.doesNotMatch(kept, /CANARY|eyJ/)
  assert.ok(
    (await node.trail()).some(
      ({ operation, user }) => operation === 'explain' && user === 'acme:user:operator',
    ),
  )
})
