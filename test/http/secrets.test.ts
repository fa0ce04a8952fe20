import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  mustBe,
  openNode,
  resourcePath,
  secretPath,
} from './harness.ts'

const POLICY = `
- !variable db/password
- !variable { id: cert, mime_type: application/x-pem-file }
- !group readers
- !user reader
- !user viewer
- !user writer
- !user stranger
- !grant { role: !group readers, member: !user reader }
- !permit { role: !group readers, privileges: [read, execute], resource: !variable db/password }
- !permit { role: !user viewer, privileges: [read], resource: !variable db/password }
- !permit { role: !user writer, privileges: [read, update], resource: !variable db/password }
`

const DB = secretPath('db/password')

const missing = (id: string): Readonly<Record<string, unknown>> => ({
  code: 'not_found',
  message: `CONJ00076E Variable ${id} is empty or not found.`,
})

test('a value is given out byte for byte, and nobody between may keep it', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const all = Uint8Array.from({ length: 256 }, (_, index) => index)
  const set = mustBe(201, await (await node.as('writer')).post(DB, all))
  assert.equal(set.text, '')
  const reply = mustBe(200, await (await node.as('reader')).get(DB))
  assert.deepEqual(new Uint8Array(reply.bytes), all)
  assert.equal(reply.headers['content-type'], 'application/octet-stream')
  assert.equal(reply.headers['content-length'], '256')
  assert.equal(reply.headers['content-disposition'], 'attachment')
  assert.equal(reply.headers['content-transfer-encoding'], 'binary')
  assert.equal(reply.headers['cache-control'], 'no-store')
})

test('a value that does not fit one packet arrives whole', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const large = 'x'.repeat(300_000)
  await node.set('db/password', large)
  assert.equal(mustBe(200, await node.admin.get(DB)).text, large)
})

test('a variable says with which type its value goes out, also after the node has started anew', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('cert', 'pem')
  const typeOn = async ({ admin }: Pick<typeof node, 'admin'>): Promise<string | undefined> =>
    mustBe(200, await admin.get(secretPath('cert'))).headers['content-type']
  assert.equal(await typeOn(node), 'application/x-pem-file')
  await using restarted = await openNode({ database: node.database })
  assert.equal(await typeOn(restarted), 'application/x-pem-file')

  await node.load('- !variable { id: cert, mime_type: text/plain }', { method: 'PATCH' })
  assert.equal(await typeOn(node), 'text/plain')
  assert.equal(await typeOn(restarted), 'text/plain')
})

test('each version has a number, by which it can be had as long as it is kept', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  for (let number = 1; number <= 22; number++) await node.set('db/password', `value ${number}`)
  const version = async (number: number | string): Promise<readonly [number, string]> => {
    const { status, text } = await node.admin.get(`${DB}?version=${number}`)
    return [status, text]
  }
  assert.equal(mustBe(200, await node.admin.get(DB)).text, 'value 22')
  assert.deepEqual(await version(22), [200, 'value 22'])
  assert.deepEqual(await version(3), [200, 'value 3'])
  for (const number of [0, 2, 23, 999_999_999]) {
    assertError(
      404,
      missing('acme:variable:db/password'),
      await node.admin.get(`${DB}?version=${number}`),
    )
  }
  const message = "invalid type for parameter 'version'"
  for (const number of ['', 'abc', '-1', '1.5', '0x1', '1e3', '99999999999', '1%00']) {
    const reply = await node.admin.get(`${DB}?version=${number}`)
    assertError(422, { code: 'unprocessable_entity', message }, reply)
  }
})

test('the value that is there already makes no new version', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db/password', 'same')
  await node.set('db/password', 'same')
  assertError(404, missing('acme:variable:db/password'), await node.admin.get(`${DB}?version=2`))
  const updates = (await node.trail()).filter(({ kind }) => kind === 'update')
  const subject = { resource: 'acme:variable:db/password', version: 1 }
  assert.deepEqual(
    updates.map((event) => [event.result, event.subject]),
    [
      ['success', subject],
      ['success', subject],
    ],
  )
})

test('who does not see a variable learns of it no more than of one that does not exist', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db/password', 'secret')
  const stranger = await node.as('stranger')
  const nothing = secretPath('nothing')
  assertError(404, missing('acme:variable:db/password'), await stranger.get(DB))
  assertError(404, missing('acme:variable:nothing'), await stranger.get(nothing))
  for (const [path, id] of [
    [DB, 'db/password'],
    [nothing, 'nothing'],
  ] as const) {
    const full = `acme:variable:${id}`
    assertError(
      404,
      {
        code: 'not_found',
        message: `Variable '${id}' not found in account 'acme'`,
        target: 'variable',
        details: { code: 'not_found', target: 'id', message: full },
      },
      await stranger.post(path, 'mine'),
    )
  }
  const reasons = (await node.trail()).filter(({ user }) => user.endsWith('stranger'))
  assert.deepEqual(
    reasons.map(({ kind, result, reason }) => [kind, result, reason]),
    [
      ['fetch', 'failure', 'acme:variable:db/password is not visible to acme:user:stranger'],
      ['fetch', 'failure', 'CONJ00076E Variable acme:variable:nothing is empty or not found.'],
      ['update', 'failure', 'acme:variable:db/password is not visible to acme:user:stranger'],
      ['update', 'failure', "Variable 'nothing' not found in account 'acme'"],
    ],
  )
})

test('who sees a variable and lacks the privilege is refused without a word', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db/password', 'secret')
  assertSilent(403, await (await node.as('viewer')).get(DB))
  assertSilent(403, await (await node.as('viewer')).post(DB, 'mine'))
  assertSilent(403, await (await node.as('reader')).post(DB, 'mine'))
  assertSilent(403, await (await node.as('writer')).get(DB))
  assert.equal(mustBe(200, await node.admin.get(DB)).text, 'secret')
})

test('a variable without a value is as one that does not exist', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assertError(404, missing('acme:variable:db/password'), await (await node.as('reader')).get(DB))
})

test('an empty or blank value is refused', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  for (const blank of ['', ' ', '\r\n\t ']) {
    const error = { code: 'argument_error', message: "'value' may not be empty" }
    assertError(422, error, await node.admin.post(DB, blank))
  }
})

test('only variables and public keys hold values', async () => {
  await using node = await openNode()
  await node.load(`${POLICY}\n- !policy box\n- !webservice api`)
  for (const [kind, id] of [
    ['user', 'viewer'],
    ['group', 'readers'],
    ['policy', 'box'],
    ['webservice', 'api'],
  ] as const) {
    const path = `/secrets/${ACCOUNT}/${kind}/${id}`
    const error = { code: 'argument_error', message: `Invalid secret kind: ${kind}` }
    assertError(422, error, await node.admin.post(path, 'value'))
    assertError(404, missing(`acme:${kind}:${id}`), await node.admin.get(path))
  }
})

test('a public key has the form of one', async () => {
  await using node = await openNode()
  await node.load('- !user { id: alice, public_keys: [ssh-ed25519 AAAA laptop] }')
  const path = `/secrets/${ACCOUNT}/public_key/user/alice/laptop`
  assert.equal(mustBe(200, await node.admin.get(path)).text, 'ssh-ed25519 AAAA laptop')
  mustBe(201, await node.admin.post(path, 'ssh-rsa BBBB laptop\n'))
  for (const wrong of ['AAAA', 'ssh-dss AAAA x', 'ssh-rsa AAAA x\nssh-rsa BBBB y']) {
    const error = { code: 'unprocessable_entity', message: 'Invalid public key format' }
    assertError(422, error, await node.admin.post(path, wrong))
  }
})

test('an id may hold encoded characters, plain slashes and what looks like a file name', async () => {
  await using node = await openNode()
  await node.load('- !variable "a b+c/d.json"\n- !variable "é/漢"')
  for (const [encoded, value] of [
    ['a%20b+c/d.json', 'one'],
    ['a%20b%2Bc%2Fd.json', 'two'],
    ['%C3%A9/%E6%BC%A2', 'three'],
  ] as const) {
    mustBe(201, await node.admin.post(`/secrets/${ACCOUNT}/variable/${encoded}`, value))
    assert.equal(
      mustBe(200, await node.admin.get(`/secrets/${ACCOUNT}/variable/${encoded}`)).text,
      value,
    )
  }
})

test('a deleted variable takes its values along', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db/password', 'secret')
  await node.load('- !delete { record: !variable db/password }', { method: 'PATCH' })
  assertError(404, missing('acme:variable:db/password'), await node.admin.get(DB))
  await node.load('- !variable db/password', { method: 'PATCH' })
  assertError(404, missing('acme:variable:db/password'), await node.admin.get(DB))
  mustBe(200, await node.admin.get(resourcePath('variable', 'db/password')))
})
