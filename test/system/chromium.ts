import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { temporaryFolder } from './database.ts'

/** A real Chromium without a window, which goes with its profile when it is disposed of. */
export interface Browser extends AsyncDisposable {
  /** Opens a page of its own, with an authenticator that a person is at. */
  open(url: string): Promise<Page>
}

/** A page of a {@link Browser}. */
export interface Page {
  /** The authenticator of the page. */
  readonly authenticator: Authenticator
  /** The value of an expression, once it is there when it is a promise. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves once an expression is true; it is looked at whenever something in the page changes. */
  until(expression: string): Promise<void>
  /** Clicks where something is. */
  click(selector: string): Promise<void>
  /** Presses a key, such as `Enter`. */
  press(key: 'Enter' | 'Tab'): Promise<void>
  /** Goes to another address. */
  go(url: string): Promise<void>
  /** Shows itself as if the person preferred light or dark. */
  prefer(scheme: 'light' | 'dark'): Promise<void>
  /** A picture of what a window of this size would show, as a PNG file. */
  picture(path: string, size?: readonly [width: number, height: number]): Promise<void>
  /** Any other command of the Chrome DevTools protocol. */
  send(method: string, params?: object): Promise<Result>
  /** What the page wrote to its console, and whatever the browser refused it. */
  readonly complaints: readonly string[]
}

/** A virtual authenticator, and the person before it. */
export interface Authenticator {
  /** Whether somebody is there to touch it. */
  isPresent(is: boolean): Promise<void>
  /** Whether the person is who it belongs to. */
  isVerified(is: boolean): Promise<void>
  /** What it holds. */
  credentials(): Promise<readonly Result[]>
  /** Takes a credential from another one, as a copy. */
  add(credential: Result): Promise<void>
}

/** The result of a command. */
export type Result = Readonly<Record<string, unknown>>

const PROGRAM = '/usr/bin/chromium'

const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  // Root, as in most containers, has no sandbox; the only pages that it visits are ours.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

/** Starts a {@link Browser}. */
export async function startBrowser(): Promise<Browser> {
  await using stack = new AsyncDisposableStack()
  const profile = stack.use(await temporaryFolder())
  const child = spawn(PROGRAM, [...FLAGS, `--user-data-dir=${profile.path}`, 'about:blank'], {
    // The fourth and the fifth are what it is spoken to and answers by.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: profile.path },
  })
  const line = converse(child)
  stack.defer(() => stopped(child, line))
  await line.send('Browser.getVersion')
  const all = stack.move()
  return {
    open: (url) => openPage(line, url),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function stopped(child: ChildProcess, line: Line): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  await line.send('Browser.close')
  await ended
}

/** A conversation in the Chrome DevTools protocol: JSON texts that end with a zero byte. */
interface Line {
  send(method: string, params?: object, sessionId?: string): Promise<Result>
  on(sessionId: string, hear: (method: string, params: Result) => void): void
}

interface Message {
  readonly id?: number
  readonly result?: Result
  readonly error?: { readonly message: string }
  readonly method?: string
  readonly params?: Result
  readonly sessionId?: string
}

function converse(child: ChildProcess): Line {
  const [, , , writing, reading] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const waiting = new Map<number, PromiseWithResolvers<Result>>()
  const listeners = new Map<string, (method: string, params: Result) => void>()
  let last = 0
  const hear = ({ id, result, error, method, params, sessionId }: Message): void => {
    if (id === undefined) {
      listeners.get(sessionId ?? '')?.(method ?? '', params ?? {})
      return
    }
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.resolve(result ?? {})
    else asked?.reject(new Error(error.message))
  }
  let rest = ''
  reading.setEncoding('utf8')
  reading.on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0')
    rest = texts.pop() ?? ''
    for (const text of texts) hear(JSON.parse(text) as Message)
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('chromium ended'))
  })
  return {
    async send(method, params = {}, sessionId) {
      const id = (last += 1)
      const asked = Promise.withResolvers<Result>()
      waiting.set(id, asked)
      writing.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      return asked.promise
    },
    on: (sessionId, listener) => void listeners.set(sessionId, listener),
  }
}

async function openPage(line: Line, url: string): Promise<Page> {
  const { targetId } = await line.send('Target.createTarget', { url: 'about:blank' })
  const attached = await line.send('Target.attachToTarget', { targetId, flatten: true })
  const sessionId = String(attached['sessionId'])
  const send: Page['send'] = (method, params) => line.send(method, params, sessionId)
  const complaints: string[] = []
  let loaded = Promise.withResolvers<void>()
  line.on(sessionId, (method, params) => {
    if (method === 'Page.loadEventFired') loaded.resolve()
    if (method === 'Log.entryAdded') complaints.push(JSON.stringify(params['entry']))
    if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params))
    if (method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(params['args']))
  })
  for (const domain of ['Page', 'Runtime', 'Log', 'WebAuthn']) await send(`${domain}.enable`)
  const authenticator = await addAuthenticator(send)
  const evaluate: Page['evaluate'] = async (expression) => {
    const answer = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })
    assert.equal(answer['exceptionDetails'], undefined, JSON.stringify(answer['exceptionDetails']))
    return (answer['result'] as Result)['value']
  }
  const page: Page = {
    authenticator,
    evaluate,
    complaints,
    send,
    async until(expression) {
      await evaluate(`new Promise((resolve) => {
        const look = () => { if (${expression}) { observer.disconnect(); resolve() } }
        const observer = new MutationObserver(look)
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
        look()
      })`)
    },
    async click(selector) {
      const box = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`
      const [x, y] = (await evaluate(
        `[${box}.x + ${box}.width / 2, ${box}.y + ${box}.height / 2]`,
      )) as [number, number]
      const at = { x, y, button: 'left', clickCount: 1 }
      await send('Input.dispatchMouseEvent', { type: 'mousePressed', ...at })
      await send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at })
    },
    async press(key) {
      const [text, code] = { Enter: ['\r', 13], Tab: ['', 9] }[key] as [string, number]
      const stroke = { key, code: key, windowsVirtualKeyCode: code }
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...stroke, text })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...stroke })
    },
    async go(to) {
      loaded = Promise.withResolvers()
      // To another fragment of the same page nothing would be loaded.
      await send('Page.navigate', { url: 'about:blank' })
      await loaded.promise
      loaded = Promise.withResolvers()
      await send('Page.navigate', { url: to })
      await loaded.promise
    },
    async prefer(scheme) {
      const features = [{ name: 'prefers-color-scheme', value: scheme }]
      await send('Emulation.setEmulatedMedia', { features })
    },
    async picture(path, [width, height] = [800, 700]) {
      const metrics = { width, height, deviceScaleFactor: 1, mobile: false }
      await send('Emulation.setDeviceMetricsOverride', metrics)
      const { data } = await send('Page.captureScreenshot', { format: 'png' })
      await writeFile(path, Buffer.from(String(data), 'base64'))
    },
  }
  await page.go(url)
  return page
}

async function addAuthenticator(send: Page['send']): Promise<Authenticator> {
  const added = await send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const { authenticatorId } = added
  return {
    async isPresent(enabled) {
      await send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    async isVerified(isUserVerified) {
      await send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async credentials() {
      const { credentials } = await send('WebAuthn.getCredentials', { authenticatorId })
      return credentials as readonly Result[]
    },
    async add(credential) {
      await send('WebAuthn.addCredential', { authenticatorId, credential })
    },
  }
}
