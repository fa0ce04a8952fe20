import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { admin } from './admin-program.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const PASSWORD = 'Correct-Horse-77'

let installation: Installation
let one: TestNode
let two: TestNode
let token: string

before(async () => {
  installation = await startInstallation()
  // The addresses of the tests are those that they say.
  const more = { STRONGROOM_TRUSTED_PROXIES: '127.0.0.1', STRONGROOM_LOGIN_LOCK: '3600' }
  one = await installation.start(more)
  two = await installation.start(more)
  token = await one.tokenFor('admin', one.adminKey)
})
after(() => installation[Symbol.asyncDispose]())

/** A user with a password; resolves to its API key. */
async function addUser(name: string): Promise<string> {
  const loaded = jsonOf(
    await one.as(token, {
      method: 'POST',
      path: '/policies/acme/policy/root',
      body: `- !user ${name}`,
    }),
    201,
  )
  const key = /"api_key":"([^"]+)"/.exec(JSON.stringify(loaded))?.[1] ?? ''
  const run = await admin(
    installation.environment,
    ['role', 'reset-password', `acme:user:${name}`],
    `${PASSWORD}\n`,
  )
  assert.equal(run.exitCode, 0, run.stderr)
  assert.notEqual(key, '')
  return run.stdout.trim()
}

let lastAddress = 0

/** The status of a login from an address that nobody has used yet, unless one is given. */
async function login(
  node: TestNode,
  name: string,
  secret: string,
  address = `10.1.${++lastAddress >> 8}.${lastAddress & 255}`,
): Promise<number> {
  const credentials = Buffer.from(`${name}:${secret}`).toString('base64')
  const headers = { Authorization: `Basic ${credentials}`, 'X-Forwarded-For': address }
  const answer = await node.send({ method: 'GET', path: '/authn/acme/login', headers })
  if (answer.status !== 200) assert.equal(answer.body.toString(), '')
  return answer.status
}

async function fail(node: TestNode, name: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    assert.equal(await login(node, name, `wrong-${time}`), 401)
  }
}

test('after five wrong passwords the right one is refused as well, on every node, and the API key is not', async () => {
  const key = await addUser('bob')
  await fail(one, 'bob', 3)
  await fail(two, 'bob', 2)
  assert.equal(await login(one, 'bob', PASSWORD), 401)
  assert.equal(await login(two, 'bob', PASSWORD), 401)
  assert.equal(await login(two, 'bob', key), 200)
  await one.tokenFor('bob', key)
})

test('four wrong passwords and the right one start the count anew', async () => {
  await addUser('carol')
  await fail(one, 'carol', 4)
  assert.equal(await login(two, 'carol', PASSWORD), 200)
  await fail(two, 'carol', 4)
  assert.equal(await login(one, 'carol', PASSWORD), 200)
})

test('`aliases`: every spelling that means a user counts against that user, and no other spelling logs in', async () => {
  await addUser('dave')
  for (const [index, name] of ['dave', 'user/dave', 'dave', 'user/dave', 'dave'].entries()) {
    assert.equal(await login(index % 2 === 0 ? one : two, name, 'wrong'), 401)
  }
  for (const name of ['dave', 'user/dave']) assert.equal(await login(one, name, PASSWORD), 401)
  await addUser('erin')
  for (const name of [
    'Erin',
    'erin ',
    ' erin',
    'er\u200bin',
    'erin\u0000',
    '%65rin',
    'user%2Ferin',
  ]) {
    assert.equal(await login(one, name, PASSWORD), 401, name)
  }
  assert.equal(await login(one, 'erin', PASSWORD), 200)
})

test('a hundred guesses at once are five guesses', async () => {
  await addUser('frank')
  const guesses = Array.from({ length: 60 }, (_, index) =>
    login(index % 2 === 0 ? one : two, 'frank', `guess-${index}`),
  )
  assert.ok((await Promise.all(guesses)).every((status) => status === 401))
  const trail = jsonOf(
    await one.as(token, {
      method: 'GET',
      path: '/audit/acme?limit=1000&role=user:frank&operation=login',
    }),
  )
  const reasons = JSON.stringify(trail)
  const count = (text: string): number => reasons.split(text).length - 1
  assert.equal(count('"reason":"CONJ00002E Invalid credentials"'), 5)
  assert.equal(count('"reason":"CONJ00002E Invalid credentials: locked after failed logins"'), 55)
})

test('a lock holds for the other ways to use a password, too', async () => {
  const key = await addUser('grace')
  await fail(one, 'grace', 5)
  const basic = (secret: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(`grace:${secret}`).toString('base64')}`,
  })
  const change = (secret: string): ReturnType<TestNode['send']> =>
    one.send({
      method: 'PUT',
      path: '/authn/acme/password',
      headers: basic(secret),
      body: 'Another-Word-88',
    })
  const rotate = (secret: string): ReturnType<TestNode['send']> =>
    one.send({ method: 'PUT', path: '/authn/acme/api_key', headers: basic(secret) })
  assert.equal((await change(PASSWORD)).status, 401)
  assert.equal((await rotate(PASSWORD)).status, 401)
  assert.equal((await change(key)).status, 204)
})

test('an operator unlocks a role, beside the running servers', async () => {
  await addUser('heidi')
  await fail(one, 'heidi', 5)
  assert.equal(await login(one, 'heidi', PASSWORD), 401)
  const run = await admin(installation.environment, ['role', 'unlock', 'acme:user:heidi'])
  assert.equal(run.exitCode, 0, run.stderr)
  assert.equal(await login(two, 'heidi', PASSWORD), 200)
})

test('an address that fails with fifty names is refused, also with the right password of somebody else', async () => {
  await addUser('ivan')
  for (let name = 0; name < 50; name++) {
    assert.equal(await login(one, `nobody-${name}`, 'wrong', '10.9.9.9'), 401)
  }
  assert.equal(await login(two, 'ivan', PASSWORD, '10.9.9.9'), 401)
  assert.equal(await login(two, 'ivan', PASSWORD, '10.9.9.8'), 200)
})

test('`timing`: a locked user, a wrong password and an unknown name take as long as each other', async () => {
  await addUser('judy')
  await addUser('kim')
  await fail(one, 'kim', 5)
  const took = new Map<string, number[]>([
    ['judy', []],
    ['kim', []],
    ['nobody', []],
  ])
  for (let round = 0; round < 30; round++) {
    for (const [name, times] of took) {
      // A failure each round would lock her, so she is forgiven in between.
      if (name === 'judy') assert.equal(await login(one, 'judy', PASSWORD), 200)
      const startedAt = performance.now()
      await login(one, name, 'wrong')
      times.push(performance.now() - startedAt)
    }
  }
  const medians = [...took.values()].map((times) => times.toSorted((a, b) => a - b)[15] ?? 0)
  const [least, most] = [Math.min(...medians), Math.max(...medians)]
  assert.ok(most / least < 1.5, `medians ${medians.join(', ')} ms`)
})
