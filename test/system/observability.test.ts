import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parsePrometheus } from '../lib/prometheus.ts'
import type { Parsed } from '../lib/prometheus.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

let installation: Installation
let node: TestNode
let token: string

before(async () => {
  installation = await startInstallation()
  node = await installation.start({
    CONJUR_TELEMETRY_ENABLED: 'true',
    STRONGROOM_AUDIT_LOG: `file:${join(installation.folder, 'audit.log')}`,
    API_RESOURCE_LIST_LIMIT_MAX: '2',
    SECRETS_VERSION_LIMIT: '3',
    POLICIES_VERSION_LIMIT: '1',
  })
  token = await node.tokenFor('admin', node.adminKey)
})
after(() => installation[Symbol.asyncDispose]())

const POLICY = `
- !variable db
- !webservice conjur/authn-jwt/kube
- !policy conjur/authn-jwt/mesh
- !webservice conjur/authn-jwt/kube/status
- !webservice conjur/authn-jwt/mesh
- !host app
`

const load = (): ReturnType<TestNode['send']> =>
  node.as(token, { method: 'POST', path: '/policies/acme/policy/root', body: POLICY })

test('metrics are those of a Conjur server, under its names', async () => {
  assert.equal((await load()).status, 201)
  await node.as(token, { method: 'GET', path: '/secrets/acme/variable/db' })
  const answer = await node.send({ method: 'GET', path: '/metrics' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const lines = answer.body.toString().split('\n')
  for (const line of [
    'conjur_http_server_requests_total{code="200",operation="getAccessToken"} 1',
    'conjur_http_server_requests_total{code="201",operation="loadPolicy"} 1',
    'conjur_http_server_requests_total{code="404",operation="getSecret"} 1',
    'conjur_http_server_request_duration_seconds_count{operation="loadPolicy"} 1',
    'conjur_http_server_request_exceptions_total{operation="getSecret",exception="not_found",message=""} 1',
    'conjur_resource_count{kind="variable"} 1',
    'conjur_resource_count{kind="webservice"} 3',
    'conjur_role_count{kind="host"} 1',
    'conjur_role_count{kind="user"} 1',
    'conjur_server_authenticator{type="authn-jwt",status="configured"} 2',
    'conjur_server_authenticator{type="authn-jwt",status="installed"} 1',
    'conjur_server_authenticator{type="authn",status="enabled"} 1',
    'strongroom_info{version="test"} 1',
    'strongroom_audit_lines_lost_total 0',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

/** The metrics of reference/conjur-api.md 7.5 with their types and labels. */
const CONJUR_METRICS: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  conjur_http_server_requests_total: ['counter', 'code', 'operation'],
  conjur_http_server_request_duration_seconds: ['histogram', 'operation'],
  conjur_http_server_request_exceptions_total: ['counter', 'operation', 'exception', 'message'],
  conjur_resource_count: ['gauge', 'kind'],
  conjur_role_count: ['gauge', 'kind'],
  conjur_server_authenticator: ['gauge', 'type', 'status'],
}

/** The bounds of a histogram of Conjur's, which are those that its library takes by itself. */
const CONJUR_BUCKETS = '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf'.split(' ')

const metricsNow = async (): Promise<Parsed> => {
  const answer = await node.send({ method: 'GET', path: '/metrics' })
  return parsePrometheus(answer.body.toString())
}

test('metrics are what a scraper can read, and each of Conjur has its type, its labels and its buckets', async () => {
  await node.as(token, { method: 'GET', path: '/secrets/acme/variable/nothing' })
  const { types, samples } = await metricsNow()
  for (const [name, [type, ...labels]] of Object.entries(CONJUR_METRICS)) {
    assert.equal(types.get(name), type, name)
    const own = samples.filter((sample) => sample.name === name || sample.name === `${name}_count`)
    assert.ok(own.length > 0, name)
    for (const sample of own)
      assert.deepEqual([...sample.labels.keys()].toSorted(), labels.toSorted())
  }
  const bounds = new Set(
    samples
      .filter(({ name }) => name === 'conjur_http_server_request_duration_seconds_bucket')
      .map(({ labels }) => labels.get('le')),
  )
  for (const bound of CONJUR_BUCKETS) assert.ok(bounds.has(bound), bound)
  for (const name of types.keys()) assert.match(name, /^(?:conjur|strongroom|process)_/)
})

test('no request makes more series than there are operations, statuses and codes', async () => {
  const strange = async (round: number): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      const name = `${round}-${n}-${'x'.repeat(n)}`
      for (const method of ['GET', 'POST', 'DELETE', 'PATCH'] as const) {
        await node.send({ method, path: `/${name}/${name}` })
      }
      await node.as(token, { method: 'GET', path: `/secrets/acme/variable/${name}` })
      await node.as(token, { method: 'GET', path: `/resources/acme/${name}` })
      await node.login(name, name, name)
    }
  }
  await strange(0)
  const { length } = (await metricsNow()).samples
  await strange(1)
  assert.equal((await metricsNow()).samples.length, length)
})

test('metrics that are switched off are no route', async () => {
  const silent = await installation.start()
  assert.equal((await silent.send({ method: 'GET', path: '/metrics' })).status, 401)
})

test('`error-canary`: no name of anything that was asked for is in the metrics', async () => {
  await node.as(token, { method: 'GET', path: '/secrets/acme/variable/canary-4711?version=4711' })
  await node.send({ method: 'GET', path: '/canary-4711/x' })
  await node.login('canary-4711', 'canary-4711')
  const answer = await node.send({ method: 'GET', path: '/metrics' })
  assert.doesNotMatch(answer.body.toString(), /canary|4711/)
})

test('every audit record is a line of the audit log as well', async () => {
  const file = join(installation.folder, 'own.log')
  const own = await installation.start({ STRONGROOM_AUDIT_LOG: `file:${file}` })
  const bearer = await own.tokenFor('admin', node.adminKey)
  await own.as(bearer, {
    method: 'POST',
    path: '/policies/acme/policy/root',
    body: '- !variable z',
  })
  await own.as(bearer, { method: 'GET', path: '/secrets/acme/variable/db' })
  // A server that stops sends what waits.
  await own.stop()
  const text = await readFile(file, 'utf8')
  assert.match(text, / authn \[subject@43868 role="acme:user:admin"\]/)
  assert.match(text, / policy .*acme:user:admin added resource acme:variable:z\n/)
  assert.match(text, / fetch .*acme:user:admin tried to fetch acme:variable:db: /)
})

test('a listing and the versions of secrets and policies are as long as the settings say', async () => {
  const get = (path: string): ReturnType<TestNode['send']> =>
    node.as(token, { method: 'GET', path })
  const listed: unknown = JSON.parse((await get('/resources/acme')).body.toString())
  assert.ok(Array.isArray(listed))
  assert.equal(listed.length, 2)
  const tooMany = await get('/resources/acme?limit=3')
  assert.equal(tooMany.status, 422)
  assert.match(tooMany.body.toString(), /'Limit' parameter must not exceed 2/)
  for (const value of ['1', '2', '3', '4', '5']) {
    await node.as(token, { method: 'POST', path: '/secrets/acme/variable/db', body: value })
  }
  const versions = [2, 3, 4, 5].map((version) =>
    get(`/secrets/acme/variable/db?version=${version}`).then(({ status }) => status),
  )
  assert.deepEqual(await Promise.all(versions), [404, 200, 200, 200])
  await load()
  const policy = await get('/resources/acme/policy/root')
  assert.equal(policy.body.toString().split('"policy_sha256"').length - 1, 1)
})
