import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Secret } from 'otpauth'
import { Pool } from 'pg'
import { isEnrolledFactor, isFactorList, isPendingTotp } from '#api/mfa-wire.ts'
import type { FactorListBody } from '#api/mfa-wire.ts'
import type { Answer } from '#client/transport.ts'
import { totpCode } from '#crypto/totp.ts'
import { admin } from './admin-program.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const STEP = 30_000

let installation: Installation
let one: TestNode
let two: TestNode
let adminToken: string

before(async () => {
  installation = await startInstallation()
  // What is locked stays so for the rest of a test.
  const more = { STRONGROOM_LOGIN_LOCK: '3600', STRONGROOM_LOGIN_LOCK_MAX: '3600' }
  one = await installation.start(more)
  two = await installation.start(more)
  adminToken = await one.tokenFor('admin', one.adminKey)
})
after(() => installation[Symbol.asyncDispose]())

const post = (node: TestNode, token: string, path: string, body: unknown): Promise<Answer> =>
  node.as(token, { method: 'POST', path, body: JSON.stringify(body) })

const verify = (node: TestNode, token: string, code: string): Promise<Answer> =>
  post(node, token, '/mfa/acme/verification', { code })

const recover = (node: TestNode, token: string, code: string): Promise<Answer> =>
  post(node, token, '/mfa/acme/verification', { recovery_code: code })

/** The `Authorization` header of a token. */
const headerOf = (token: unknown): string =>
  `Token token="${Buffer.from(JSON.stringify(token)).toString('base64')}"`

const steppedUp = (answer: Answer): string => headerOf(jsonOf(answer))

/** Makes a user; resolves to its API key. */
async function addUser(name: string): Promise<string> {
  const body = `- !user ${name}`
  const path = '/policies/acme/policy/root'
  const loaded = jsonOf(await one.as(adminToken, { method: 'POST', path, body }), 201)
  return /"api_key":"([^"]+)"/.exec(JSON.stringify(loaded))?.[1] ?? assert.fail('no API key')
}

async function factorsOf(node: TestNode, token: string): Promise<FactorListBody> {
  const list = jsonOf(await node.as(token, { method: 'GET', path: '/mfa/acme/factors' }))
  assert.ok(isFactorList(list))
  return list
}

const isLiving = async (node: TestNode, token: string): Promise<boolean> =>
  (await node.as(token, { method: 'GET', path: '/whoami' })).status === 200

interface Person {
  readonly key: string
  /** Of a token that says nothing of factors. */
  readonly token: string
  readonly factor: string
  readonly secret: Uint8Array
  readonly secretText: string
  readonly recoveryCodes: readonly string[]
  /** A code that the app shows one time step after the one that it was enrolled by, which is good already. */
  readonly nextCode: string
}

/** Makes a user with an authenticator app. */
async function addPerson(name: string): Promise<Person> {
  const key = await addUser(name)
  const token = await one.tokenFor(name, key)
  const pending = jsonOf(await post(one, token, '/mfa/acme/factors/totp', { name: 'phone' }), 201)
  assert.ok(isPendingTotp(pending))
  const secret = Secret.fromBase32(pending.secret).bytes
  const now = Date.now()
  const confirmation = `/mfa/acme/factors/totp/${pending.id}/confirmation`
  const enrolled = jsonOf(await post(two, token, confirmation, { code: totpCode(secret, now) }))
  assert.ok(isEnrolledFactor(enrolled))
  return {
    key,
    token,
    factor: enrolled.factor.id,
    secret,
    secretText: pending.secret,
    recoveryCodes: enrolled.recovery_codes ?? [],
    nextCode: totpCode(secret, now + STEP),
  }
}

test('an app that one node gave the secret of is confirmed on the other, and known to both', async () => {
  const { token, factor, recoveryCodes } = await addPerson('alice')
  assert.equal(recoveryCodes.length, 10)
  for (const node of [one, two]) {
    const { factors, recovery_codes_left: left } = await factorsOf(node, token)
    assert.deepEqual(
      factors.map(({ id, kind, name }) => [id, kind, name]),
      [[factor, 'totp', 'phone']],
    )
    assert.equal(left, 10)
  }
})

test('`totp-reuse`: of many who say one code at a time, on two nodes and with spaces, one gets a token', async () => {
  const { token, nextCode } = await addPerson('bob')
  const spelled = [nextCode, ` ${nextCode}`, `${nextCode.slice(0, 3)} ${nextCode.slice(3)}`]
  const answers = await Promise.all(
    [...spelled, ...spelled, ...spelled, ...spelled].map((code, index) =>
      verify(index % 2 === 0 ? one : two, token, code),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '))
  assert.ok(statuses.every((status) => [200, 403, 429].includes(status)))
})

test('of many who use one recovery code at a time, on two nodes, one gets a token', async () => {
  const { token, recoveryCodes } = await addPerson('carol')
  const answers = await Promise.all(
    [one, two, one, two].map((node) => recover(node, token, String(recoveryCodes[0]))),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.equal((await factorsOf(two, token)).recovery_codes_left, 9)
})

test('`aliases`: guesses on all nodes and of all kinds are counted together, and an operator ends the lock', async () => {
  const { token, nextCode, recoveryCodes } = await addPerson('dave')
  const guesses = Array.from({ length: 40 }, (_, index) => {
    const node = index % 2 === 0 ? one : two
    return index % 3 === 0
      ? recover(node, token, `0000-0000-0000-00${index + 10}`)
      : verify(node, token, `x${index}`)
  })
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 403).length, 5)
  assert.equal(statuses.filter((status) => status === 429).length, 35)
  const locked = await verify(two, token, nextCode)
  assert.equal(locked.status, 429)
  assert.ok(Number(locked.headers['retry-after']) > 3000)
  const run = await admin(installation.environment, ['role', 'unlock', 'acme:user:dave'])
  assert.equal(run.exitCode, 0, run.stderr)
  assert.equal((await recover(one, token, String(recoveryCodes[0]))).status, 200)
})

test('`stale-token`: a factor that is removed on one node ends what it stepped up on the other', async () => {
  const { token, factor, recoveryCodes } = await addPerson('erin')
  const fresh = steppedUp(await recover(two, token, String(recoveryCodes[0])))
  assert.ok(await isLiving(two, fresh))
  const removed = await one.as(fresh, { method: 'DELETE', path: `/mfa/acme/factors/${factor}` })
  const next = steppedUp(removed)
  for (const dead of [fresh, token]) assert.equal(await isLiving(two, dead), false)
  assert.deepEqual(await factorsOf(two, next), { factors: [], recovery_codes_left: 0 })
})

test('of first factors that are enrolled at a time on two nodes one is the first one, and the others want it proven', async () => {
  const token = await one.tokenFor('gina', await addUser('gina'))
  const pending = await Promise.all(
    [one, two, one, two].map((node) => post(node, token, '/mfa/acme/factors/totp', {})),
  )
  const answers = await Promise.all(
    pending.map((begun, index) => {
      const app = jsonOf(begun, 201)
      assert.ok(isPendingTotp(app))
      const code = totpCode(Secret.fromBase32(app.secret).bytes, Date.now())
      const path = `/mfa/acme/factors/totp/${app.id}/confirmation`
      return post(index < 2 ? one : two, token, path, { code })
    }),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '))
  assert.equal(statuses.filter((status) => status === 403).length, 3, statuses.join(' '))
  assert.equal((await factorsOf(two, token)).factors.length, 1)
})

test('`stale-token`: what is stepped up on one node while the factor is removed on the other does not outlive it', async () => {
  const { token, factor, recoveryCodes } = await addPerson('hugo')
  const fresh = steppedUp(await recover(one, token, String(recoveryCodes[0])))
  const remove = { method: 'DELETE', path: `/mfa/acme/factors/${factor}` } as const
  const [removed, ...proofs] = await Promise.all([
    one.as(fresh, remove),
    ...recoveryCodes.slice(1, 5).map((code) => recover(two, token, code)),
  ])
  assert.equal(removed.status, 200)
  for (const proof of proofs) {
    const isDead = proof.status !== 200 || !(await isLiving(two, steppedUp(proof)))
    assert.ok(isDead)
  }
})

test('an operator takes the factors of somebody who lost them, beside the running servers', async () => {
  const { key, token } = await addPerson('frank')
  const reset = (role: string): ReturnType<typeof admin> =>
    admin(installation.environment, ['role', 'reset-factors', role])
  const run = await reset('acme:user:frank')
  assert.deepEqual([run.exitCode, run.stderr], [0, 'acme:user:frank has no second factors\n'])
  assert.equal(await isLiving(one, token), false)
  const anew = await two.tokenFor('frank', key)
  assert.deepEqual(await factorsOf(two, anew), { factors: [], recovery_codes_left: 0 })
  assert.equal((await reset('acme:user:nobody')).exitCode, 6)
  const root = '/policies/acme/policy/root'
  jsonOf(await one.as(adminToken, { method: 'POST', path: root, body: '- !host box' }), 201)
  assert.equal((await reset('acme:host:box')).exitCode, 2)
  const path = '/audit/acme?operation=reset'
  const trail = JSON.stringify(jsonOf(await one.as(adminToken, { method: 'GET', path })))
  assert.match(trail, /"user":"operator".*acme:user:frank/)
})

test('`db-theft`: neither the secret of an app nor a recovery code is in the database or in a log', async () => {
  const { secret, secretText, recoveryCodes } = await addPerson('grace')
  const pool = new Pool({ connectionString: installation.environment['STRONGROOM_DATABASE_URL'] })
  try {
    const rows = await Promise.all(
      ['factor', 'recovery_code', 'audit', 'used_once'].map((table) =>
        pool.query<{ row: string }>(`select row_to_json(${table})::text as row from ${table}`),
      ),
    )
    const stored = rows.flatMap((result) => result.rows.map(({ row }) => row)).join('\n')
    assert.match(stored, /acme:user:grace/)
    const canaries = [secretText, Buffer.from(secret).toString('hex'), ...recoveryCodes]
    for (const canary of canaries) assert.ok(!stored.includes(canary))
    const log = [...one.log, ...two.log].join('\n')
    for (const canary of canaries) assert.ok(!log.includes(canary))
  } finally {
    await pool.end()
  }
})

test('an export takes factors along, and they open where it is put back under the same master key', async () => {
  const { key, nextCode, recoveryCodes, factor } = await addPerson('heidi')
  const exported = await admin(installation.environment, [
    'export',
    '-o',
    installation.folder,
    '-l',
    'factors',
  ])
  assert.equal(exported.exitCode, 0, exported.stderr)
  await using fresh = await startInstallation()
  const environment = {
    ...fresh.environment,
    STRONGROOM_MASTER_KEY: installation.environment['STRONGROOM_MASTER_KEY'] ?? '',
  }
  const file = join(installation.folder, 'factors.strongroom')
  const restored = await admin(environment, ['restore', file])
  assert.equal(restored.exitCode, 0, restored.stderr)
  const again = await fresh.start(environment)
  const token = await again.tokenFor('heidi', key)
  const { factors, recovery_codes_left: left } = await factorsOf(again, token)
  assert.deepEqual([factors.map(({ id }) => id), left], [[factor], 10])
  assert.equal((await verify(again, token, nextCode)).status, 200)
  assert.equal((await recover(again, token, String(recoveryCodes[9]))).status, 200)
})
