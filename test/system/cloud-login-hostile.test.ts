import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { after, before, beforeEach, test } from 'node:test'
import { openFromEnvironment } from '#client/library.ts'
import { questionsTo, startPlatformService } from './platform-service.ts'
import type { PlatformService } from './platform-service.ts'
import { runProgram } from './program.ts'
import type { Transcript } from './program.ts'
import { freePort } from './processes.ts'
import { startStandIn } from './stand-in-server.ts'
import type { StandIn } from './stand-in-server.ts'

// What a program does where the service of its cloud is not there, is somebody else, or wants to harm.

const stack = new AsyncDisposableStack()
let server: StandIn
let platform: PlatformService

before(async () => {
  server = stack.use(await startStandIn())
  platform = stack.use(await startPlatformService())
})
beforeEach(() => {
  server.seen.length = 0
  platform.asked.length = 0
  platform.answer = undefined
})
after(() => stack.disposeAsync())

const CLOUDS = ['gcp', 'azure', 'iam'] as const

/** The environment of a workload of this cloud, whose services are at `host`. */
function workload(type: (typeof CLOUDS)[number], host: string): Record<string, string> {
  const { CONJUR_AUTHN_API_KEY: _, ...environment } = server.environment
  return {
    ...environment,
    CONJUR_AUTHN_TYPE: type,
    CONJUR_SERVICE_ID: 'prod',
    CONJUR_AUTHN_LOGIN: 'host/shop/cart',
    GCE_METADATA_HOST: host,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${host}`,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${host}`,
  }
}

const login = (type: (typeof CLOUDS)[number], host = platform.host): Promise<Transcript> =>
  runProgram('cli', ['login', '--debug'], { environment: workload(type, host) })

/** How a program must end that could not learn who it is: it says why, shows nothing of what it was told, and did not ask the server. */
function assertEnds({ exitCode, stdout, stderr }: Transcript, code: number, why: RegExp): void {
  assert.equal(exitCode, code, stderr)
  assert.equal(stdout, '')
  assert.match(stderr, why)
  assert.match(stderr, /this machine is (?:not on|no instance)/)
  assert.doesNotMatch(stderr, /c4n4ry/)
  assert.deepEqual(server.seen, [])
}

test('where there is no such service, it is told who was asked and what to do, at once', async () => {
  const host = `127.0.0.1:${await freePort()}`
  for (const type of CLOUDS) {
    const started = performance.now()
    const ended = await login(type, host)
    assertEnds(ended, 9, /does not tell who this is: http:\/\/127\.0\.0\.1:\d+\/.*refused/)
    assert.ok(performance.now() - started < 5000)
  }
})

test('a service that hangs is given up after three attempts', async () => {
  platform.answer = () => undefined
  const started = performance.now()
  const ends = await Promise.all(CLOUDS.map((type) => login(type)))
  assert.ok(performance.now() - started < 12_000)
  for (const ended of ends) assertEnds(ended, 9, /did not answer within 2 seconds/)
  assert.equal(platform.asked.length, 9)
})

// Text without an end.
function* endless(): Generator<string> {
  for (;;) yield 'c4n4ry'.repeat(4096)
}

test('a service that does not stop answering is stopped', async () => {
  for (const type of CLOUDS) {
    const closed = Promise.withResolvers<void>()
    platform.answer = (_, response) => {
      response.writeHead(200, { 'Metadata-Flavor': 'Google' })
      pipeline(endless, response).then(closed.reject, () => closed.resolve())
    }
    assertEnds(await login(type), 2, /the answer of the server is too large/)
    await closed.promise
  }
})

test('a redirect leads nowhere', async () => {
  platform.answer = (_, response) => {
    response.writeHead(302, { location: `${platform.url}/c4n4ry` }).end()
  }
  for (const type of CLOUDS) {
    platform.asked.length = 0
    assertEnds(await login(type), 3, /answered with status 302/)
    assert.equal(platform.asked.length, 1)
  }
})

const html: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>\nc4n4ry</html>')
}

test('a page where there should be a token is none', async () => {
  platform.answer = html
  for (const type of CLOUDS) assertEnds(await login(type), 1, /the answer of http:/)
})

test('an instance without a role, and a machine without an identity, are told so', async () => {
  platform.answer = ({ method }, response) => {
    if (method === 'PUT') response.end('s')
    else response.writeHead(404).end('c4n4ry')
  }
  assertEnds(await login('iam'), 3, /security-credentials\/ answered with status 404/)
  assert.deepEqual(questionsTo(platform), [
    'PUT /latest/api/token',
    'GET /latest/meta-data/iam/security-credentials/',
  ])
  assertEnds(await login('azure'), 3, /oauth2\/token answered with status 404/)
  assertEnds(await login('gcp'), 3, /identity answered with status 404/)
})

test('a service that cannot serve just now is asked again', async () => {
  let times = 0
  platform.answer = (_, response) => {
    times += 1
    if (times < 3) response.writeHead(503, { 'Retry-After': '0' }).end()
    else response.writeHead(200, { 'Metadata-Flavor': 'Google' }).end('a.b.c')
  }
  server.answer = ({ path, body }) => {
    if (path !== '/authn-gcp/acme/authenticate') return undefined
    return body.toString() === 'jwt=a.b.c' ? [200, server.issue('host/shop/cart')] : [401]
  }
  const { exitCode, stderr } = await login('gcp')
  assert.deepEqual([exitCode, stderr], [0, 'POST /authn-gcp/acme/authenticate 200\n'])
  server.answer = () => undefined
})

test('a program that gives up does not wait for the service, and is told the same', async () => {
  platform.answer = () => undefined
  const environment = workload('gcp', platform.host)
  const strongroom = await openFromEnvironment({ environment, home: server.folder, timeoutMs: 300 })
  await assert.rejects(strongroom.secret('x'), { code: 'unreachable', message: /0\.3 seconds/ })
  strongroom.close()
  platform.answer = html
  const other = await openFromEnvironment({ environment, home: server.folder })
  await assert.rejects(other.secret('x'), { code: 'corrupt', message: /^Google Cloud does not/ })
  other.close()
})
