import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { AWS_ACCOUNT, proofOf, roleSession } from '../authn/iam/fake-sts.ts'
import type { Caller, ProofOptions } from '../authn/iam/fake-sts.ts'
import { lackingPythonClient } from '../../scripts/python-client.ts'
import { startAwsSts } from './aws-sts.ts'
import type { AwsSts } from './aws-sts.ts'
import { temporaryFolder } from './database.ts'
import { runProgram } from './program.ts'
import { callsByPython } from './python/client.ts'
import { assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'

const REGIONS = ['eu-central-1', 'eu-west-1']
const HOSTS = REGIONS.map((region) => `sts.${region}.amazonaws.com`)
const LOGIN = `host/shop/${AWS_ACCOUNT}/shop-web`

const stack = new AsyncDisposableStack()
let sts: AwsSts
let scene: Scene

before(async () => {
  const folder = stack.use(await temporaryFolder())
  sts = stack.use(await startAwsSts(folder.path, HOSTS))
  sts.callers.push(roleSession('shop-web'), roleSession('other'))
  const page = await readFile('docs/authenticators/authn-iam.md', 'utf8')
  const policy = /```yaml\n(?<policy>[^]*?)```/.exec(page)?.groups?.['policy'] ?? ''
  scene = stack.use(await startScene([['root', policy]], sts.environment))
  const enabled = { body: 'enabled=true' }
  assert.equal((await scene.as('admin', 'PATCH', '/authn-iam/prod/acme', enabled)).status, 204)
  await scene.set('conjur/authn-iam/prod/regions', REGIONS.join(','))
  await scene.set('shop/db-password', 'correct horse')
})

after(() => stack.disposeAsync())

const signed = async (
  by: string | Caller,
  options: Partial<ProofOptions> = {},
): Promise<string> => {
  const caller = typeof by === 'string' ? roleSession(by) : by
  const usual = { region: 'eu-central-1', now: Date.now() }
  return JSON.stringify(await proofOf(caller, { ...usual, ...options }))
}

const present = (body: string): Promise<Answer> =>
  scene.node.send({
    method: 'POST',
    path: `/authn-iam/prod/acme/${encodeURIComponent(LOGIN)}/authenticate`,
    body,
  })

test('the steps of the page lead from a signed question to a secret, over real TLS', async () => {
  assert.deepEqual(await scene.get('admin', '/authn-iam/prod/acme/status'), { status: 'ok' })
  sts.asked.length = 0
  const answer = await present(await signed('shop-web'))
  const token = answer.body.toString()
  assert.ok(answer.status === 200 && isAccessToken(JSON.parse(token)), token)
  assert.deepEqual(sts.asked, [`GET ${HOSTS[0]}/?Action=GetCallerIdentity&Version=2011-06-15`])
  const bearer = `Token token="${Buffer.from(token).toString('base64')}"`
  const secret = await scene.node.as(bearer, {
    method: 'GET',
    path: '/secrets/acme/variable/shop%2Fdb-password',
  })
  assert.equal(secret.body.toString(), 'correct horse')
})

const MISMATCH = /^CONJ00018E AWS does not accept the signed request: SignatureDoesNotMatch$/

test('another role, a forged signature and a request for another action get nothing', async () => {
  const query = { Action: 'GetSessionToken', Version: '2011-06-15' }
  for (const [body, reason] of [
    [await signed('other'), /^CONJ00002E `aws\.role`/],
    [await signed(roleSession('shop-web', { secretAccessKey: 'guessed' })), MISMATCH],
    [await signed('shop-web', { query }), MISMATCH],
  ] as const) {
    assertSilent(401, await present(body))
    const [refusal] = await scene.trail(1)
    assert.match(String(refusal?.['reason']), reason)
  }
})

test('`iam-region-injection`: the server connects to no host but those of AWS STS in listed regions', async () => {
  sts.targets.length = 0
  for (const host of [
    'sts.eu-central-1.amazonaws.com.evil.test',
    'sts.eu-central-1.evil.test',
    'evil.test',
    'sts.us-east-1.amazonaws.com',
    'sts.amazonaws.com',
    '127.0.0.1',
    '169.254.169.254',
  ]) {
    assertSilent(401, await present(await signed('shop-web', { host })))
  }
  assert.deepEqual(sts.targets, [])
})

test('`iam-response-confusion`: a redirect leads nowhere', async () => {
  sts.targets.length = 0
  const host = HOSTS[1] ?? ''
  sts.instead.set(host, (_, answer) => {
    answer.writeHead(302, { location: 'https://sts.eu-central-1.amazonaws.com/evil' }).end()
  })
  assertSilent(401, await present(await signed('shop-web', { region: 'eu-west-1' })))
  assert.deepEqual(sts.targets, [`${host}:443`])
  sts.instead.clear()
})

test('a service that hangs is given up, and holds up nobody who asks another one', async () => {
  const heard = Promise.withResolvers<void>()
  sts.instead.set(HOSTS[1] ?? '', () => heard.resolve())
  const stuck = present(await signed('shop-web', { region: 'eu-west-1' }))
  let isOver = false
  const waiting = stuck.then((answer) => {
    isOver = true
    return answer
  })
  await Promise.race([heard.promise, waiting])
  assert.equal((await present(await signed('shop-web'))).status, 200)
  assert.equal(isOver, false)
  assertSilent(401, await waiting)
  sts.instead.clear()
})

test('the command line explains a login', async () => {
  const folder = scene.installation.folder
  const file = join(folder, 'headers.json')
  await writeFile(file, await signed('shop-web'))
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    CONJUR_APPLIANCE_URL: scene.node.url,
    CONJUR_ACCOUNT: 'acme',
    CONJUR_AUTHN_LOGIN: 'admin',
    CONJUR_AUTHN_API_KEY: scene.node.adminKey,
  }
  const host = LOGIN.replace('host/', '')
  const argv = ['authn', 'explain', '--service', 'authn-iam/prod', '--token-file', file, host]
  const { exitCode, stdout, stderr } = await runProgram('cli', argv, { environment })
  assert.equal(exitCode, 0, stderr)
  const page = await readFile('docs/authenticators/authn-iam.md', 'utf8')
  const shown = /\$ strongroom authn explain .*\n(?<shown>[^]*?)```/.exec(page)?.groups?.['shown']
  assert.ok(stdout.startsWith(shown ?? 'nothing is shown'), stdout)
})

test(
  "CyberArk's client for Python, whose signatures are those of botocore, logs in as it is",
  { skip: lackingPythonClient() },
  async () => {
    const secure = await scene.installation.start({ ...sts.environment, STRONGROOM_TLS: 'on' })
    const target = {
      url: secure.url.replace('127.0.0.1', 'localhost'),
      account: 'acme',
      ca: join(scene.installation.folder, 'data', 'tls', 'cert.pem'),
    }
    const login = {
      type: 'authn-iam',
      identity: LOGIN,
      service_id: 'prod',
      aws_region: 'eu-central-1',
    }
    const readingAs = async (role: string): Promise<readonly unknown[]> => {
      const { accessKeyId, secretAccessKey, sessionToken } = roleSession(role)
      return callsByPython(target, login, [['get', 'shop/db-password']], {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken ?? '',
      })
    }
    assert.deepEqual(await readingAs('shop-web'), [{ answer: 'correct horse' }])
    assert.deepEqual(await readingAs('other'), [{ status: 401 }])
  },
)
