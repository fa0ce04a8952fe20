import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram, startProgram, transcriptOf } from './program.ts'
import type { Transcript } from './program.ts'
import type { Seen, StandIn } from './stand-in-server.ts'
import { freePort } from './processes.ts'
import { startStandIn } from './stand-in-server.ts'

/** A server and a home in which it is chosen, with further settings. */
async function configured(settings: Readonly<Record<string, string>>): Promise<StandIn> {
  const server = await startStandIn()
  const all = {
    account: 'acme',
    appliance_url: server.url,
    cert_file: join(server.folder, 'cert.pem'),
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(server.folder, '.conjurrc'), lines.join(''))
  return server
}

const home = (server: StandIn): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: server.folder,
})

const run = (server: StandIn, argv: readonly string[], input = ''): Promise<Transcript> =>
  runProgram('cli', argv, { environment: home(server), input })

test('login by LDAP asks the directory of the authenticator and keeps the key that it gives', async () => {
  await using server = await configured({ authn_type: 'ldap', service_id: 'office' })
  server.answer = ({ path, headers }) =>
    path === '/authn-ldap/office/acme/login'
      ? headers.authorization === `Basic ${Buffer.from('admin:corporate').toString('base64')}`
        ? [200, 'admin-key']
        : [401]
      : undefined
  const wrong = await run(server, ['login', '-i', 'admin'], 'c4n4ry\n')
  assert.equal(wrong.exitCode, 4)
  assert.match(wrong.stderr, /^strongroom: unable to log in\n.*directory/)
  assert.equal((await run(server, ['login', '-i', 'admin'], 'corporate\n')).exitCode, 0)
  const netrc = await readFile(join(server.folder, '.netrc'), 'utf8')
  assert.equal(
    netrc,
    `machine ${server.url}/authn-ldap/office\n  login admin\n  password admin-key\n`,
  )
  assert.equal((await run(server, ['whoami'])).exitCode, 0)
})

test('login by JWT keeps nothing and shows whether the token is believed', async () => {
  await using server = await configured({ authn_type: 'jwt', service_id: 'dev' })
  const argv = ['login']
  const start = (token: string): Promise<Transcript> =>
    runProgram('cli', argv, {
      environment: { ...home(server), CONJUR_AUTHN_JWT_TOKEN: token },
    })
  assert.equal((await start('a.b.c')).stdout, 'Logged in\n')
  assert.equal((await start('x.y.z')).exitCode, 4)
  await assert.rejects(readFile(join(server.folder, '.netrc')), { code: 'ENOENT' })
})

test('a way to log in that is not for people, or lacks its service, ends with 3', async () => {
  for (const [settings, message] of [
    [{ authn_type: 'k8s' }, /nobody can log in by `k8s` here/],
    [{ authn_type: 'ldap' }, /Must specify a ServiceID when using ldap/],
    [{ authn_type: 'oidc' }, /Must specify a ServiceID when using oidc/],
  ] as const) {
    await using server = await configured(settings)
    const { exitCode, stderr } = await run(server, ['login', '-i', 'admin'], 'x')
    assert.equal(exitCode, 3)
    assert.match(stderr, message)
  }
})

/** A server that offers a provider, and what the browser of the test then does at the address that it is sent to. */
async function withProvider(callback: string): Promise<StandIn> {
  const server = await configured({ authn_type: 'oidc', service_id: 'okta' })
  const address = new URL('https://provider.test/authorize?client_id=c&response_type=code')
  address.searchParams.set('nonce', 'n0nce')
  address.searchParams.set('redirect_uri', callback)
  const provider = {
    service_id: 'okta',
    type: 'authn-oidc',
    name: 'Okta',
    nonce: 'n0nce',
    code_verifier: 'v3rifier',
    redirect_uri: address.href,
  }
  server.answer = async (seen) => {
    if (seen.path === '/authn-oidc/acme/providers') return [200, [provider]]
    if (seen.path !== '/authn-oidc/okta/acme/authenticate') return undefined
    return seen.query.get('code') === 'c0de' ? [200, server.issue('admin')] : [401]
  }
  return server
}

/** Logs in with a browser that visits what `visits` makes of the address; resolves to the end and the pages. */
async function browse(
  server: StandIn,
  visits: (address: URL) => readonly URL[],
): Promise<Transcript & { readonly pages: readonly (readonly [number, string])[] }> {
  const environment = { ...home(server), BROWSER: 'true' }
  const child = startProgram('cli', ['login', '--debug'], { environment })
  const end = transcriptOf(child)
  const address = await new Promise<URL>((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const shown = /^https:\/\/provider\.test\S+\n/m.exec(said)?.[0]
      if (shown !== undefined) resolve(new URL(shown))
    })
  })
  const pages: (readonly [number, string])[] = []
  for (const url of visits(address)) {
    const page = await fetch(url)
    pages.push([page.status, await page.text()])
  }
  return { ...(await end), pages }
}

const back = (address: URL, query: Readonly<Record<string, string>>): URL => {
  const url = new URL(address.searchParams.get('redirect_uri') ?? '')
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

const authentications = (server: StandIn): readonly Seen[] =>
  server.seen.filter(({ path }) => path === '/authn-oidc/okta/acme/authenticate')

test('login by OpenID Connect opens the provider, takes the code from the browser and keeps the token', async () => {
  await using server = await withProvider(`http://127.0.0.1:${await freePort()}/callback`)
  const end = await browse(server, (address) => {
    assert.equal(address.searchParams.get('nonce'), 'n0nce')
    const state = address.searchParams.get('state') ?? ''
    assert.match(state, /^[\w-]{32}$/)
    return [back(address, { code: 'c0de', state })]
  })
  assert.equal(end.exitCode, 0, end.stderr)
  assert.equal(end.stdout, 'Logged in\n')
  assert.deepEqual(end.pages, [
    [200, 'Logged in. You may close this window and return to the terminal.\n'],
  ])
  const [asked] = authentications(server)
  assert.deepEqual(Object.fromEntries(asked?.query ?? []), {
    code: 'c0de',
    nonce: 'n0nce',
    code_verifier: 'v3rifier',
  })
  const netrc = await readFile(join(server.folder, '.netrc'), 'utf8')
  assert.match(
    netrc,
    new RegExp(`^machine ${server.url}/authn-oidc/okta\\n {2}login \\[oidc\\]\\n`),
  )
  assert.equal((await run(server, ['whoami'])).exitCode, 0)

  server.revoke()
  assert.equal((await run(server, ['whoami'])).exitCode, 4)
  assert.equal((await run(server, ['logout'])).exitCode, 0)
  assert.equal(await readFile(join(server.folder, '.netrc'), 'utf8'), '')
})

test('`error-canary`: --debug shows neither code nor verifier nor token of a login', async () => {
  await using server = await withProvider(`http://127.0.0.1:${await freePort()}/callback`)
  const end = await browse(server, (address) => [
    back(address, { code: 'c0de', state: address.searchParams.get('state') ?? '' }),
  ])
  assert.match(end.stderr, /GET \/authn-oidc\/okta\/acme\/authenticate 200\n/)
  for (const secret of ['c0de', 'v3rifier', 'slosilo', 'signature']) {
    assert.ok(!end.stderr.includes(secret), secret)
  }
})

test('`oidc`: a visit without the right state changes nothing, and nothing of a visit is shown', async () => {
  await using server = await withProvider(`http://127.0.0.1:${await freePort()}/callback`)
  const script = '<script>alert(1)</script>'
  const end = await browse(server, (address) => {
    const state = address.searchParams.get('state') ?? ''
    const elsewhere = back(address, { code: 'c0de', state })
    elsewhere.pathname = '/elsewhere'
    return [
      back(address, { code: 'evil' }),
      back(address, { code: 'evil', state: 'x' }),
      elsewhere,
      back(address, { error: script, error_description: script, state }),
    ]
  })
  assert.equal(end.exitCode, 4)
  assert.match(end.stderr, /strongroom: the provider refused: unknown reason\n/)
  assert.deepEqual(
    end.pages.map(([status]) => status),
    [404, 404, 404, 403],
  )
  for (const [, text] of end.pages) assert.ok(!text.includes('script'))
  assert.equal(authentications(server).length, 0)
})

test('`oidc`: a provider that sends the browser anywhere but to this machine is refused', async () => {
  for (const callback of [
    'https://evil.test/callback',
    'http://127.0.0.1.evil.test/callback',
    'http://user@127.0.0.1/callback',
    'https://127.0.0.1/callback',
  ]) {
    await using server = await withProvider(callback)
    const { exitCode, stderr } = await run(server, ['login'])
    assert.equal(exitCode, 3, callback)
    assert.match(stderr, /^strongroom: the provider would send the browser to `/)
  }
})
