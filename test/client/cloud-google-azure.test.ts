import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { assertRefused, logIn } from './cloud.ts'

const GCP = { kind: 'gcp', hostId: 'host/shop/cart' } as const
const FLAVOR = { 'metadata-flavor': 'Google' }
const JWT = 'c4n4ry.c4n4ry.c4n4ry_-'

const identityAt = (host: string): string =>
  `GET http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?audience=conjur%2Facme%2Fhost%2Fshop%2Fcart&format=full`

test('on Google Cloud the token is for the host, and logs in without a service', async () => {
  for (const hostId of ['host/shop/cart', 'shop/cart']) {
    const { asked, call } = await logIn({ ...GCP, hostId }, { told: [[200, `${JWT}\n`, FLAVOR]] })
    assert.deepEqual(asked, [
      {
        what: identityAt('metadata.google.internal'),
        headers: { 'Metadata-Flavor': 'Google' },
        body: undefined,
      },
    ])
    assert.deepEqual(call, {
      method: 'POST',
      path: '/authn-gcp/acme/authenticate',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `jwt=${JWT}`,
      isRepeatable: true,
    })
  }
})

test('the metadata server is where Google’s own SDKs look for it', async () => {
  for (const [host, at] of [
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    [' ', 'metadata.google.internal'],
  ] as const) {
    const environment = { GCE_METADATA_HOST: host }
    const { asked } = await logIn(GCP, { environment, told: [[200, JWT, FLAVOR]] })
    assert.equal(asked[0]?.what, identityAt(at))
  }
  await assertRefused(
    GCP,
    { environment: { GCE_METADATA_HOST: 'user:c4n4ry@x' } },
    'configuration',
    /^GCE_METADATA_HOST is not a URL/,
  )
})

test('what is not from the metadata server, or no token, is believed by nobody', async () => {
  for (const [told, message] of [
    [[200, JWT], /is not from its metadata server/],
    [[200, JWT, { 'metadata-flavor': 'google' }], /is not from its metadata server/],
    [[200, '<html>c4n4ry</html>', FLAVOR], /is no token/],
    [[200, '', FLAVOR], /is no token/],
    [[200, `${JWT}\nc4n4ry`, FLAVOR], /is no token/],
  ] as const) {
    await assertRefused(GCP, { told: [told] }, 'corrupt', message)
  }
})

test('a failure says what was asked, where, and what to do', async () => {
  const { message, hint } = await assertRefused(
    GCP,
    {
      told: [
        new Failure('unreachable', 'cannot reach metadata.google.internal:80: host name not found'),
      ],
    },
    'unreachable',
    /./,
  )
  assert.equal(
    message,
    'Google Cloud does not tell who this is: http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity: cannot reach metadata.google.internal:80: host name not found',
  )
  assert.match(hint ?? '', /not on Google Cloud, or has no service account/)
})

test('a refusal, and a redirect, are configuration; a service that cannot serve is not', async () => {
  for (const [status, code] of [
    [400, 'configuration'],
    [404, 'configuration'],
    [302, 'configuration'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ] as const) {
    const told = [[status, 'c4n4ry', { location: 'http://c4n4ry/' }]] as const
    await assertRefused(GCP, { told }, code, new RegExp(`answered with status ${status}$`))
  }
})

const AZURE = { kind: 'azure', service: 'prod', hostId: 'shop/cart' } as const
const TOKEN = { access_token: 'c4n4ry+/=', expires_in: '86399' }
const MANAGEMENT = 'resource=https%3A%2F%2Fmanagement.azure.com%2F'

test('on Azure the token of the managed identity logs in as the host', async () => {
  const { asked, call } = await logIn(AZURE, { told: [[200, TOKEN]] })
  assert.deepEqual(asked, [
    {
      what: `GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&${MANAGEMENT}`,
      headers: { Metadata: 'true' },
      body: undefined,
    },
  ])
  assert.equal(call.path, '/authn-azure/prod/acme/host%2Fshop%2Fcart/authenticate')
  assert.equal(call.body, 'jwt=c4n4ry%2B%2F%3D')
})

test('which identity, and what its token is for, can be said', async () => {
  const credentials = { ...AZURE, clientId: 'c1', resource: 'api://strongroom' }
  const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:2579' }
  const { asked } = await logIn(credentials, { environment, told: [[200, TOKEN]] })
  assert.equal(
    asked[0]?.what,
    'GET http://127.0.0.1:2579/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fstrongroom&client_id=c1',
  )
})

test('App Service, Functions and Container Apps say themselves where to ask', async () => {
  const environment = {
    IDENTITY_ENDPOINT: 'http://localhost:42356/msi/token',
    IDENTITY_HEADER: 'c4n4ry',
  }
  const { asked } = await logIn({ ...AZURE, clientId: 'c1' }, { environment, told: [[200, TOKEN]] })
  assert.deepEqual(asked, [
    {
      what: `GET http://localhost:42356/msi/token?api-version=2019-08-01&${MANAGEMENT}&client_id=c1`,
      headers: { 'X-IDENTITY-HEADER': 'c4n4ry' },
      body: undefined,
    },
  ])
  await assertRefused(AZURE, { environment, told: [[403, 'c4n4ry']] }, 'configuration', /403$/)
})

test('an answer of Azure without a token is refused', async () => {
  for (const body of [
    '<html>c4n4ry',
    '"c4n4ry"',
    'null',
    {},
    { access_token: 7 },
    { access_token: '' },
  ]) {
    await assertRefused(AZURE, { told: [[200, body]] }, 'corrupt', /has no token$/)
  }
})
