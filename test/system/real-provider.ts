import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request, type RequestOptions } from 'node:https'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import type { ProviderSetup } from './oidc-provider-program.ts'

/** A provider of OpenID Connect that is none of ours, in a process of its own. */
export interface RealProvider extends AsyncDisposable {
  readonly issuer: string
  /** The authority that vouches for it, PEM. */
  readonly caPem: string
  /**
   * Goes through its pages as somebody with a browser would: fills in the forms for `login`, agrees, and ends where the provider sends the
   * browser back to.
   */
  logIn(address: URL | string, login: string): Promise<URL>
}

/** Starts a {@link RealProvider}. */
export async function startProvider(
  setup: Omit<ProviderSetup, 'cert' | 'key'>,
): Promise<RealProvider> {
  const identity = await createTlsIdentity({
    hostnames: ['localhost'],
    addresses: [],
    now: new Date(),
    days: 1,
  })
  const program = fileURLToPath(new URL('oidc-provider-program.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaints = text(child.stderr)
  const ended = once(child, 'exit')
  child.stdin.end(JSON.stringify({ ...setup, cert: identity.certPem, key: identity.keyPem }))
  const issuer = await Promise.race([
    issuerIn(child.stdout),
    ended.then(async () => {
      throw new Error(`the provider did not start: ${await complaints}`)
    }),
  ])
  const caPem = identity.certPem
  return {
    issuer,
    caPem,
    logIn: (address, login) => browse({ caPem, origin: issuer }, new URL(address), login),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

async function issuerIn(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    // It also says there what should be otherwise in production.
    if (line.startsWith('{')) return (JSON.parse(line) as { issuer: string }).issuer
  }
  return new Promise(() => undefined)
}

interface Site {
  readonly caPem: string
  readonly origin: string
}

interface Page {
  readonly location: string | undefined
  readonly html: string
}

/** No browser is sent to and fro more often. */
const MOST_PAGES = 20

async function browse(site: Site, start: URL, login: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = start
  let form: URLSearchParams | undefined
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await visit(site, url, cookies, form)
    if (page.location === undefined) {
      const found = formIn(page.html)
      if (found === undefined) throw new Error(`a page without a form: ${page.html.slice(0, 500)}`)
      form = filledIn(found.fields, login)
      url = new URL(found.action, url)
      continue
    }
    form = undefined
    url = new URL(page.location, url)
    if (url.origin !== site.origin) return url
  }
  throw new Error('the provider sends people round in circles')
}

async function visit(
  { caPem }: Site,
  url: URL,
  cookies: Map<string, string>,
  form: URLSearchParams | undefined,
): Promise<Page> {
  const headers: Record<string, string> = {
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  const options: RequestOptions = {
    ca: caPem,
    method: form === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
  }
  const { promise, resolve, reject } = Promise.withResolvers<Page>()
  const asked = request(url, options, (response) => {
    for (const cookie of response.headers['set-cookie'] ?? []) keep(cookies, cookie)
    const { location } = response.headers
    text(response).then((html) => resolve({ location, html }), reject)
  })
  asked.on('error', reject)
  asked.end(form?.toString())
  return promise
}

function keep(cookies: Map<string, string>, header: string): void {
  const [pair = ''] = header.split(';', 1)
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(name.length + 1)
  if (value === '') cookies.delete(name)
  else cookies.set(name, value)
}

/** The form of a page: where it goes, and its fields with what stands in them. */
function formIn(
  html: string,
): { readonly action: string; readonly fields: ReadonlyMap<string, string> } | undefined {
  const action = /<form[^>]* action="(?<action>[^"]+)"/.exec(html)?.groups?.['action']
  if (action === undefined) return undefined
  const fields = new Map<string, string>()
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    if (name !== undefined) fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  return { action: action.replaceAll('&amp;', '&'), fields }
}

function filledIn(fields: ReadonlyMap<string, string>, login: string): URLSearchParams {
  const form = new URLSearchParams([...fields])
  if (fields.has('login')) form.set('login', login)
  if (fields.has('password')) form.set('password', 'any')
  return form
}
