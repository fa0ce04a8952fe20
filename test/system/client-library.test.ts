import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { failureCodes } from '#lib/failure.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'

// The library as others get it: packed, unpacked into a project without our sources and dependencies, on every Node that is installed here.

const run = promisify(execFile)

/** The Node of this test, and every other that is installed here and new enough for the library, by version. */
async function installedNodes(): Promise<ReadonlyMap<string, string>> {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const nodes = [process.execPath, ...found.filter(existsSync)].map((path) => realpathSync(path))
  const versions = new Map<string, string>()
  for (const node of nodes) {
    const { stdout } = await run(node, ['-p', 'process.versions.node'])
    if (Number.parseInt(stdout, 10) >= 20) versions.set(stdout.trim(), node)
  }
  return versions
}

const nodes = await installedNodes()
const page = readFileSync('docs/reference/client.md', 'utf8')

let scene: Scene
let consumer: TemporaryFolder
let environment: Readonly<Record<string, string>>

const pathIn = (name: string): string => join(consumer.path, name)
const published = (name: string): string => pathIn(join('node_modules/strongroom', name))

before(async () => {
  scene = await startScene([['root', '- !variable db/password\n- !variable db/user\n']])
  await scene.set('db/password', 'canary-7f3a')
  await scene.set('db/user', 'shop')
  consumer = await temporaryFolder()
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer.path])
  await run('sh', ['-c', 'tar -xzf *.tgz'], { cwd: consumer.path })
  await mkdir(pathIn('node_modules'))
  await rename(pathIn('package'), published('.'))
  await writeFile(pathIn('package.json'), '{ "type": "module" }')
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

/** What a program prints; it must print nothing on its standard error. */
async function printed(node: string, code: string): Promise<string> {
  const file = pathIn('program.js')
  await writeFile(file, code)
  const { stdout, stderr } = await run(node, [file], { env: environment, timeout: 30_000 })
  assert.equal(stderr, '')
  return stdout
}

const EXAMPLES = [
  'a password of 11 characters\n',
  'admin\n',
  "[ 'db/password', 'db/user' ]\nnot_found 404 [ 'nowhere' ]\n",
  'db/user shop\n',
]

for (const [version, node] of nodes) {
  test(`the examples of the page print what they should on Node ${version}`, async () => {
    await scene.set('db/password', 'canary-7f3a')
    const examples = [...page.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code)
    const outputs: string[] = []
    for (const code of examples) outputs.push(await printed(node, code))
    assert.deepEqual(outputs, EXAMPLES)
  })

  test(`a program that did much at once and closes the library comes to its end on Node ${version}`, async () => {
    const code = `import { openFromEnvironment } from 'strongroom/client'
const strongroom = await openFromEnvironment()
const { signal } = new AbortController()
await Promise.all(Array.from({ length: 100 }, () => strongroom.secret('db/user', { signal })))
const changes = strongroom.watch(['db/user'])
await changes.next()
const waiting = changes.next()
const asking = strongroom.whoami().catch(({ code }) => console.log(code))
strongroom.close()
await asking
console.log((await waiting).done)
setTimeout(() => console.log('still here'), 3000).unref()
`
    assert.equal(await printed(node, code), 'closed\ntrue\n')
  })

  test(`a program that never closes the library ends all the same on Node ${version}`, async () => {
    const code = `import { openFromEnvironment } from 'strongroom/client'
console.log(await (await openFromEnvironment()).secretText('db/user'))
setTimeout(() => console.log('still here'), 3000).unref()
`
    assert.equal(await printed(node, code), 'shop\n')
  })

  test(`the library exports what the page tells of on Node ${version}`, async () => {
    const code = `console.log(Object.keys(await import('strongroom/client')).join())\n`
    assert.equal(await printed(node, code), 'StrongroomError,openFromEnvironment,openStrongroom\n')
  })
}

test('the library needs no other package, and nothing but Node', () => {
  const files = globSync('dist/client/**', { cwd: published('.') }).map(published)
  const scripts = files.filter((file) => file.endsWith('.js'))
  assert.notEqual(scripts.length, 0)
  for (const script of scripts) {
    const specifiers = [
      ...readFileSync(script, 'utf8').matchAll(
        /^(?:import|export)\b.*?from\s*["'](.+?)["']|\bimport\(["'](.+?)["']\)/gm,
      ),
    ]
    for (const [, first, second] of specifiers) {
      assert.match(first ?? second ?? '', /^(?:node:|\.\/)/, script)
    }
  }
  assert.ok(statSync(published('dist/client/library.js')).size < 100_000)
})

/** A program in TypeScript that uses everything, and what its compiler must refuse. */
const PROGRAM = `import { openFromEnvironment, openStrongroom, StrongroomError } from 'strongroom/client'
import type { Credentials, ErrorCode, SecretChange, Strongroom, TextSource } from 'strongroom/client'

const key: TextSource = async () => 'x'
const ways: Credentials[] = [
  { kind: 'apiKey', login: 'host/app', key },
  { kind: 'token', token: { file: '/run/token' } },
  { kind: 'jwt', service: 'kube', token: 'a.b.c', hostId: 'host/app' },
  { kind: 'certificate', service: 'vm', certificate: { file: 'cert.pem' }, key: { file: 'key.pem' } },
]
const url = 'https://vault.example'
const credentials = ways[0] ?? { kind: 'token', token: 'x' }
const ca = { file: 'ca.pem' }
const strongroom: Strongroom = openStrongroom({ url, account: 'acme', credentials, ca, pins: ['x'] })
const other = await openFromEnvironment({ attempts: 2, timeoutMs: 1000, signal: AbortSignal.timeout(5) })
try {
  const value: Buffer = await strongroom.secret('db/password', { version: 1 })
  const values: ReadonlyMap<string, Buffer> = await strongroom.secrets(['a', 'b'])
  await strongroom.setSecret('a', values.get('b') ?? value)
  for await (const { id, value: now } of other.watch(['a'], { intervalMs: 1000, onFailure: ({ code }) => code })) {
    const change: SecretChange = { id, value: now }
    console.log(change.value?.toString())
  }
} catch (error) {
  if (!(error instanceof StrongroomError)) throw error
  const code: ErrorCode = error.code
  const status: number | undefined = error.status
  console.log(code === 'mfa_required', status)
}
const disposable: AsyncDisposable = strongroom
await disposable[Symbol.asyncDispose]()

// @ts-expect-error there is no account
openStrongroom({ url, credentials })
// @ts-expect-error a key is no JWT
openStrongroom({ url, account: 'acme', credentials: { kind: 'jwt', service: 'kube', key: 'x' } })
// @ts-expect-error one token, and not two
openStrongroom({ url, account: 'acme', credentials: { kind: 'token', token: 'x', key: 'y' } })
// @ts-expect-error there is no such option
openStrongroom({ url, account: 'acme', credentials, timeout: 5 })
// @ts-expect-error a value is bytes
const text: string = await strongroom.secret('a')
// @ts-expect-error nobody proves anything by that
openStrongroom({ url, account: 'acme', credentials: { kind: 'anonymous' } })
`

/** The options of the projects that a consumer may have. */
const PROJECTS = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  old: { module: 'nodenext', target: 'es2022', lib: ['es2022'] },
  strictest: { module: 'nodenext', exactOptionalPropertyTypes: true },
}

for (const [name, compilerOptions] of Object.entries(PROJECTS)) {
  test(`a strict program in TypeScript agrees with the types that are published: ${name}`, async () => {
    for (const types of ['@types', 'undici-types']) {
      const link = pathIn(join('node_modules', types))
      if (!existsSync(link)) await symlink(resolve('node_modules', types), link)
    }
    await writeFile(pathIn('program.ts'), PROGRAM)
    const options = { target: 'es2022', strict: true, noEmit: true, ...compilerOptions }
    const project = { compilerOptions: { ...options, types: [] }, files: ['program.ts'] }
    await writeFile(pathIn('tsconfig.json'), JSON.stringify(project))
    const compiler = resolve('node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [compiler], { cwd: consumer.path }).catch(
      (error: unknown) => error as { readonly stdout: string },
    )
    assert.equal(stdout, '')
  })
}

test('every exported name and member of the published types has a comment', () => {
  for (const file of globSync('dist/client/*.d.ts', { cwd: published('.') })) {
    const lines = readFileSync(published(file), 'utf8').split('\n')
    const bare = lines.filter(
      (line, at) =>
        /^(?:export (?:interface|type \w+ =|declare)|\t(?:readonly )?\w+\??[(:])/.test(line) &&
        !/^\s*\*\/|^\s*\/\*\*.*\*\/$/.test(lines[at - 1] ?? '') &&
        !/^\treadonly (?:kind|name): /.test(line),
    )
    assert.deepEqual(bare, [], file)
  }
})

test('the page explains every code that an error can have', () => {
  const table = page.slice(page.indexOf('| code '))
  const told = new Set([...table.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code))
  const codes = [...Object.keys(failureCodes).filter((code) => code !== 'usage'), 'closed']
  assert.deepEqual(
    codes.filter((code) => !told.has(code)),
    [],
  )
})
