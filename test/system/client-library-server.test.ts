import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openStrongroom, StrongroomError } from '#client/library.ts'
import type { Strongroom, StrongroomOptions } from '#client/library.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { freePort } from './processes.ts'

const MANY = Array.from({ length: 1100 }, (_, at) => `many/v${String(at).padStart(4, '0')}`)
const POLICY = `
- !user bob
- !host app
- !variable db/password
- !variable db/user
- !variable hidden
- !permit { role: !host app, privileges: [read, execute], resource: !variable db/password }
- !permit { role: !host app, privileges: [read, execute, update], resource: !variable db/user }
${MANY.map((name) => `- !variable ${name}`).join('\n')}
`

let scene: Scene
let port: number
let adminKey: string
let appKey: string

const open = (more: Partial<StrongroomOptions> = {}): Strongroom =>
  openStrongroom({
    url: `http://127.0.0.1:${port}`,
    account: 'acme',
    credentials: { kind: 'apiKey', login: 'admin', key: () => adminKey },
    ...more,
  })

/** Replaces the API key of a role, and gives the new one; its tokens end with the old one. */
async function rotate(role: string): Promise<string> {
  const path = `/authn/acme/api_key?role=${encodeURIComponent(role)}`
  return (await scene.as('admin', 'PUT', path)).body.toString()
}

before(async () => {
  port = await freePort()
  scene = await startScene([['root', POLICY]], { STRONGROOM_PORT: String(port) })
  adminKey = scene.node.adminKey
  appKey = await rotate('host:app')
  await scene.set('db/password', 'canary-7f3a')
  await scene.set('db/user', 'shop')
})
after(() => scene[Symbol.asyncDispose]())

const openApp = (): Strongroom =>
  open({ credentials: { kind: 'apiKey', login: 'host/app', key: () => appKey } })

/** How often `host/app` logged in so far. */
async function logins(): Promise<number> {
  const records = (await scene.trail(400)) as { readonly kind: string; readonly user: string }[]
  return records.filter(({ kind, user }) => kind === 'authn' && user === 'acme:host:app').length
}

test('after the key was rotated 100 calls at once go on with one new authentication', async () => {
  await using app = openApp()
  assert.equal((await app.whoami()).login, 'host/app')
  const earlier = await logins()
  appKey = await rotate('host:app')
  await Promise.all(Array.from({ length: 100 }, () => app.secret('db/user')))
  assert.equal(await logins(), earlier + 1)
})

test('500 values come in one request, and those that may not be read are told by name', async () => {
  await using admin = open()
  const ids = MANY.slice(0, 500)
  await Promise.all(ids.map((id, at) => admin.setSecret(id, Buffer.from([0, 255, at % 256]))))
  const values = await admin.secrets(ids)
  const records = await scene.trail(500)
  assert.deepEqual([...new Set(records.map(({ kind }) => kind))], ['fetch'])
  assert.equal(new Set(records.map(({ request }) => request)).size, 1)
  assert.deepEqual([...values.keys()], ids)
  assert.deepEqual(values.get('many/v0007'), Buffer.from([0, 255, 7]))
  await using app = openApp()
  await assert.rejects(app.secrets(['db/user', 'hidden', 'variable:nowhere']), (error: unknown) => {
    assert.ok(error instanceof StrongroomError)
    assert.deepEqual(error.ids, ['hidden', 'variable:nowhere'])
    assert.match(error.message, /^`hidden` and `variable:nowhere` cannot be read/)
    assert.ok(error.code === 'not_found' || error.code === 'forbidden')
    return true
  })
  assert.deepEqual([...(await app.readableSecrets(['db/user', 'hidden'])).keys()], ['db/user'])
})

test('a refusal of hundreds of values names some of them in its message and all of them in its ids', async () => {
  await using app = openApp()
  const error: unknown = await app.secrets(MANY.slice(0, 300)).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof StrongroomError)
  assert.equal(error.ids.length, 300)
  assert.match(error.message, /v0004`, and 295 more cannot be read/)
})

test('all resources are listed, however many pages they are', async () => {
  await using admin = open()
  const listed = await admin.list({ kind: 'variable', search: 'many' })
  assert.deepEqual(
    listed.map(({ id }) => id),
    MANY.map((name) => `acme:variable:${name}`),
  )
  assert.equal(listed[0]?.owner, 'acme:user:admin')
})

test('what may be done is told, also of somebody else', async () => {
  await using admin = open()
  await using app = openApp()
  assert.equal(await app.check('variable:db/password', 'execute'), true)
  assert.equal(await app.check('variable:db/password', 'update'), false)
  assert.equal(await app.check('variable:nowhere', 'execute'), false)
  assert.equal(await admin.check('variable:hidden', 'execute', { role: 'host:app' }), false)
})

test('older versions stay readable, and a value goes in and out byte for byte', async () => {
  await using app = openApp()
  await app.setSecret('db/user', 'grüße')
  assert.equal(await app.secretText('db/user'), 'grüße')
  assert.equal(await app.secretText('db/user', { version: 1 }), 'shop')
  await app.setSecret('db/user', 'shop')
})

test('a watch sees each change, outlives a restart of the server, and ends without a word', async () => {
  await using admin = open()
  const failures: string[] = []
  await using app = open({
    credentials: { kind: 'apiKey', login: 'host/app', key: () => appKey },
    attempts: 1,
  })
  const end = new AbortController()
  const told = Promise.withResolvers<undefined>()
  const changes = app.watch(['db/user', 'db/password', 'hidden'], {
    intervalMs: 100,
    signal: end.signal,
    onFailure: ({ code }) => {
      failures.push(code)
      told.resolve(undefined)
    },
  })
  const next = async (): Promise<string> => {
    const step = await changes.next()
    assert.ok(step.done !== true)
    return `${step.value.id}=${step.value.value?.toString() ?? 'none'}`
  }
  assert.deepEqual(
    [await next(), await next(), await next()],
    ['db/user=shop', 'db/password=canary-7f3a', 'hidden=none'],
  )
  await admin.setSecret('db/user', 'second')
  await admin.setSecret('db/user', 'third')
  assert.equal(await next(), 'db/user=third')
  const waiting = next()
  await scene.node.stop()
  await told.promise
  await scene.installation.start({ STRONGROOM_PORT: String(port) })
  await admin.setSecret('db/password', 'rotated')
  assert.equal(await waiting, 'db/password=rotated')
  assert.ok(failures.every((code) => code === 'unreachable' || code === 'unavailable'))
  const last = changes.next()
  end.abort()
  assert.deepEqual(await last, { done: true, value: undefined })
})
