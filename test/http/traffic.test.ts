import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PATHS } from '#api/paths.ts'
import { SECRETS } from '#http/about/secrets.ts'
import { empty } from '#http/answer.ts'
import { operationOf } from '#http/operations.ts'
import { route } from '#http/route.ts'
import { createTraffic } from '#http/traffic.ts'
import { Failure } from '#lib/failure.ts'
import { printMetrics } from '#lib/metrics.ts'

const read = route('GET', PATHS.secret, SECRETS.fetch, async () => empty(200))

test('requests are counted and timed by operation, failures by their code', () => {
  let now = 0
  const traffic = createTraffic(() => now)
  const good = traffic.begin()
  good.of(read)
  now += 3
  good.end(200)
  const bad = traffic.begin()
  bad.of(read)
  bad.end(404, new Failure('not_found', 'variable canary-4711 is not found'))
  traffic.begin().end(500, new TypeError('canary-4711'))
  const text = printMetrics(traffic.metrics())
  const lines = text.split('\n')
  for (const line of [
    'conjur_http_server_requests_total{code="200",operation="getSecret"} 1',
    'conjur_http_server_requests_total{code="404",operation="getSecret"} 1',
    'conjur_http_server_requests_total{code="500",operation="unknown"} 1',
    'conjur_http_server_request_duration_seconds_bucket{operation="getSecret",le="0.0025"} 1',
    'conjur_http_server_request_duration_seconds_bucket{operation="getSecret",le="0.005"} 2',
    'conjur_http_server_request_duration_seconds_sum{operation="getSecret"} 0.003',
    'conjur_http_server_request_exceptions_total{operation="getSecret",exception="not_found",message=""} 1',
    'conjur_http_server_request_exceptions_total{operation="unknown",exception="internal_error",message=""} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
  assert.doesNotMatch(text, /canary/)
})

test('an operation is named as the Conjur API names it, and unknown where it has no name', () => {
  assert.equal(operationOf({ method: 'PUT', path: PATHS.policy }), 'replacePolicy')
  assert.equal(operationOf({ method: 'DELETE', path: PATHS.account }), 'deleteAccount')
  assert.equal(operationOf({ method: 'GET', path: PATHS.audit }), 'unknown')
  assert.equal(operationOf(undefined), 'unknown')
})

/** The operations of reference/conjur-api.md 7.5. */
const OPERATIONS = `
  createAccount getAccounts deleteAccount changePassword getAPIKey sign
  enableAuthenticatorInstance getAPIKeyViaLDAP getAccessToken rotateAPIKey
  k8sInjectClientCert createHost createToken revokeToken getMetrics loadPolicy replacePolicy
  updatePolicy showPublicKeys showResource showResourcesForAccount
  showResourcesForAllAccounts showResourcesForKind addMemberToRole removeMemberFromRole
  showRole createSecret getSecret getSecrets getAuthenticators getGCPAuthenticatorStatus
  whoAmI unknown getServiceAuthenticatorStatus getAccessTokenViaAWS getAccessTokenViaAzure
  getAccessTokenViaGCP getAccessTokenViaKubernetes getAccessTokenViaLDAP
  getAccessTokenViaOIDC getAccessTokenViaJWT
`
  .trim()
  .split(/\s+/)

test('no route is counted under a word that Conjur does not have', () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    for (const path of Object.values(PATHS)) {
      assert.ok(OPERATIONS.includes(operationOf({ method, path })), `${method} ${path}`)
    }
  }
})
