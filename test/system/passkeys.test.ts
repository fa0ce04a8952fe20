import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { isEnrolledFactor } from '#api/mfa-wire.ts'
import { isBegunCeremony } from '#api/passkey-wire.ts'
import type { BegunCeremonyBody } from '#api/passkey-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { isPolicyLoad } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { startBrowser } from './chromium.ts'
import type { Browser, Page } from './chromium.ts'
import { jsonOf } from './node.ts'
import type { TestNode } from './node.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { freePort } from './processes.ts'
import { portOf } from './stand-in-server.ts'

const needed = { skip: lacking('chromium') }

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace']

const POLICY = `
${PEOPLE.map((name) => `- !user ${name}`).join('\n')}
- !variable
  id: guarded
  annotations:
    strongroom/require-mfa: execute
- !permit { role: !user alice, privileges: [read, execute], resource: !variable guarded }
`

let scene: Scene
/** API keys, by role. */
const keys = new Map<string, string>()
let browser: Browser
/** Two nodes that people reach at one address, which is that of the first. */
let [first, second]: readonly TestNode[] = []
let address = ''

before(async () => {
  if (needed.skip !== false) return
  scene = await startScene([])
  const loading = { body: POLICY }
  const loaded = jsonOf(await scene.as('admin', 'POST', '/policies/acme/policy/root', loading), 201)
  assert.ok(isPolicyLoad(loaded))
  for (const { id, api_key: key } of Object.values(loaded.created_roles)) keys.set(id, key)
  await scene.set('guarded', 'the value')
  const port = await freePort()
  address = `http://localhost:${port}`
  const environment = { STRONGROOM_PUBLIC_URL: address }
  first = await scene.installation.start({ ...environment, STRONGROOM_PORT: String(port) })
  second = await scene.installation.start(environment)
  browser = await startBrowser()
})

after(async () => {
  if (needed.skip !== false) return
  await browser[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})

const node = (which: TestNode | undefined): TestNode => which ?? assert.fail('no node')

/** The API as somebody of the scene, at one of the nodes. */
const post = (token: string, path: string, body: object, at = first): Promise<Answer> =>
  node(at).as(token, { method: 'POST', path, body: JSON.stringify(body) })

const tokenOf = (login: string): Promise<string> =>
  node(first).tokenFor(login, keys.get(`acme:user:${login}`) ?? assert.fail(`no ${login}`))

async function begin(token: string, order: object): Promise<BegunCeremonyBody> {
  const path = fillPath(PATHS.passkeyCeremonies, { account: 'acme' })
  const begun = jsonOf(await post(token, path, order), 201)
  assert.ok(isBegunCeremony(begun))
  return begun
}

const complete = (token: string, id: string, code: string, at = first): Promise<Answer> =>
  post(token, fillPath(PATHS.passkeyCompletion, { account: 'acme', id }), { code }, at)

const state = (name: string): string => `document.querySelector('main').dataset.state === '${name}'`

const shown = (page: Page): Promise<unknown> =>
  page.evaluate('document.querySelector("main").innerText')

/** Opens the page of a ceremony, and does what it asks for. */
async function follow(page: Page, { url }: BegunCeremonyBody): Promise<void> {
  await page.go(url)
  await page.until(state('ready'))
  await page.click('#act')
}

/** The code that the page shows when nobody waits for the browser. */
async function codeShown(page: Page): Promise<string> {
  await page.until(state('done'))
  return String(await page.evaluate('document.querySelector("#code").value'))
}

/** Enrols the authenticator of the page as the first factor of somebody; resolves to the token that says so. */
async function enrol(page: Page, login: string): Promise<string> {
  const token = await tokenOf(login)
  const begun = await begin(token, { purpose: 'enrolment', name: 'the key' })
  await follow(page, begun)
  const enrolled = jsonOf(await complete(token, begun.id, await codeShown(page)))
  assert.ok(isEnrolledFactor(enrolled))
  return `Token token="${Buffer.from(JSON.stringify(enrolled.token)).toString('base64')}"`
}

/** Waits on this machine for a browser, as a terminal does; resolves to where it came. */
async function terminal(): Promise<{ readonly port: number; readonly visit: Promise<URL> }> {
  const { promise: visit, resolve } = Promise.withResolvers<URL>()
  const server = createServer((request, response) => {
    response.end('You may close this window.')
    server.close()
    resolve(new URL(request.url ?? '/', 'http://127.0.0.1'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), visit }
}

test(
  'a person enrols and proves a passkey by the page, by keyboard, on two nodes, and reads what demands it',
  needed,
  async () => {
    const page = await browser.open('about:blank')
    const token = await tokenOf('alice')
    const read = { method: 'GET', path: '/secrets/acme/variable/guarded' } as const
    assert.equal((await node(first).as(token, read)).status, 403)

    const waiting = await terminal()
    const back = { callback_port: waiting.port, state: 'a-state-that-nobody-guesses' }
    const begun = await begin(token, {
      purpose: 'enrolment',
      name: 'Laptop <b>of</b> Alice',
      ...back,
    })
    await page.go(begun.url)
    await page.until(state('ready'))
    const text = String(await shown(page))
    for (const words of [
      'Create a passkey',
      'alice',
      'acme',
      'Laptop <b>of</b> Alice',
      '127.0.0.1',
    ]) {
      assert.ok(text.includes(words), `${words} in ${text}`)
    }
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Create the passkey')
    await page.press('Enter')
    const visit = await waiting.visit
    assert.deepEqual([visit.pathname, visit.searchParams.get('state')], ['/callback', back.state])
    const enrolled = jsonOf(
      await complete(token, begun.id, visit.searchParams.get('code') ?? '', second),
    )
    assert.ok(isEnrolledFactor(enrolled))
    assert.equal(enrolled.factor.name, 'Laptop <b>of</b> Alice')

    const proof = await begin(token, { purpose: 'verification' })
    await page.go(proof.url)
    await page.until(state('ready'))
    await page.press('Enter')
    const stepped = await complete(token, proof.id, await codeShown(page), second)
    const authorization = `Token token="${Buffer.from(JSON.stringify(jsonOf(stepped))).toString('base64')}"`
    for (const at of [first, second]) {
      assert.equal((await node(at).as(authorization, read)).body.toString(), 'the value')
    }
    assert.equal((await node(first).as(token, read)).status, 403)
    assert.deepEqual(page.complaints, [])
  },
)

test('the code is copied to the clipboard, and stays on the page alone', needed, async () => {
  const page = await browser.open('about:blank')
  await page.send('Browser.grantPermissions', {
    origin: address,
    permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
  })
  await follow(page, await begin(await tokenOf('bob'), { purpose: 'enrolment' }))
  const code = await codeShown(page)
  assert.equal(await page.evaluate('location.href'), `${address}/mfa`)
  await page.click('#copy')
  await page.until(`document.querySelector('#copy').textContent === 'Copied'`)
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), code)
  assert.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0)
})

test(
  '`passkey`: whoever is not who the authenticator belongs to is refused, and may try again',
  needed,
  async () => {
    const page = await browser.open('about:blank')
    await page.authenticator.isVerified(false)
    const token = await tokenOf('carol')
    const begun = await begin(token, { purpose: 'enrolment' })
    await follow(page, begun)
    await page.until(`'trouble' in document.querySelector('main').dataset`)
    assert.match(String(await shown(page)), /cancelled, or took too long/)
    await page.authenticator.isVerified(true)
    await page.press('Enter')
    jsonOf(await complete(token, begun.id, await codeShown(page)))
  },
)

test(
  '`passkey`: at another address of the same server the page can do nothing, and says so',
  needed,
  async () => {
    const page = await browser.open('about:blank')
    const { url } = await begin(await tokenOf('dave'), { purpose: 'enrolment' })
    await page.go(url.replace('localhost', '127.0.0.1'))
    await page.until(state('ready'))
    await page.click('#act')
    await page.until(state('refused'))
    assert.match(String(await shown(page)), /only at the address that the server was set up with/)
  },
)

test(
  '`passkey`: a copy of a passkey is refused after the other was used, and the trail says why',
  needed,
  async () => {
    const page = await browser.open('about:blank')
    await enrol(page, 'erin')
    const [original] = await page.authenticator.credentials()
    const copy = await browser.open('about:blank')
    await copy.authenticator.add(original ?? assert.fail('there is none'))
    const token = await tokenOf('erin')
    await follow(page, await begin(token, { purpose: 'verification' }))
    await codeShown(page)
    await follow(copy, await begin(token, { purpose: 'verification' }))
    await copy.until(state('refused'))
    assert.match(String(await shown(copy)), /The server says: the passkey was not accepted/)
    const [event] = await scene.trail(1)
    assert.deepEqual([event?.['operation'], event?.['result']], ['answer-verification', 'failure'])
    assert.match(String(event?.['reason']), /counter/)
  },
)

test(
  'a device that holds a passkey of the person is told so before anything is made',
  needed,
  async () => {
    const page = await browser.open('about:blank')
    const stepped = await enrol(page, 'frank')
    await follow(page, await begin(stepped, { purpose: 'enrolment' }))
    await page.until(`'trouble' in document.querySelector('main').dataset`)
    assert.match(String(await shown(page)), /holds a passkey of yours already/)
    assert.equal((await page.authenticator.credentials()).length, 1)
  },
)

test('a link that is no good, or is used up, says what to do', needed, async () => {
  const page = await browser.open('about:blank')
  const token = await tokenOf('grace')
  const begun = await begin(token, { purpose: 'enrolment' })
  await follow(page, begun)
  await codeShown(page)
  await follow(page, begun)
  await page.until(state('refused'))
  assert.match(String(await shown(page)), /That did not work/)
  for (const fragment of [
    '',
    '#',
    '#acme',
    '#acme/nothing',
    '#../x/y',
    '#acme/<img src=x onerror=alert(1)>',
  ]) {
    await page.go(`${address}/mfa${fragment}`)
    await page.until(state('refused'))
    assert.match(String(await shown(page)), /no longer good\s+.*\s+Go back to where you started/)
  }
})

const OBSTACLES: readonly (readonly [script: string, title: RegExp])[] = [
  ['delete globalThis.PublicKeyCredential', /No passkeys in this browser\s/],
  ['delete PublicKeyCredential.parseCreationOptionsFromJSON', /No passkeys in this browser\s/],
  ["Object.defineProperty(globalThis, 'isSecureContext', { value: false })", /at this address\s/],
]

for (const [source, title] of OBSTACLES) {
  test(`where passkeys cannot be used the page says so: ${source}`, needed, async () => {
    const page = await browser.open('about:blank')
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source })
    const { url } = await begin(await tokenOf('grace'), { purpose: 'enrolment' })
    await page.go(url)
    await page.until(state('refused'))
    assert.match(String(await shown(page)), title)
  })
}

test('`headers/UI`: no other page can put this one in a frame', needed, async () => {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(`<iframe src="${address}/mfa"></iframe>`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const page = await browser.open(`http://localhost:${portOf(server)}/`)
  server.close()
  assert.match(page.complaints.join('\n'), /frame-ancestors 'none'/)
})
