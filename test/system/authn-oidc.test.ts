import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { jsonOf } from './node.ts'
import { CLIENT, codeFor, comeBack, offerOf, startOidcScene } from './oidc-scene.ts'
import type { OidcScene } from './oidc-scene.ts'
import { runProgram, startProgram, transcriptOf } from './program.ts'
import type { Transcript } from './program.ts'

let it: OidcScene

before(async () => {
  it = await startOidcScene()
})
after(() => it[Symbol.asyncDispose]())

test('somebody who logs in at a real provider gets a token, and once only', async () => {
  const offer = await offerOf(it.node, 'idp')
  const code = await codeFor(it, 'alice', offer)
  assert.ok(isAccessToken(jsonOf(await comeBack(it.node, offer, code))))
  assert.equal((await comeBack(it.node, offer, code)).status, 401)
})

test('`oidc`: PKCE mix-up: a code of one login is of no use to whoever began another, at a real provider', async () => {
  const { node } = it
  const [victim, thief] = [await offerOf(node, 'idp'), await offerOf(node, 'idp')]
  const code = await codeFor(it, 'alice', victim)
  assert.equal((await comeBack(node, thief, code)).status, 401)
  const mixed = { nonce: victim.nonce, code_verifier: thief.code_verifier }
  assert.equal((await comeBack(node, mixed, code)).status, 401)
  const [second, first] = await it.reasons(2)
  assert.match(first ?? '', /^CONJ00133E .*invalid_grant/)
  assert.match(second ?? '', /^CONJ00153E /)
})

test('whom the provider does not confirm, and whoever calls themselves the administrator, is refused', async () => {
  for (const [login, expected] of [
    ['bob', /^CONJ00049E .*oidc\.groups/],
    ['mallory', /^CONJ00017E /],
  ] as const) {
    const offer = await offerOf(it.node, 'idp')
    assert.equal((await comeBack(it.node, offer, await codeFor(it, login, offer))).status, 401)
    const [reason] = await it.reasons(1)
    assert.match(reason ?? '', expected)
  }
})

/** An ID token that the real provider gives to its client itself. */
async function realIdToken(login: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const address = new URL(`${it.provider.issuer}/auth`)
  address.search = new URLSearchParams({
    client_id: CLIENT.id,
    response_type: 'code',
    scope: 'openid profile',
    redirect_uri: it.redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const callback = await it.provider.logIn(address, login)
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: it.redirectUri,
    code_verifier: verifier,
  })
  const credentials = [CLIENT.id, CLIENT.secret]
    .map((part) => new URLSearchParams({ '': part }).toString().slice(1))
    .join(':')
  const asked = request(`${it.provider.issuer}/token`, {
    ca: it.provider.caPem,
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    },
  })
  asked.end(form.toString())
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
  const { id_token: token } = (await json(response)) as { id_token?: string }
  return token ?? assert.fail('no ID token')
}

test('an ID token that a client brings along from a real provider is accepted', async () => {
  const body = `id_token=${await realIdToken('bob')}`
  const call = { method: 'POST', path: '/authn-oidc/tokens/acme/authenticate', body } as const
  const token = jsonOf(await it.node.send(call))
  const bearer = `Token token="${Buffer.from(JSON.stringify(token)).toString('base64')}"`
  const who = jsonOf(await it.node.as(bearer, { method: 'GET', path: '/whoami' }))
  assert.equal((who as { username: string }).username, 'bob')
  await it.scene.set('conjur/authn-oidc/tokens/audience', 'another-service')
  assert.equal((await it.node.send(call)).status, 401)
  await it.scene.set('conjur/authn-oidc/tokens/audience', CLIENT.id)
  assert.equal((await it.node.send(call)).status, 200)
})

/** `strongroom login` with somebody at the browser. */
async function loginAtTerminal(login: string): Promise<Transcript & { readonly home: string }> {
  const home = join(it.scene.installation.folder, `home-${login}`)
  await mkdir(home)
  const lines = [
    'account: acme',
    `appliance_url: ${it.node.url}`,
    'authn_type: oidc',
    'service_id: idp',
  ]
  await writeFile(join(home, '.conjurrc'), `${lines.join('\n')}\n`)
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, BROWSER: 'true' }
  const child = startProgram('cli', ['login'], { environment })
  const end = transcriptOf(child)
  const address = await new Promise<string>((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const shown = /^https:\S+(?=\n)/m.exec(said)?.[0]
      if (shown !== undefined) resolve(shown)
    })
  })
  await fetch(await it.provider.logIn(address, login))
  return { ...(await end), home }
}

test('`strongroom login` logs a person in at a real provider, and what follows uses that login', async () => {
  const { exitCode, stdout, stderr, home } = await loginAtTerminal('alice')
  assert.deepEqual([exitCode, stdout], [0, 'Logged in\n'], stderr)
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home }
  const who = await runProgram('cli', ['whoami'], { environment })
  assert.match(who.stdout, /"username": "alice"/)
  assert.match(await readFile(join(home, '.netrc'), 'utf8'), /login \[oidc\]/)
})

test('`strongroom login` tells a person whom the server refuses so, and keeps nothing', async () => {
  const { exitCode, home } = await loginAtTerminal('bob')
  assert.equal(exitCode, 4)
  await assert.rejects(readFile(join(home, '.netrc')), { code: 'ENOENT' })
})

test('the status is ok while the provider answers', async () => {
  const token = await it.node.tokenFor('admin', it.scene.node.adminKey)
  const ask = { method: 'GET', path: '/authn-oidc/idp/acme/status' } as const
  assert.deepEqual(jsonOf(await it.node.as(token, ask)), { status: 'ok' })
})
