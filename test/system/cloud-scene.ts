import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { openFromEnvironment } from '#client/library.ts'
import { KEYS as AZURE_KEYS, PROVIDER as TENANT } from '../authn/azure/tenant.ts'
import { key as azureKey } from '../authn/azure/tenant.ts'
import { KEYS as GOOGLE_KEYS, PROVIDER as GOOGLE } from '../authn/gcp/google.ts'
import { key as googleKey } from '../authn/gcp/google.ts'
import { AWS_ACCOUNT, roleSession } from '../authn/iam/fake-sts.ts'
import { startAwsSts } from './aws-sts.ts'
import type { AwsSts } from './aws-sts.ts'
import { startCloudProviders } from './cloud-providers.ts'
import type { TestNode } from './node.ts'
import { startPlatformService } from './platform-service.ts'
import type { PlatformService } from './platform-service.ts'
import { runProgram } from './program.ts'
import type { Transcript } from './program.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { temporaryFolder } from './database.ts'

/** The region of the tests, and the host of its STS. */
export const REGION = 'eu-central-1'
export const STS: string = `sts.${REGION}.amazonaws.com`

/** The host of authn-iam's page. */
export const AWS_HOST: string = `shop/${AWS_ACCOUNT}/shop-web`

/** Variables of an environment. */
export type Variables = Readonly<Record<string, string>>

/**
 * Our own programs as workloads of a cloud, at a real server with the policies of the pages: the services of the clouds alone are stand-ins, where
 * their own SDKs would look for them.
 */
export interface CloudScene extends AsyncDisposable {
  readonly scene: Scene
  /** The server that reaches AWS, and the one that reaches the keys of Microsoft and Google. */
  readonly nodes: Readonly<Record<'aws' | 'others', TestNode>>
  readonly sts: AwsSts
  /** What is on the machine of the workload. */
  readonly platform: PlatformService
  /** The home of whoever runs the programs. */
  readonly home: string
  /** The environment of a program that talks to this server. */
  environmentFor(node: TestNode, more: Variables): Record<string, string>
  /** Reads the secret on the command line. */
  get(node: TestNode, more: Variables): Promise<Transcript>
  /** That all of our programs read the secret as this workload, with a login each, five together, and show nothing else. */
  assertReads(node: TestNode, more: Variables): Promise<void>
  /** That the server refuses the workload for this reason, which only the audit trail tells. */
  assertRefused(node: TestNode, more: Variables, reason: RegExp): Promise<void>
}

/** Starts one. */
export async function startCloudScene(): Promise<CloudScene> {
  await using stack = new AsyncDisposableStack()
  const { path: home } = stack.use(await temporaryFolder())
  const platform = stack.use(await startPlatformService())
  const sts = stack.use(await startAwsSts(home, [STS]))
  sts.callers.push(roleSession('shop-web'), roleSession('other'))
  const clouds = stack.use(await startCloudProviders())
  clouds.publish(TENANT, AZURE_KEYS, azureKey)
  clouds.publish(GOOGLE, GOOGLE_KEYS, googleKey)
  const scene = stack.use(await startScene(await policies(), sts.environment))
  await configure(scene)
  const others = await scene.installation.start(clouds.environment)
  const all = stack.move()
  return {
    scene,
    nodes: { aws: scene.node, others },
    sts,
    platform,
    home,
    ...programsIn(scene, home),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

const READABLE =
  '- !permit { role: [!host shop/cart, !host shop/till], privileges: [read, execute], resource: !variable shop/db-password }'

async function policies(): Promise<readonly (readonly [string, string])[]> {
  const policyOf = async (type: string): Promise<string> => {
    const page = await readFile(`docs/authenticators/${type}.md`, 'utf8')
    return /```yaml\n(?<policy>[^]*?)```/.exec(page)?.groups?.['policy'] ?? assert.fail(type)
  }
  // Two pages have a host of one name, which would have to meet the conditions of both.
  const google = (await policyOf('authn-gcp')).replaceAll('cart', 'till')
  const all = [await policyOf('authn-iam'), await policyOf('authn-azure'), google, READABLE]
  return all.map((policy) => ['root', policy] as const)
}

/** What a page has people export before they start a program. */
export function exportsOn(page: string): Variables {
  const text = readFileSync(`docs/authenticators/${page}.md`, 'utf8')
  const lines = text.matchAll(/^export (?<name>\w+)=(?<value>\S+)$/gm)
  return Object.fromEntries(
    Array.from(lines, ({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']),
  )
}

async function configure(scene: Scene): Promise<void> {
  for (const instance of ['authn-iam/prod', 'authn-azure/prod', 'authn-gcp']) {
    const enabled = { body: 'enabled=true' }
    assert.equal((await scene.as('admin', 'PATCH', `/${instance}/acme`, enabled)).status, 204)
  }
  await scene.set('conjur/authn-iam/prod/regions', REGION)
  await scene.set('conjur/authn-azure/prod/provider-uri', TENANT)
  await scene.set('conjur/authn-azure/prod/audience', 'https://management.azure.com/')
  await scene.set('shop/db-password', 'correct horse')
}

type Programs = Pick<CloudScene, 'environmentFor' | 'get' | 'assertReads' | 'assertRefused'>

function programsIn(scene: Scene, home: string): Programs {
  const environmentFor: Programs['environmentFor'] = (node, more) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CONJUR_APPLIANCE_URL: node.url,
    CONJUR_ACCOUNT: 'acme',
    // Nobody listens there, and nothing goes there.
    HTTP_PROXY: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
    NODE_USE_ENV_PROXY: '1',
    ...more,
  })
  const get: Programs['get'] = (node, more) =>
    runProgram('cli', ['variable', 'get', '-i', 'shop/db-password'], {
      environment: environmentFor(node, more),
    })
  return {
    environmentFor,
    get,
    async assertReads(node, more) {
      const environment = environmentFor(node, more)
      for (const [name, argv, expected] of PROGRAMS) {
        const { exitCode, stdout, stderr } = await runProgram(name, argv, { environment })
        assert.deepEqual([exitCode, stdout.trimEnd(), stderr], [0, expected, ''])
      }
      const strongroom = await openFromEnvironment({ environment, home })
      const ids = Array<string>(3).fill('shop/db-password')
      const values = await Promise.all(ids.map((id) => strongroom.secretText(id)))
      assert.deepEqual(values, Array(3).fill('correct horse'))
      strongroom.close()
    },
    async assertRefused(node, more, reason) {
      const { exitCode, stdout, stderr } = await get(node, more)
      assert.deepEqual([exitCode, stdout], [4, ''], stderr)
      const [record] = await scene.trail(1)
      assert.match(String(record?.['reason']), reason)
    },
  }
}

const FILE = 'PASSWORD: !var shop/db-password'

const PROGRAMS = [
  ['cli', ['variable', 'get', '-i', 'shop/db-password'], 'correct horse'],
  ['run', ['--yaml', FILE, 'sh', '-c', 'printf %s "$PASSWORD"'], 'correct horse'],
  ['provider', ['shop/db-password'], 'correct horse'],
  ['cli', ['login'], 'Logged in'],
] as const
