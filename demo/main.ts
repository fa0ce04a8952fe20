/**
 * `npm run demo`: the main job of Strongroom from an empty folder. A workload that holds no credential gets exactly its own
 * secrets, another one is refused, a revocation takes effect at once, and all of it is in the audit trail.
 * `npm run demo -- --exit` ends when it has shown that; otherwise the server stays up until Ctrl-C.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { readAdminKey, startServerProcess } from '../scripts/server-process.ts'
import type { ServerProcess } from '../scripts/server-process.ts'
import { startIssuer } from './issuer.ts'
import type { Issuer, Pod } from './issuer.ts'
import { createNarrator } from './narrator.ts'
import type { Narrator } from './narrator.ts'

const ROOT = join(import.meta.dirname, '..')
const SHOP = join(ROOT, 'examples', 'shop')

/** Where the demo keeps everything: the folder that STRONGROOM_DEMO_HOME names, or one among the user's data. */
const HOME = process.env['STRONGROOM_DEMO_HOME'] ?? standardHome()
const DATA = join(HOME, 'data')

/** Where the demo's command line keeps its login, apart from yours. */
const CLIENT = {
  CONJURRC: join(HOME, 'conjurrc'),
  CONJUR_NETRC_PATH: join(HOME, 'netrc'),
  CONJUR_CREDENTIAL_STORAGE: 'file',
}

const AUDIENCE = 'strongroom'

const CART: Pod = {
  namespace: 'shop',
  serviceAccount: 'cart',
  name: 'cart-6d5f9c7b8-x2v7k',
  uid: 'f4c5a3de-5b1e-4d0c-9a57-6c1c2f6f3b10',
}
const MAILER: Pod = {
  namespace: 'shop',
  serviceAccount: 'mailer',
  name: 'mailer-7c9d8f6b5-q8w2z',
  uid: '0b9d7a42-91c4-4b51-8f0c-2d6b1c1f9e77',
}

/** Root's embedded database runs as another user, who has no way into root's home. */
function standardHome(): string {
  if (process.getuid?.() === 0) return '/var/lib/strongroom-demo'
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'strongroom-demo')
}

/** Our environment without whatever would configure a client. */
const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONJUR')))

async function main(): Promise<void> {
  const began = performance.now()
  await mkdir(HOME, { recursive: true })
  const isFirst = !existsSync(DATA)
  const issuer = await startIssuer()
  const narrator = createNarrator(join(ROOT, 'bin', 'strongroom.js'), {
    ...plainEnvironment(),
    ...CLIENT,
  })
  const server = await start(narrator, issuer, isFirst)
  try {
    await logIn(narrator, server, isFirst)
    await loadPolicy(narrator)
    await configure(narrator, issuer)
    await runTheCart(narrator, server, issuer)
    await refuseTheMailer(narrator, server, issuer)
    await revoke(narrator, server, issuer)
    await showTheTrail(narrator)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(`\nAll of it took ${seconds} s.\n`)
    await stayUp(server)
  } finally {
    issuer.close()
    await server.stop()
  }
}

async function start(
  { step, remark }: Narrator,
  issuer: Issuer,
  isFirst: boolean,
): Promise<ServerProcess> {
  step('Start a server, with TLS and a PostgreSQL of its own')
  const port = process.env['DEMO_PORT'] ?? '0'
  const flags = [
    ['--port', port],
    ['--authenticators', 'authn,authn-jwt/kube'],
    ['--outbound-allow', issuer.address],
  ].flat()
  process.stdout.write(`   $ strongroom server --data-dir ${DATA} \\\n`)
  process.stdout.write(`       ${flags.slice(2).join(' ')} &\n`)
  const server = await startServerProcess({ dataDir: DATA, flags })
  remark(`It is ready at ${server.url}`)
  remark(
    isFirst
      ? 'This was its first start: it made its master key, its certificate, its database and an account.'
      : 'It found the data of the last run again. Remove the folder to begin anew.',
  )
  return server
}

async function logIn(
  { step, run }: Narrator,
  server: ServerProcess,
  isFirst: boolean,
): Promise<void> {
  step('Trust the server and log in as its administrator')
  const files = `-f ${CLIENT.CONJURRC} --cert-file ${join(HOME, 'server.pem')}`
  await run(`init -u ${server.url} -a default --self-signed --force ${files}`, {
    shown: `strongroom init -u ${server.url} -a default --self-signed`,
  })
  if (!isFirst && !existsSync(join(DATA, 'admin-api-key'))) {
    throw new Error(`the API key of the last run is gone: remove ${HOME} to begin anew`)
  }
  const key = await readAdminKey(DATA)
  await run('login -i admin', {
    stdin: `${key}\n`,
    shown: `strongroom login -i admin < ${join(DATA, 'admin-api-key')}`,
  })
}

async function loadPolicy({ step, remark, run }: Narrator): Promise<void> {
  step('Load the policy of a shop: two services, a layer, variables, an authenticator')
  const file = relative(process.cwd(), join(SHOP, 'policy.yml'))
  await run(`policy update -b root -f ${file}`)
  remark('The API keys, hidden here, are for programs outside Kubernetes: those below do without.')
}

async function configure({ step, remark, run }: Narrator, issuer: Issuer): Promise<void> {
  step('Tell the authenticator whom to believe, and store the secrets')
  const kube = 'conjur/authn-jwt/kube'
  const values: readonly (readonly [id: string, value: string, shown?: string])[] = [
    [`${kube}/jwks-uri`, issuer.jwksUri],
    [`${kube}/issuer`, issuer.issuer],
    [`${kube}/audience`, AUDIENCE],
    [`${kube}/token-app-property`, 'kubernetes.io/serviceaccount/name'],
    [`${kube}/identity-path`, 'shop'],
    [`${kube}/enforced-claims`, 'kubernetes.io/namespace,kubernetes.io/serviceaccount/name'],
    ['shop/db/password', randomBytes(18).toString('base64url'), '$(openssl rand -base64 18)'],
    ['shop/db/ca-certificate', certificate(), '$(cat ca.pem)'],
  ]
  for (const [id, value, shown = value] of values) {
    await run(`variable set -i ${id} -f -`, {
      stdin: value,
      shown: `printf %s "${shown}" | strongroom variable set -i ${id} -f -`,
    })
  }
  remark(
    'Values come from the standard input: an argument could be read by every user of the machine.',
  )
}

/** Not a real certificate: the demo shows how a file is delivered, and nothing reads this one. */
const certificate = (): string =>
  `-----BEGIN CERTIFICATE-----\n${randomBytes(300)
    .toString('base64')
    .replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`

/** What a pod has: a token that Kubernetes made for it, and no secret of ours. */
async function podEnvironment(
  server: ServerProcess,
  issuer: Issuer,
  pod: Pod,
): Promise<Readonly<Record<string, string>>> {
  const folder = join(HOME, 'pods', pod.name)
  await mkdir(folder, { recursive: true })
  const token = join(folder, 'token')
  await writeFile(token, await issuer.tokenFor(pod, AUDIENCE), { mode: 0o600 })
  return {
    CONJURRC: join(folder, 'none'),
    CONJUR_NETRC_PATH: join(folder, 'none'),
    CONJUR_APPLIANCE_URL: server.url,
    CONJUR_ACCOUNT: 'default',
    CONJUR_CERT_FILE: join(HOME, 'server.pem'),
    CONJUR_AUTHN_JWT_SERVICE_ID: 'kube',
    JWT_TOKEN_PATH: token,
  }
}

const runCommand = (): string => {
  const secrets = relative(process.cwd(), join(SHOP, 'secrets.yml'))
  const app = relative(process.cwd(), join(SHOP, 'app.js'))
  return `run -f ${secrets} -- node ${app}`
}

async function runTheCart(
  { step, remark, run }: Narrator,
  server: ServerProcess,
  issuer: Issuer,
): Promise<void> {
  step("Start the cart in its pod: all it has is Kubernetes' token for it")
  remark(
    `The token says: namespace ${CART.namespace}, service account ${CART.serviceAccount}, pod ${CART.name}`,
  )
  const environment = await podEnvironment(server, issuer, CART)
  const { output } = await run(runCommand(), { environment })
  const file = / in (?<path>\/\S+)/.exec(output)?.groups?.['path']
  if (file === undefined || existsSync(file)) throw new Error(`the file ${file} is still there`)
  remark('The value was in its environment, the certificate in a file, and the file is gone.')
}

async function refuseTheMailer(
  { step, remark, run }: Narrator,
  server: ServerProcess,
  issuer: Issuer,
): Promise<void> {
  step('Start the mailer: it is recognised as well, and has no right to these secrets')
  const environment = await podEnvironment(server, issuer, MAILER)
  await run(runCommand(), { environment, code: 127 })
  remark('To the mailer the secret looks as if it did not exist. The program was not started.')
}

async function revoke(
  { step, remark, run }: Narrator,
  server: ServerProcess,
  issuer: Issuer,
): Promise<void> {
  step("Revoke the cart's grant; its very next request is refused")
  const environment = await podEnvironment(server, issuer, CART)
  const file = relative(process.cwd(), join(SHOP, 'revoke-cart.yml'))
  await run(`policy update -b root -f ${file}`)
  await run(runCommand(), { environment, code: 127 })
  remark(
    'No cache had to expire: every decision is made on what was acknowledged before the request.',
  )
}

async function showTheTrail({ step, remark, run }: Narrator): Promise<void> {
  step('Read the audit trail: every release and every refusal, recorded before it was answered')
  await run('audit --operation authenticate --role host:shop/mailer')
  await run('audit --resource variable:shop/db/password')
  remark('`strongroom audit` without filter shows the policy changes as well.')
}

async function stayUp(server: ServerProcess): Promise<void> {
  if (process.argv.includes('--exit')) {
    process.stdout.write(`The data stays in ${HOME}; remove the folder when you are done.\n`)
    return
  }
  process.stdout.write(`
The server stays up at ${server.url} until Ctrl-C. To use it from another terminal, in this folder:

  npx strongroom init -u ${server.url} -a default --self-signed
  npx strongroom login -i admin < ${join(DATA, 'admin-api-key')}
  npx strongroom list

The data stays in ${HOME}; remove the folder when you are done.
`)
  await new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  process.stdout.write('\nStopping.\n')
}

await rm(join(HOME, 'pods'), { recursive: true, force: true })
await main()
