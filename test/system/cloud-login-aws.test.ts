import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { AWS_ACCOUNT, roleSession } from '../authn/iam/fake-sts.ts'
import { AWS_HOST, exportsOn, REGION, startCloudScene, STS } from './cloud-scene.ts'
import type { CloudScene, Variables } from './cloud-scene.ts'
import { questionsTo } from './platform-service.ts'
import { runProgram } from './program.ts'

const stack = new AsyncDisposableStack()
let clouds: CloudScene

before(async () => {
  clouds = stack.use(await startCloudScene())
})
beforeEach(() => {
  clouds.platform.asked.length = 0
  clouds.platform.answer = undefined
})
after(() => stack.disposeAsync())

const IAM = exportsOn('authn-iam')

const keyOf = (role: string): Record<'AccessKeyId' | 'SecretAccessKey' | 'Token', string> => {
  const { accessKeyId, secretAccessKey, sessionToken } = roleSession(role)
  return { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken }
}

const ROLES = '/latest/meta-data/iam/security-credentials/'

/** The second version of the metadata service of EC2, on an instance that has a role. */
function instanceWith(role: string): RequestListener {
  const session = 's3ss10n'
  return ({ method, url, headers }: IncomingMessage, response: ServerResponse) => {
    if (method === 'PUT' && url === '/latest/api/token') response.end(session)
    else if (headers['x-aws-ec2-metadata-token'] !== session) response.writeHead(401).end()
    else if (url === ROLES) response.end(role)
    else if (url === ROLES + role) response.end(JSON.stringify({ Code: 'Success', ...keyOf(role) }))
    else response.writeHead(404).end()
  }
}

const EC2 = (): Variables => ({ ...IAM, AWS_EC2_METADATA_SERVICE_ENDPOINT: clouds.platform.url })

test('an instance of EC2 reads its secret with every program, signed for its region', async () => {
  clouds.platform.answer = instanceWith('shop-web')
  clouds.sts.asked.length = 0
  await clouds.assertReads(clouds.nodes.aws, EC2())
  const once = ['PUT /latest/api/token', `GET ${ROLES}`, `GET ${ROLES}shop-web`]
  assert.deepEqual(questionsTo(clouds.platform), Array.from({ length: 5 }, () => once).flat())
  const asked = `GET ${STS}/?Action=GetCallerIdentity&Version=2011-06-15`
  assert.deepEqual(clouds.sts.asked, Array(5).fill(asked))
})

test('an instance with another role gets nothing', async () => {
  clouds.platform.answer = instanceWith('other')
  await clouds.assertRefused(clouds.nodes.aws, EC2(), /^CONJ00002E/)
})

test('a pod with EKS Pod Identity reads its secret, and its token is read at each login', async () => {
  clouds.platform.answer = ({ headers, url }, response) => {
    const isPod = url === '/v1/credentials' && headers.authorization === 'pod-token-2'
    if (isPod) response.end(JSON.stringify(keyOf('shop-web')))
    else response.writeHead(401).end()
  }
  const file = join(clouds.home, 'pod-token')
  const more = {
    ...IAM,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${clouds.platform.url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
  }
  await writeFile(file, 'pod-token-1\n')
  assert.equal((await clouds.get(clouds.nodes.aws, more)).exitCode, 3)
  await writeFile(file, 'pod-token-2\n')
  assert.equal((await clouds.get(clouds.nodes.aws, more)).stdout.trim(), 'correct horse')
})

/** What STS answers to whoever has the token of the service account. */
async function exchange(request: IncomingMessage): Promise<string> {
  const form = new URLSearchParams(await text(request))
  const key = keyOf(form.get('WebIdentityToken') === 'a.b.c' ? 'shop-web' : 'nobody')
  const parts = `<AccessKeyId>${key.AccessKeyId}</AccessKeyId><SecretAccessKey>${key.SecretAccessKey}</SecretAccessKey><SessionToken>${key.Token}</SessionToken>`
  const result = `<AssumeRoleWithWebIdentityResult><Credentials>${parts}</Credentials></AssumeRoleWithWebIdentityResult>`
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleWithWebIdentityResponse>`
}

test('a pod with a role for its service account does so by the token that STS exchanges', async () => {
  const file = join(clouds.home, 'web-identity')
  await writeFile(file, 'a.b.c')
  clouds.platform.answer = (request, response) => {
    void exchange(request).then((answer) => response.end(answer))
  }
  const more = {
    ...IAM,
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: `arn:aws:iam::${AWS_ACCOUNT}:role/shop-web`,
    AWS_ENDPOINT_URL_STS: clouds.platform.url,
  }
  assert.equal((await clouds.get(clouds.nodes.aws, more)).stdout.trim(), 'correct horse')
  assert.deepEqual(questionsTo(clouds.platform), ['POST /'])
})

test('a function of Lambda has its credentials in the environment, and signs for the server that wants to be named', async () => {
  const { AccessKeyId, SecretAccessKey, Token } = keyOf('shop-web')
  const lambda = {
    ...IAM,
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: Token,
  }
  await clouds.scene.load(
    'root',
    '- !policy { id: conjur/authn-iam/prod, body: [ !variable server-id ] }',
    'PATCH',
  )
  await clouds.scene.set('conjur/authn-iam/prod/server-id', 'vault.acme')
  try {
    await clouds.assertRefused(clouds.nodes.aws, lambda, /^CONJ00018E .*server-id/)
    const named = { ...lambda, STRONGROOM_AUTHN_IAM_SERVER_ID: 'vault.acme' }
    assert.equal((await clouds.get(clouds.nodes.aws, named)).stdout.trim(), 'correct horse')
  } finally {
    await clouds.scene.load(
      'root',
      '- !delete { record: !variable conjur/authn-iam/prod/server-id }',
      'PATCH',
    )
  }
})

test('`init` writes down all that the commands then need', async () => {
  clouds.platform.answer = instanceWith('shop-web')
  const file = join(clouds.home, 'init.yml')
  const environment = clouds.environmentFor(clouds.nodes.aws, { CONJURRC: file })
  const argv = [
    'init',
    '-u',
    clouds.nodes.aws.url,
    '-a',
    'acme',
    '--insecure',
    '--force',
    '-t',
    'iam',
  ]
  const host = ['--service-id', 'prod', '--jwt-host-id', AWS_HOST]
  const made = await runProgram('cli', [...argv, ...host], { environment })
  assert.equal(made.exitCode, 0, made.stderr)
  const { exitCode, stdout, stderr } = await runProgram('cli', ['whoami'], {
    environment: {
      PATH: environment['PATH'] ?? '',
      HOME: clouds.home,
      CONJURRC: file,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: clouds.platform.url,
    },
  })
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, new RegExp(`"host/${AWS_HOST}"`))
  const nameless = await runProgram('cli', [...argv.slice(0, -1), 'azure'], { environment })
  assert.equal(nameless.exitCode, 2)
  assert.match(nameless.stderr, /Must specify --service-id when using azure/)
})
