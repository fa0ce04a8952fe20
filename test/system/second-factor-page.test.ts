import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { ADDRESS, authenticatorApp } from './authenticator-app.ts'
import { startBrowser } from './chromium.ts'
import type { Page } from './chromium.ts'
import { startInstallation } from './node.ts'
import type { TestNode } from './node.ts'
import { runLineOnTerminal } from './program.ts'
import type { TypedAnswer } from './program.ts'
import { freePort } from './processes.ts'
import { portOf } from './stand-in-server.ts'

const PAGE = new URL('../../docs/second-factor.md', import.meta.url)

/** The commands of the page, block by block. */
const commandsOf = (page: string): readonly string[] =>
  Array.from(page.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = '']) => block)

const APP = 'Code of your authenticator app: '
const APP_OR_PASSKEY = 'Code of your authenticator app, or Enter to use a passkey: '

const RECOVERY_CODE = /^ {2}\S{4}-\S{4}-\S{4}-\S{4}\r$/gm
const CEREMONY = /http:\/\/localhost:\d+\/mfa#\S+/g

/** What a person types who goes through the page, with a phone, and a laptop on which `visit` uses a passkey. */
function person(page: Page, visit: (address: string) => Promise<void>): readonly TypedAnswer[] {
  let app: (() => string) | undefined
  const code = (screen: string): string =>
    (app ??= authenticatorApp(ADDRESS.exec(screen)?.[0] ?? assert.fail('no address')))()
  const recoveryCode = (index: number) => (screen: string) =>
    [...screen.matchAll(RECOVERY_CODE)][index]?.[0].trim() ?? assert.fail('no recovery code')
  const codeOfPage = async (screen: string): Promise<string> => {
    await visit(screen.match(CEREMONY)?.at(-1) ?? assert.fail('no address'))
    await page.until("document.querySelector('#code').value !== ''")
    return String(await page.evaluate("document.querySelector('#code').value"))
  }
  return [
    ['Code that the app shows: ', code],
    [APP, code],
    [APP, recoveryCode(0)],
    [APP, recoveryCode(1)],
    ['Code that the page shows: ', codeOfPage],
    [APP_OR_PASSKEY, ''],
    ['Remove all second factors of alice? [y/N] ', 'y'],
    [APP_OR_PASSKEY, ''],
  ]
}

/** Hears of each address that a program posts to it. */
async function startListener(hear: (address: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    const heard = text(request).then(hear)
    void heard.finally(() => response.end())
  })
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening)
  })
  return server
}

/** A home in which the administrator is logged in, with our program, and one that stands for a browser: it posts where it is sent to the test. */
async function makeHome(home: string, node: TestNode, listener: Server): Promise<void> {
  const tell = 'fetch(process.argv[1], { method: "POST", body: process.argv[2] })'
  const program = (name: string, words: string): Promise<void> =>
    writeFile(join(home, name), `#!/bin/sh\nexec '${process.execPath}' ${words}\n`, { mode: 0o755 })
  await mkdir(home)
  await program('strongroom', `'${resolve('bin/strongroom.js')}' "$@"`)
  await program('browser', `-e '${tell}' 'http://127.0.0.1:${portOf(listener)}' "$1"`)
  const login = `machine ${node.url}/authn\n  login admin\n  password ${node.adminKey}\n`
  await writeFile(join(home, '.netrc'), login, { mode: 0o600 })
  await writeFile(join(home, '.conjurrc'), `account: acme\nappliance_url: ${node.url}\n`)
}

test('every command of the page on second factors does what the page says, on a terminal and in a real browser', async () => {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await startInstallation())
  const port = String(await freePort())
  const url = `http://localhost:${port}`
  const node = await installation.start({ STRONGROOM_PORT: port, STRONGROOM_PUBLIC_URL: url })
  const browser = stack.use(await startBrowser())
  const page = await browser.open('about:blank')
  const visits: Promise<void>[] = []
  const visit = async (address: string): Promise<void> => {
    assert.ok(address.startsWith(`${url}/mfa#`), address)
    await page.go(address)
    await page.until("document.querySelector('main')?.dataset.state === 'ready'")
    await page.click('#act')
  }
  const listener = await startListener((address) => void visits.push(visit(address)))
  stack.defer(() => void listener.close())
  const home = join(installation.folder, 'home')
  await makeHome(home, node, listener)
  const blocks = commandsOf(await readFile(PAGE, 'utf8'))
  assert.equal(blocks.length, 8)
  await writeFile(join(home, 'page.sh'), blocks.join('\n'))

  const path = `${home}:${process.env['PATH'] ?? ''}`
  const environment = { PATH: path, HOME: home, BROWSER: join(home, 'browser') }
  const { exitCode, screen } = await runLineOnTerminal(
    'bash -eux page.sh',
    { environment, folder: home },
    person(page, visit),
  )
  await Promise.all(visits)
  assert.equal(exitCode, 0, screen)
  assert.equal(visits.length, 4, screen)
  assert.match(screen, /\r\nrecovery codes left: 10\r\n/)
  assert.match(screen, /user:admin may execute variable:vault\/root-password with a second factor/)
  assert.equal(screen.match(/^correct horse\r$/gm)?.length, 2)
  assert.match(screen, /run it with a terminal as its input.*\r\n.*\r\nexit code 11\r\n/)
  assert.match(screen, /^it has 13 characters\r$/m)
  assert.match(screen, /^Added laptop \(\w+\)\r$/m)
  assert.equal(screen.match(/^Authorization: Token token="[\w=]+"\r$/gm)?.length, 2)
  assert.equal(screen.match(RECOVERY_CODE)?.length, 20)
  assert.match(screen, /^The second factors of 'alice' were removed\r$/m)
})
