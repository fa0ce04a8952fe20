import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmod, cp, mkdir, rename, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EnrolledFactorBody } from '#api/mfa-wire.ts'
import { isEnrolledFactor, isPendingTotp } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { isPolicyLoad } from '#api/wire.ts'
import { jsonCall } from '#client/json.ts'
import { generateMasterKey } from '#crypto/master-key.ts'
import { TRANSCRIPTS } from '../../scripts/transcripts.ts'
import { authenticatorApp } from './authenticator-app.ts'
import { startDatabase, temporaryFolder } from './database.ts'
import type { TestDatabase } from './database.ts'
import { jsonOf, startNode } from './node.ts'
import type { TestNode } from './node.ts'
import type { Transcript } from './program.ts'
import { transcriptOf } from './program.ts'

/** A database with the world of the transcripts, of which each of them gets a copy. */
export interface TranscriptWorld extends AsyncDisposable {
  /** A server with that world, and a shell of its administrator, who is logged in. */
  open(name: string): Promise<TranscriptShell>
}

/** A shell in a folder of its own, which is its home; both are gone after the test. */
export interface TranscriptShell extends AsyncDisposable {
  run(command: string): Promise<Transcript>
}

/** Stands for somebody with a phone. */
const PERSON = fileURLToPath(new URL('authenticator-app-program.ts', import.meta.url))

const FILES = join(TRANSCRIPTS, 'files')
const ALICE = 'acme:user:alice'
const BOB = 'acme:user:bob'

/** Makes a {@link TranscriptWorld}. */
export async function startTranscriptWorld(): Promise<TranscriptWorld> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const data = join(folder.path, 'world')
  const masterKey = generateMasterKey()
  const world = await populated(data, masterKey)
  const program = await programFolder(folder.path)
  const all = stack.move()
  return {
    open: async (name) => {
      await using opened = new AsyncDisposableStack()
      const copy = join(folder.path, `${name}-data`)
      // Node's own copy would lose whom the files belong to.
      execFileSync('cp', ['-a', data, copy])
      const database = opened.use(await startDatabase(copy))
      const node = await startNode(environmentOf(database, copy, masterKey))
      opened.defer(() => node.stop())
      const home = await homeOf(join(folder.path, name), node.url, world.adminKey)
      const environment = {
        PATH: [program, process.env['PATH'] ?? ''].join(delimiter),
        HOME: home,
        URL: node.url,
        ALICE_KEY: world.keys.get(ALICE) ?? '',
        BOB_KEY: world.keys.get(BOB) ?? '',
        FACTOR: world.factor.factor.id,
        RECOVERY_CODE: world.factor.recovery_codes?.[0] ?? '',
        SECOND_CODE: world.factor.recovery_codes?.[1] ?? '',
      }
      const rest = opened.move()
      return {
        run: (command) => shell(command, home, environment),
        [Symbol.asyncDispose]: () => rest.disposeAsync(),
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

interface Populated {
  readonly adminKey: string
  readonly keys: ReadonlyMap<string, string>
  /** Of Alice, who has an authenticator app. */
  readonly factor: EnrolledFactorBody
}

/** Makes a database with the world in a folder, and stops it. */
async function populated(data: string, masterKey: string): Promise<Populated> {
  await mkdir(data)
  await chmod(data, 0o755)
  await using database = await startDatabase(data)
  const node = await startNode(environmentOf(database, data, masterKey))
  const keys = await populate(node)
  const factor = await enrolApp(node, 'alice', keys.get(ALICE) ?? '')
  await node.stop()
  return { adminKey: node.adminKey, keys, factor }
}

/** Gives somebody an authenticator app called `phone`. */
async function enrolApp(node: TestNode, login: string, key: string): Promise<EnrolledFactorBody> {
  const account = 'acme'
  const token = await node.tokenFor(login, key)
  const begin = jsonCall('POST', fillPath(PATHS.totpFactors, { account }), { name: 'phone' })
  const pending = jsonOf(await node.as(token, begin), 201)
  assert.ok(isPendingTotp(pending))
  const { id, uri } = pending
  const path = fillPath(PATHS.totpConfirmation, { account, id })
  const code = authenticatorApp(uri)()
  const enrolled = jsonOf(await node.as(token, jsonCall('POST', path, { code })), 200)
  assert.ok(isEnrolledFactor(enrolled))
  return enrolled
}

const environmentOf = (
  { connection: { host, user, database } }: TestDatabase,
  data: string,
  masterKey: string,
): Readonly<Record<string, string>> => ({
  STRONGROOM_DATA_DIR: join(data, 'server'),
  STRONGROOM_DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
  STRONGROOM_MASTER_KEY: masterKey,
  STRONGROOM_ACCOUNT: 'acme',
  STRONGROOM_TLS: 'off',
  STRONGROOM_PORT: '0',
  STRONGROOM_DYNAMIC_SECRETS: 'on',
})

/** Loads the policies of the world and sets its values; gives the API keys of everybody in it. */
async function populate(node: TestNode): Promise<ReadonlyMap<string, string>> {
  const token = await node.tokenFor('admin', node.adminKey)
  const account = 'acme'
  const keys = new Map<string, string>()
  for (const [id, file] of [
    ['root', 'world.yml'],
    ['shop', 'world-shop.yml'],
  ] as const) {
    const path = fillPath(PATHS.policy, { account, id })
    const body = readFileSync(join(FILES, file))
    const loaded = jsonOf(await node.as(token, { method: 'POST', path, body }), 201)
    assert.ok(isPolicyLoad(loaded))
    for (const role of Object.values(loaded.created_roles)) keys.set(role.id, role.api_key)
  }
  for (const [id, body] of [
    ['shop/db/user', 'shop'],
    ['shop/db/password', 's3cret'],
  ] as const) {
    const path = fillPath(PATHS.secret, { account, kind: 'variable', id })
    assert.equal((await node.as(token, { method: 'POST', path, body })).status, 201)
  }
  return keys
}

/** A folder with the program under its name; whoever adds an authenticator app with it has one, and types its code. */
async function programFolder(folder: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const program = `'${process.execPath}' '${resolve('bin/strongroom.js')}' "$@"`
  const person = `'${process.execPath}' '${PERSON}'`
  const script = `#!/bin/sh
case "$*" in 'mfa add totp'*) exec ${person} ${program} ;; esac
exec ${program}
`
  await writeFile(join(bin, 'strongroom'), script, { mode: 0o755 })
  return bin
}

/** A folder with the files of the transcripts, in which the administrator is logged in. */
async function homeOf(home: string, url: string, key: string): Promise<string> {
  await cp(FILES, home, { recursive: true })
  await rename(join(home, 'env'), join(home, '.env'))
  const netrc = `machine ${url}/authn\n  login admin\n  password ${key}\n`
  await writeFile(join(home, '.netrc'), netrc, { mode: 0o600 })
  await writeFile(join(home, '.conjurrc'), `account: acme\nappliance_url: ${url}\n`)
  return home
}

const shell = (
  command: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Transcript> =>
  transcriptOf(
    spawn('/bin/sh', ['-c', command], {
      cwd: folder,
      env: environment,
      stdio: 'pipe',
      detached: true,
    }),
  )
