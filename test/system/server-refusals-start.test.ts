import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { generateMasterKey } from '#crypto/master-key.ts'
import { mustBe, mustBeLoaded } from './rest.ts'
import { type HomeStart, type ServerHome, serverHome } from './server-home.ts'

/** Stands where a secret could stand; nobody may print it. */
const CANARY = 'canary-7f3a91'
const SECRET = 'kept through every refusal'
const NOBODY = 65_534

let home: ServerHome

before(async () => {
  home = await serverHome()
  const server = await home.start()
  const admin = await home.admin(server)
  mustBeLoaded(await admin.load('- !variable kept\n'))
  mustBe(201, await admin.write('kept', SECRET))
  assert.equal(await server.stop(), 0)
})
after(() => home[Symbol.asyncDispose]())

/** The start must fail as configuration does, in words alone. */
async function mustBeRefused(message: RegExp, start: HomeStart): Promise<void> {
  const { exitCode, text } = await home.refusal(start)
  assert.match(text, message)
  assert.equal(exitCode, 3)
  assert.match(text, /^strongroom server: /m)
  assert.doesNotMatch(text, /^\s+at /m)
  assert.doesNotMatch(text, new RegExp(CANARY))
}

const SETTINGS: readonly (readonly [what: string, message: RegExp, start: HomeStart])[] = [
  [
    'an unknown flag',
    /`--prot` is not a setting\n {2}did you mean port\?/,
    { flags: ['--prot', '1'] },
  ],
  [
    'an unknown environment variable',
    /`STRONGROOM_ACOUNT` is not a setting\n {2}did you mean account\?/,
    { environment: { STRONGROOM_ACOUNT: CANARY } },
  ],
  [
    'an invalid value',
    /STRONGROOM_HOST_TOKEN_TTL is not a whole number from 1 to 18000/,
    { environment: { STRONGROOM_HOST_TOKEN_TTL: CANARY } },
  ],
  [
    'a secret on the command line',
    /--master-key may not stand on a command line/,
    { flags: ['--master-key', CANARY] },
  ],
  [
    'a malformed master key in the environment',
    /the master key is not 32 bytes in base64/,
    { environment: { STRONGROOM_MASTER_KEY: CANARY } },
  ],
  [
    'a DATABASE_URL of another kind',
    /DATABASE_URL is not a postgres:\/\/ URL/,
    { environment: { DATABASE_URL: `mysql://root:${CANARY}@db/x` } },
  ],
  [
    'a certificate file that is not there',
    /there is no file \/nonexistent\/cert\.pem/,
    { flags: ['--tls-cert', '/nonexistent/cert.pem', '--tls-key', '/nonexistent/key.pem'] },
  ],
  [
    'a folder in place of a file',
    /cannot read \/tmp: illegal operation on a directory/,
    { flags: ['--tls-cert', '/tmp', '--tls-key', '/tmp'] },
  ],
]

for (const [what, message, start] of SETTINGS) {
  test(`${what} stops the start, and is named (attack \`error-canary\`)`, () =>
    mustBeRefused(message, start))
}

test('a port that somebody has stops the start', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  try {
    await once(other, 'listening')
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const { port } = address
    await mustBeRefused(
      new RegExp(`cannot listen on 127.0.0.1:${port}: another program listens there\n  choose`),
      { flags: ['--port', String(port)] },
    )
  } finally {
    other.close()
  }
})

test('a certificate and the key of another stop the start', async () => {
  const names = { hostnames: ['localhost'], addresses: [], now: new Date(), days: 1 }
  const [one, other] = await Promise.all([createTlsIdentity(names), createTlsIdentity(names)])
  const cert = join(home.folder, 'one.pem')
  const key = join(home.folder, 'other.key')
  await writeFile(cert, one.certPem)
  await writeFile(key, other.keyPem)
  const start = { flags: ['--tls-cert', cert, '--tls-key', key] }
  await mustBeRefused(/the key in .*other\.key is not the one of the certificate in /, start)
})

/** Puts other content in place of a file of the data directory, or nothing, for as long as `use` takes. */
async function replaced(
  file: string,
  content: string | undefined,
  use: () => Promise<void>,
): Promise<void> {
  const path = join(home.dataDir, file)
  const kept = join(home.folder, 'kept')
  await rename(path, kept)
  try {
    if (content !== undefined) await writeFile(path, content)
    await use()
  } finally {
    await rename(kept, path)
  }
}

const FILES: readonly (readonly [
  what: string,
  file: string,
  content: string | undefined,
  message: RegExp,
])[] = [
  [
    'data of another PostgreSQL',
    'postgres/data/PG_VERSION',
    '17\n',
    /was written by PostgreSQL 17, and this program has 18\n {2}move it with pg_dump/,
  ],
  [
    'another master key',
    'master.key',
    `${generateMasterKey()}\n`,
    /this database was sealed with another master key\n {2}start with the master key/,
  ],
  [
    'a missing master key',
    'master.key',
    undefined,
    /the master key is missing: there is no .*master\.key\n {2}put the file back/,
  ],
  ['a malformed master key', 'master.key', CANARY, /the master key is not 32 bytes in base64/],
]

for (const [what, file, content, message] of FILES) {
  test(`${what} stops the start, and nothing is made in its place`, () =>
    replaced(file, content, async () => {
      await mustBeRefused(message, {})
      const path = join(home.dataDir, file)
      if (content === undefined) await assert.rejects(readFile(path), { code: 'ENOENT' })
      else assert.equal(await readFile(path, 'utf8'), content)
    }))
}

test('a file in place of the data directory stops the start and stays', async () => {
  const dataDir = join(home.folder, 'a-file')
  await writeFile(dataDir, 'of the operator')
  await mustBeRefused(/cannot mkdir .*a-file: file already exists\n {2}check what is there/, {
    dataDir,
  })
  assert.equal(await readFile(dataDir, 'utf8'), 'of the operator')
})

for (const [what, name, message] of [
  ['a data directory that may not be written', '', /the data directory .* cannot be written/],
  ['a data directory that may not be made', 'new', /cannot mkdir .*: permission denied/],
] as const) {
  test(`${what} stops the start`, async () => {
    const locked = join(home.folder, 'locked')
    await mkdir(locked)
    await chmod(locked, 0o555)
    try {
      // Root may write everywhere.
      const user = process.getuid?.() === 0 ? { user: NOBODY } : {}
      await mustBeRefused(message, { dataDir: join(locked, name), ...user })
    } finally {
      await rm(locked, { recursive: true })
    }
  })
}

test('after all these refusals everything is still there', async () => {
  const admin = await home.admin(await home.start())
  assert.equal(mustBe(200, await admin.read('kept')).body.toString(), SECRET)
})
