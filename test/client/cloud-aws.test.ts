import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '#client/transport.ts'
import { Failure } from '#lib/failure.ts'
import { answerOf, AWS_ACCOUNT, roleSession } from '../authn/iam/fake-sts.ts'
import type { Caller } from '../authn/iam/fake-sts.ts'
import { assertRefused, logIn } from './cloud.ts'

const HOST = `shop/${AWS_ACCOUNT}/shop-web`
const IAM = { kind: 'iam', service: 'prod', hostId: HOST } as const
const SESSION: Caller = roleSession('shop-web', {
  secretAccessKey: 'c4n4ry',
  sessionToken: 'c4n4ry',
})
const NOW = Date.UTC(2026, 0, 2)

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: SESSION.accessKeyId,
  AWS_SECRET_ACCESS_KEY: SESSION.secretAccessKey,
  AWS_SESSION_TOKEN: SESSION.sessionToken,
}

/** What the services of AWS on a machine answer. */
const KEY = {
  Code: 'Success',
  Type: 'AWS-HMAC',
  AccessKeyId: SESSION.accessKeyId,
  SecretAccessKey: SESSION.secretAccessKey,
  Token: SESSION.sessionToken,
  Expiration: '2026-01-02T06:00:00Z',
}

/** The headers that a login presents. */
function headersOf({ body }: Call): Readonly<Record<string, string>> {
  const headers: unknown = JSON.parse(String(body))
  assert.ok(typeof headers === 'object' && headers !== null)
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/** That STS takes the signed question for one of the role of the tests. */
function assertSigned(call: Call, host: string): void {
  const headers = headersOf(call)
  assert.equal(headers['host'], host)
  const url = new URL(`https://${host}/?Action=GetCallerIdentity&Version=2011-06-15`)
  const { status, body } = answerOf([SESSION], { method: 'GET', url, headers })
  assert.equal(status, 200, Buffer.from(body).toString())
}

test('the credentials of the environment sign the question, for the region or for all', async () => {
  for (const [environment, host] of [
    [{}, 'sts.amazonaws.com'],
    [
      { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-west-1' },
      'sts.eu-central-1.amazonaws.com',
    ],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, 'sts.eu-west-1.amazonaws.com'],
    [{ AWS_REGION: 'cn-north-1' }, 'sts.cn-north-1.amazonaws.com.cn'],
  ] as const) {
    const workload = { environment: { ...ENVIRONMENT, ...environment }, now: NOW }
    const { asked, call } = await logIn(IAM, workload)
    assert.deepEqual(asked, [])
    assertSigned(call, host)
    assert.equal(headersOf(call)['x-amz-date'], '20260102T000000Z')
    assert.equal(
      call.path,
      `/authn-iam/prod/acme/host%2Fshop%2F${AWS_ACCOUNT}%2Fshop-web/authenticate`,
    )
    assert.equal(String(call.body).includes('SecretAccessKey'), false)
  }
})

test('the server that the signature is for is signed, where it wants to be named', async () => {
  const { call } = await logIn(
    { ...IAM, serverId: 'vault.acme' },
    { environment: ENVIRONMENT, now: NOW },
  )
  const { authorization, 'x-strongroom-server-id': named } = headersOf(call)
  assert.equal(named, 'vault.acme')
  assert.match(authorization ?? '', /SignedHeaders=[^,]*x-strongroom-server-id/)
  assertSigned(call, 'sts.amazonaws.com')
})

test('`iam-region-injection`: a region that there is not is signed for by nobody', async () => {
  for (const region of ['global', 'us-east-1.evil.test/', 'eu-central-1\n', 'EU-CENTRAL-1']) {
    const environment = { ...ENVIRONMENT, AWS_REGION: region }
    await assertRefused(IAM, { environment }, 'configuration', /is no region of AWS$/)
  }
})

test('half a key is a mistake, and no reason to be somebody else', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    await assertRefused(
      IAM,
      { environment: { [name]: 'c4n4ry' }, told: [[200, KEY]] },
      'configuration',
      /only one is set$/,
    )
  }
})

test('a task asks the container service by its path, a pod by its URL and with its token', async () => {
  const task = await logIn(IAM, {
    environment: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1?x=y' },
    told: [[200, KEY]],
    now: NOW,
  })
  assert.deepEqual(task.asked, [
    { what: 'GET http://169.254.170.2/v2/credentials/1?x=y', headers: {}, body: undefined },
  ])
  assertSigned(task.call, 'sts.amazonaws.com')
  const environment = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/token',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'other',
  }
  const pod = await logIn(IAM, { environment, files: { '/token': 'c4n4ry\n' }, told: [[200, KEY]] })
  assert.deepEqual(pod.asked, [
    {
      what: 'GET http://169.254.170.23/v1/credentials',
      headers: { Authorization: 'c4n4ry' },
      body: undefined,
    },
  ])
})

test('a relative path cannot lead to another host', async () => {
  const environment = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '@evil.test/x' }
  const { asked } = await logIn(IAM, { environment, told: [[200, KEY]] })
  assert.equal(asked[0]?.what, 'GET http://169.254.170.2/@evil.test/x')
})

test('a container service elsewhere is asked over TLS alone', async () => {
  for (const url of [
    'https://agent.example/x',
    'http://localhost:51679/x',
    'http://127.0.0.9/x',
    'http://[::1]:1/x',
    'http://[fd00:ec2::23]/x',
  ]) {
    const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url }
    assert.equal((await logIn(IAM, { environment, told: [[200, KEY]] })).asked.length, 1, url)
  }
  for (const url of [
    'http://agent.example/x',
    'http://169.254.169.254/x',
    'http://127.0.0.1.evil.test/x',
    'http://localhost.evil.test/x',
    'ftp://localhost/x',
    'http://user:c4n4ry@localhost/x',
  ]) {
    const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url }
    await assertRefused(IAM, { environment }, 'configuration', /AWS_CONTAINER_CREDENTIALS_FULL_URI/)
  }
})

test('a token that would be more than one header is refused', async () => {
  const environment = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/x',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'c4n4ry\r\nHost: evil.test',
  }
  await assertRefused(IAM, { environment }, 'configuration', /cannot be part of a request$/)
})

const ROLES = 'http://169.254.169.254/latest/meta-data/iam/security-credentials/'

test('an instance asks in a session of its own, for its one role', async () => {
  const { asked, call } = await logIn(IAM, {
    told: [
      [200, 's3ss10n'],
      [200, 'shop-web\n'],
      [200, KEY],
    ],
    now: NOW,
  })
  const headers = { 'X-aws-ec2-metadata-token': 's3ss10n' }
  assert.deepEqual(asked, [
    {
      what: 'PUT http://169.254.169.254/latest/api/token',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
      body: undefined,
    },
    { what: `GET ${ROLES}`, headers, body: undefined },
    { what: `GET ${ROLES}shop-web`, headers, body: undefined },
  ])
  assertSigned(call, 'sts.amazonaws.com')
})

test('the service of an instance is where AWS’s own SDKs look for it', async () => {
  for (const [environment, origin] of [
    [{ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' }, 'http://[fd00:ec2::254]'],
    [{ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1338' }, 'http://127.0.0.1:1338'],
  ] as const) {
    const { asked } = await logIn(IAM, {
      environment,
      told: [
        [200, 's'],
        [200, 'r'],
        [200, KEY],
      ],
    })
    assert.equal(asked[0]?.what, `PUT ${origin}/latest/api/token`)
  }
  await assertRefused(
    IAM,
    { environment: { AWS_EC2_METADATA_DISABLED: 'true' } },
    'configuration',
    /^there are no credentials of AWS here$/,
  )
})

test('an instance without a role, without the second version, or with a strange answer is refused', async () => {
  for (const [told, code, message] of [
    [
      [
        [200, 's'],
        [404, 'c4n4ry'],
      ],
      'configuration',
      /security-credentials\/ answered with status 404/,
    ],
    [[[403, 'c4n4ry']], 'configuration', /latest\/api\/token answered with status 403/],
    [[[200, 'a\r\nb']], 'corrupt', /is no token/],
    [
      [
        [200, 's'],
        [200, '<html>c4n4ry'],
      ],
      'corrupt',
      /names no role/,
    ],
    [
      [
        [200, 's'],
        [200, '../../c4n4ry'],
      ],
      'corrupt',
      /names no role/,
    ],
    [
      [
        [200, 's'],
        [200, 'r'],
        [200, '<html>c4n4ry'],
      ],
      'corrupt',
      /holds no credentials/,
    ],
    [
      [
        [200, 's'],
        [200, 'r'],
        [200, { ...KEY, Token: 7 }],
      ],
      'corrupt',
      /holds no credentials/,
    ],
    [[new Failure('unreachable', 'no route')], 'unreachable', /^EC2 does not tell who this is: /],
  ] as const) {
    const { hint } = await assertRefused(IAM, { told }, code, message)
    assert.match(hint ?? '', /no instance of EC2, or has no role/)
  }
})

const WEB = {
  AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
  AWS_ROLE_ARN: `arn:aws:iam::${AWS_ACCOUNT}:role/shop-web`,
  AWS_REGION: 'eu-central-1',
}

const assumed = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>${SESSION.accessKeyId}</AccessKeyId><SecretAccessKey>c4n4ry</SecretAccessKey><SessionToken>c4n4ry</SessionToken>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

test('a pod of EKS exchanges the token of its service account, in its region, anew each time', async () => {
  const files = { '/token': 'c4n4ry.c4n4ry.c4n4ry\n' }
  const { asked, call } = await logIn(IAM, {
    environment: WEB,
    files,
    told: [[200, assumed]],
    now: NOW,
  })
  assert.equal(asked[0]?.what, 'POST https://sts.eu-central-1.amazonaws.com/')
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[0].body)), {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: WEB.AWS_ROLE_ARN,
    RoleSessionName: 'strongroom',
    DurationSeconds: '900',
    WebIdentityToken: 'c4n4ry.c4n4ry.c4n4ry',
  })
  assertSigned(call, 'sts.eu-central-1.amazonaws.com')
})

test('`iam-response-confusion`: what STS refuses, or does not say, is no key', async () => {
  const files = { '/token': 'c4n4ry' }
  for (const [told, code] of [
    [[403, '<ErrorResponse>c4n4ry</ErrorResponse>'], 'configuration'],
    [[200, assumed.replace('sts.amazonaws.com/doc', 'c4n4ry')], 'corrupt'],
    [[200, '<html>c4n4ry'], 'corrupt'],
    [[200, '{"c4n4ry": 1}'], 'corrupt'],
  ] as const) {
    await assertRefused(IAM, { environment: WEB, files, told: [told] }, code, /./)
  }
  const plain = { ...WEB, AWS_ENDPOINT_URL_STS: 'http://sts.evil.test' }
  await assertRefused(IAM, { environment: plain, files }, 'configuration', /neither https nor/)
  const { AWS_ROLE_ARN: _, ...rest } = WEB
  await assertRefused(IAM, { environment: rest }, 'configuration', /AWS_ROLE_ARN is not$/)
})
