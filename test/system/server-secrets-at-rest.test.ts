import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { generateMasterKey } from '#crypto/master-key.ts'
import { readAdminKey, type ServerProcess } from '../../scripts/server-process.ts'
import { startDatabase } from './database.ts'
import { childrenOf, mustHavePostmaster } from './processes.ts'
import { mustBe, mustBeLoaded, type Rest } from './rest.ts'
import { type ServerHome, serverHome } from './server-home.ts'

const POLICY = `
- !user alice
- !host app
${['one', 'two', 'old', 'altered', 'whole'].map((id) => `- !variable named/${id}`).join('\n')}
`
const VALUE = 'canary-value-5d2c8e'
const PASSWORD = 'Canary-Password-17!'
const masterKey = generateMasterKey()
const environment = { STRONGROOM_MASTER_KEY: masterKey }

let home: ServerHome
/** The administrator's key: its file is deleted, as its owner is told to. */
let adminKey: string
/** Whatever nobody may find: values, keys, a password. */
let secrets: readonly string[]

before(async () => {
  home = await serverHome()
  const server = await home.start({ environment })
  const admin = await home.admin(server)
  adminKey = await readAdminKey(home.dataDir)
  await rm(join(home.dataDir, 'admin-api-key'))
  const { created_roles: roles } = mustBeLoaded(await admin.load(POLICY))
  const aliceKey = roles['default:user:alice']?.api_key ?? ''
  mustBe(204, await setPassword(admin, aliceKey))
  const loginKey = mustBe(200, await logIn(admin)).body.toString()
  for (const id of ['one', 'two', 'old', 'altered', 'whole']) {
    mustBe(201, await admin.write(`named/${id}`, `${VALUE}-${id}`))
  }
  mustBe(201, await admin.write('named/old', `${VALUE}-new`))
  mustBe(200, await admin.read('named/one'))
  const appKey = roles['default:host:app']?.api_key ?? ''
  secrets = [VALUE, PASSWORD, masterKey, adminKey, aliceKey, appKey, loginKey]
  assert.ok(secrets.every((secret) => secret.length > 10))
  mustKeepToItself(server)
  assert.equal(await server.stop(), 0)
})
after(() => home[Symbol.asyncDispose]())

const basic = (login: string, secret: string): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
})

const setPassword = (rest: Rest, key: string): ReturnType<Rest['send']> =>
  rest.send({
    method: 'PUT',
    path: '/authn/default/password',
    headers: basic('alice', key),
    body: PASSWORD,
  })

const logIn = (rest: Rest): ReturnType<Rest['send']> =>
  rest.send({
    method: 'GET',
    path: '/authn/default/login',
    headers: basic('alice', PASSWORD),
  })

/** No process shows a secret in its arguments, and the database's have none in their environment (attack `argv/env`). */
function mustKeepToItself(server: ServerProcess): void {
  const postmaster = mustHavePostmaster(home.dataDir)
  const database = [postmaster, ...childrenOf(postmaster)]
  const shown = [
    ...[server.pid, ...database].map((pid) => `/proc/${pid}/cmdline`),
    ...database.map((pid) => `/proc/${pid}/environ`),
  ].map((path) => readFileSync(path, 'latin1'))
  assert.ok(shown.every((text) => text !== ''))
  assert.deepEqual(found(shown.join('\n')), [])
  const own = readFileSync(`/proc/${server.pid}/environ`, 'latin1').replace(masterKey, '')
  assert.deepEqual(found(own), [])
  assert.deepEqual(found(server.lines.join('\n')), [])
}

/** The secrets that stand in `text`, read byte by byte, in one form or another. */
const found = (text: string): readonly string[] =>
  secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))

/** How a secret may stand in a file: as it is, in hexadecimal, in base64 at any of its three alignments, in UTF-16. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const inBase64 = [0, 1, 2].map((shift) =>
    // The first and last group depend on the neighbours.
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  )
  return [
    secret,
    hex,
    hex.toUpperCase(),
    ...inBase64,
    ...inBase64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    Buffer.from(secret, 'utf16le').toString('latin1'),
  ]
}

test('a stolen data directory holds no value, key or password in any form (attack `db-theft`)', () => {
  const files = readdirSync(home.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  assert.ok(
    files.some((text) => text.includes('named/whole')),
    'the search does not see what is surely there',
  )
  assert.deepEqual(
    files.flatMap((text) => found(text)),
    [],
  )
})

/** What a thief or a saboteur does to the database behind the server's back. */
async function tamper(): Promise<void> {
  await using database = await startDatabase(home.dataDir)
  const client = new Client({ ...database.connection })
  await client.connect()
  try {
    for (const statement of TAMPERING) {
      const { rowCount } = await client.query(statement)
      assert.ok((rowCount ?? 0) > 0, statement)
    }
  } finally {
    await client.end()
  }
}

const TAMPERING = [
  // Each gets the value of the other.
  `update secret set sealed = other.sealed from secret as other
   where (secret.resource, other.resource) in (
     ('default:variable:named/one', 'default:variable:named/two'),
     ('default:variable:named/two', 'default:variable:named/one'))`,
  // The old value comes back under the newest number.
  `update secret set sealed = other.sealed from secret as other
   where secret.resource = 'default:variable:named/old' and secret.version = 2
     and other.resource = secret.resource and other.version = 1`,
  `update secret set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)
   where resource = 'default:variable:named/altered'`,
]

test('a value that was swapped, rolled back or altered in the database is not given out, and the trail knows (attacks `db-theft`, `rollback`)', async () => {
  await tamper()
  const server = await home.start({ environment })
  const admin = await home.admin(server, adminKey)
  for (const id of ['one', 'two', 'old', 'altered']) {
    const request = `read-${id}`
    const path = `/secrets/default/variable/named%2F${id}`
    const answer = await admin.send({ method: 'GET', path, headers: { 'X-Request-Id': request } })
    mustBe(500, answer)
    assert.match(answer.body.toString(), /"code":"internal_error"/)
    assert.deepEqual(found(answer.body.toString('latin1')), [])
    const events = (await admin.trail()).filter(({ event }) => event.request === request)
    assert.deepEqual(
      events.map(({ event }) => [event.kind, event.result]),
      [['fetch', 'failure']],
    )
  }
  const both = '/secrets?variable_ids=default:variable:named%2Fwhole,default:variable:named%2Fone'
  mustBe(500, await admin.get(both))
  const first = await admin.get('/secrets/default/variable/named%2Fold?version=1')
  assert.equal(mustBe(200, first).body.toString(), `${VALUE}-old`)
  assert.equal(mustBe(200, await admin.read('named/whole')).body.toString(), `${VALUE}-whole`)
  assert.deepEqual(found(server.lines.join('\n')), [])

  mustBe(201, await admin.write('named/one', 'set again'))
  assert.equal(mustBe(200, await admin.read('named/one')).body.toString(), 'set again')
})
