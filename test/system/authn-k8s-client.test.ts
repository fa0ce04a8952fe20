import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { clientKeyPem, requestBy, spiffeId, splitLogin } from '../kubernetes/pod-client.ts'
import { CLIENT_PEM } from '../kubernetes/pod-world.ts'
import type { StandInCluster } from '../kubernetes/stand-in-cluster.ts'
import { standIn } from '../kubernetes/stand-in-world.ts'
import type { RunningPod } from '../kubernetes/test-cluster.ts'
import { jsonOf, startInstallation } from './node.ts'
import { transcriptOf } from './program.ts'

/** The program that Conjur gives pods, when there is one on this machine. */
const CLIENT = process.env['STRONGROOM_TEST_AUTHN_K8S_CLIENT']

const LOGIN = 'host/apps/cart'

/** A server that terminates TLS itself, over a cluster with the pod `cart`. */
interface Scene {
  readonly url: string
  readonly ca: string
  readonly caFile: string
  readonly cluster: StandInCluster
  readonly pod: RunningPod
  /** The folder of its container. */
  readonly container: string
  /** The login that the bearer of a token is known by. */
  whoIs(token: string): Promise<unknown>
}

let scene: Scene
const stack = new AsyncDisposableStack()

before(async () => {
  const cluster = stack.use(await standIn())
  const installation = stack.use(await startInstallation())
  const environment = {
    STRONGROOM_AUTHENTICATORS: 'authn-k8s/prod',
    STRONGROOM_OUTBOUND_ALLOW: `kubernetes=${new URL(cluster.access.url).host}`,
  }
  const admin = await installation.start(environment)
  const token = await admin.tokenFor('admin', admin.adminKey)
  const ask = async (method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> =>
    jsonOrNothing(await admin.as(token, { method, path, ...(body === undefined ? {} : { body }) }))
  await ask('POST', '/policies/acme/policy/root', policyFor(cluster.namespace))
  const set = (name: string, value: string): Promise<unknown> =>
    ask(
      'POST',
      `/secrets/acme/variable/${encodeURIComponent(`conjur/authn-k8s/prod/${name}`)}`,
      value,
    )
  await set('kubernetes/api-url', cluster.access.url)
  await set('kubernetes/service-account-token', cluster.access.token)
  await set('kubernetes/ca-cert', cluster.access.caPem ?? '')
  await ask('POST', '/authn-k8s/prod/acme/ca')
  const server = await installation.start({ ...environment, STRONGROOM_TLS: 'on' })
  const caFile = join(installation.folder, 'data/tls/cert.pem')
  scene = {
    url: server.url,
    caFile,
    ca: await readFile(caFile, 'utf8'),
    cluster,
    pod: await cluster.start({ name: 'cart' }),
    container: cluster.folderOf('cart', 'authenticator'),
    async whoIs(given) {
      const authorization = `Token token="${Buffer.from(given).toString('base64')}"`
      return jsonOf(await admin.as(authorization, { method: 'GET', path: '/whoami' }))
    },
  }
})

after(() => stack.disposeAsync())

const jsonOrNothing = (answer: { readonly status: number; readonly body: Buffer }): unknown => {
  assert.ok(answer.status < 300, answer.body.toString())
  return answer.body.byteLength === 0 ? undefined : answer.body
}

const policyFor = (namespace: string): string => `
- !policy
  id: conjur/authn-k8s/prod
  body:
    - !webservice
    - !variable ca/key
    - !variable ca/cert
    - !variable kubernetes/api-url
    - !variable kubernetes/ca-cert
    - !variable kubernetes/service-account-token
- !policy
  id: apps
  body:
    - !host
      id: cart
      annotations: { authn-k8s/namespace: ${namespace} }
- !permit { role: !host apps/cart, privileges: [read, authenticate], resource: !webservice conjur/authn-k8s/prod }
`

interface Sent {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The certificate and the key that the client shows. */
  readonly shown?: { readonly cert: string; readonly key: string }
}

/** One request over a connection of its own, as the client of Conjur makes each. */
function send({
  path,
  headers = {},
  body = '',
  shown,
}: Sent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${scene.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', ...headers },
      ca: scene.ca,
      agent: false,
      ...shown,
    })
    call.once('error', reject)
    call.once('response', (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: answer }),
        reject,
      )
    })
    call.end(body)
  })
}

const AUTHENTICATE = `/authn-k8s/prod/acme/${encodeURIComponent(LOGIN)}/authenticate`

async function injected(): Promise<string> {
  const { prefix, commonName } = splitLogin(LOGIN)
  const uris = [spiffeId(scene.cluster.namespace, scene.pod.name)]
  const answer = await send({
    path: '/authn-k8s/prod/inject_client_cert',
    headers: { 'Host-Id-Prefix': prefix },
    body: await requestBy({ commonName, uris }),
  })
  assert.deepEqual(answer, { status: 202, body: '' })
  return (
    (await scene.pod.read('authenticator', CLIENT_PEM)) ?? assert.fail('there is no certificate')
  )
}

test('a pod logs in over mutual TLS that the server terminates itself', async () => {
  const cert = await injected()
  const key = await clientKeyPem()
  const { mode } = await stat(join(scene.container, CLIENT_PEM))
  assert.equal(mode & 0o777, 0o644)
  const answer = await send({ path: AUTHENTICATE, shown: { cert, key } })
  assert.equal(answer.status, 200)
  assert.partialDeepStrictEqual(await scene.whoIs(answer.body), {
    account: 'acme',
    username: LOGIN,
  })
})

test('over TLS a certificate without its key, and one in a header, show nothing', async () => {
  const cert = await injected()
  assert.equal((await send({ path: AUTHENTICATE })).status, 401)
  const headers = { 'X-SSL-Client-Certificate': encodeURIComponent(cert) }
  assert.deepEqual(await send({ path: AUTHENTICATE, headers }), { status: 401, body: '' })
})

test(
  'the client that Conjur gives pods logs in',
  { skip: CLIENT === undefined ? 'STRONGROOM_TEST_AUTHN_K8S_CLIENT names no program' : false },
  async () => {
    const tokenFile = join(scene.container, 'access-token')
    const { exitCode, stdout, stderr } = await transcriptOf(
      spawn(CLIENT ?? '', [], {
        stdio: 'pipe',
        env: {
          CONJUR_AUTHN_URL: `${scene.url}/authn-k8s/prod`,
          CONJUR_ACCOUNT: 'acme',
          CONJUR_AUTHN_LOGIN: LOGIN,
          CONJUR_CERT_FILE: scene.caFile,
          CONJUR_AUTHN_TOKEN_FILE: tokenFile,
          CONJUR_CLIENT_CERT_PATH: join(scene.container, CLIENT_PEM),
          CONTAINER_MODE: 'init',
          MY_POD_NAMESPACE: scene.cluster.namespace,
          MY_POD_NAME: scene.pod.name,
        },
      }),
    )
    assert.equal(exitCode, 0, stdout + stderr)
    const token = await readFile(tokenFile, 'utf8')
    assert.partialDeepStrictEqual(await scene.whoIs(token), { account: 'acme', username: LOGIN })
  },
)
