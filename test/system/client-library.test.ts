import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect, promisify } from 'node:util'
import { openStrongroom } from '#client/library.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { startStandIn } from './stand-in-server.ts'

const run = promisify(execFile)

/** The Node of this test, and every other that is installed here and new enough for the library. */
async function installedNodes(): Promise<readonly string[]> {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const nodes = [process.execPath, ...found.filter(existsSync)].map((path) => realpathSync(path))
  const versions = new Map<string, string>()
  for (const node of nodes) {
    const { stdout } = await run(node, ['-p', 'process.versions.node'])
    if (Number.parseInt(stdout, 10) >= 20) versions.set(stdout, node)
  }
  return [...versions.values()]
}

let scene: Scene
let consumer: TemporaryFolder
let environment: Readonly<Record<string, string>>

before(async () => {
  scene = await startScene([['root', '- !variable db/password\n- !variable db/user\n']])
  await scene.set('db/password', 'canary-7f3a')
  await scene.set('db/user', 'shop')
  consumer = await temporaryFolder()
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer.path])
  await run('sh', ['-c', 'tar -xzf *.tgz'], { cwd: consumer.path })
  await mkdir(join(consumer.path, 'node_modules'))
  await rename(join(consumer.path, 'package'), join(consumer.path, 'node_modules/strongroom'))
  for (const name of ['@types', 'undici-types']) {
    await symlink(resolve('node_modules', name), join(consumer.path, 'node_modules', name))
  }
  await writeFile(join(consumer.path, 'package.json'), '{ "type": "module" }')
  environment = {
    HOME: consumer.path,
    CONJUR_APPLIANCE_URL: scene.node.url,
    CONJUR_ACCOUNT: 'acme',
    CONJUR_AUTHN_LOGIN: 'admin',
    CONJUR_AUTHN_API_KEY: scene.node.adminKey,
  }
})
after(async () => {
  await consumer[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})

test('the examples of the page run on every Node that they are for', async () => {
  const page = readFileSync('docs/reference/client.md', 'utf8')
  const examples = [...page.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code)
  assert.equal(examples.length, 3)
  for (const node of await installedNodes()) {
    await scene.set('db/password', 'canary-7f3a')
    const printed: string[] = []
    const { stdout: version } = await run(node, ['-p', 'process.versions.node'])
    for (const [at, code] of examples.entries()) {
      if (code.includes('await using') && Number.parseInt(version, 10) < 24) continue
      const file = join(consumer.path, `example-${at}.js`)
      await writeFile(file, code)
      printed.push((await run(node, [file], { env: environment })).stdout)
    }
    assert.deepEqual(printed.slice(-2), ['2\n', 'db/user 4\n'])
  }
})

test('a program in TypeScript is checked against the types that are published', async () => {
  const file = join(consumer.path, 'consumer.ts')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', file]
  const check = (): ReturnType<typeof run> =>
    run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...options], {
      cwd: consumer.path,
    })
  const good = `import { openFromEnvironment, type SecretChange, type Strongroom } from 'strongroom/client'
const strongroom: Strongroom = await openFromEnvironment({ attempts: 2 })
const value: Buffer = await strongroom.secret('db/password')
for await (const change of strongroom.watch(['db/user'])) { const { id }: SecretChange = change; console.log(id, value); break }
strongroom.close()
`
  await writeFile(file, good)
  await check()
  await writeFile(file, good.replace('value: Buffer', 'value: number'))
  await assert.rejects(check(), /TS2322/)
})

test('another certificate than the pinned one is not trusted, and the pinned one is', async () => {
  await using server = await startStandIn()
  const open = (fingerprint: string): ReturnType<typeof openStrongroom> =>
    openStrongroom({
      url: server.url,
      account: 'acme',
      credentials: { kind: 'apiKey', login: 'admin', key: 'admin-key' },
      ca: server.certPem,
      fingerprint,
    })
  await using pinned = open(server.fingerprint)
  assert.equal((await pinned.whoami()).username, 'admin')
  await using other = open('00'.repeat(32))
  await assert.rejects(other.whoami(), { code: 'untrusted' })
  assert.throws(() => open('00'), { code: 'configuration' })
})

test('what fails holds neither the value nor the key, and nothing is asked after the end', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path.startsWith('/secrets') ? [422] : undefined)
  const credentials = { kind: 'apiKey', login: 'admin', key: 'admin-key' } as const
  const strongroom = openStrongroom({
    url: server.url,
    account: 'acme',
    ca: server.certPem,
    credentials,
  })
  const failure: unknown = await strongroom
    .setSecret('a', 'canary-7f3a')
    .catch((error: unknown) => error)
  assert.doesNotMatch(inspect(failure, { depth: 9 }), /canary-7f3a|admin-key/)
  strongroom.close()
  await assert.rejects(strongroom.whoami(), { code: 'unavailable' })
  assert.deepEqual(await strongroom.watch(['a']).next(), { done: true, value: undefined })
})
