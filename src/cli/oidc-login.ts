import { randomBytes } from 'node:crypto'
import type { Client } from '#client/client.ts'
import { printable } from '#client/printable.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CallbackWords } from './browser-callback.ts'
import { awaitCode } from './browser-callback.ts'
import { openBrowser } from './browser.ts'
import type { CliContext } from './context.ts'

const WORDS: CallbackWords = {
  came: 'Logged in',
  failed: 'Not logged in',
  refused: 'the provider refused',
  late: 'nobody logged in within 5 minutes',
}

/**
 * The access token, as JSON, of the person who logs in at the provider of `service` in a browser on this machine (RFC 8252). The address
 * is also shown, for those whose browser does not open. Throws `unauthorized` when the provider or the server refuses, and when nobody
 * logs in within five minutes. Closes the client.
 */
export async function oidcToken(
  context: CliContext,
  service: string,
  client: Client,
): Promise<string> {
  try {
    const provider = await client.oidcProvider(service)
    const state = randomBytes(24).toString('base64url')
    const { address, callback } = addressesIn(provider.redirect_uri, state)
    const { code } = await awaitCode({ callback, state, words: WORDS }, async () => {
      context.say(`Log in at this address, in a browser on this machine:\n${printable(address)}`)
      await openBrowser(address, context.environment)
    })
    const { nonce, code_verifier } = provider
    return await client.authenticateByOidc(service, { code, nonce, code_verifier })
  } finally {
    client.close()
  }
}

/** Where the person goes, and where the provider sends the person's browser afterwards. */
function addressesIn(
  authorization: string,
  state: string,
): { readonly address: string; readonly callback: URL } {
  const url = URL.parse(authorization)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure('corrupt', 'the server did not answer with the address of a provider')
  }
  const callback = URL.parse(url.searchParams.get('redirect_uri') ?? '')
  if (callback === null || !isHere(callback)) {
    throw new Failure(
      'configuration',
      `the provider would send the browser to ${quoted(callback?.href ?? '')}`,
      { hint: 'set redirect-uri of the authenticator to http://127.0.0.1:8888/callback, say' },
    )
  }
  // The server makes none (reference/conjur-api.md 6.5), and without it somebody else's login could be slipped in.
  url.searchParams.set('state', state)
  return { address: url.href, callback }
}

/** Whether a callback stays on this machine (RFC 8252 7.3). */
const isHere = ({ protocol, hostname, username, password }: URL): boolean =>
  protocol === 'http:' &&
  ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) &&
  username + password === ''
