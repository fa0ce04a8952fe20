import { randomBytes } from 'node:crypto'
import type { PasskeyCeremony, PasskeyReturn } from '#client/passkeys.ts'
import { printable } from '#client/printable.ts'
import type { CallbackWords } from './browser-callback.ts'
import { awaitCode } from './browser-callback.ts'
import { openBrowser } from './browser.ts'
import type { CliContext } from './context.ts'
import { withCode } from './factor-code.ts'

type Begin<Outcome> = (back?: PasskeyReturn) => Promise<PasskeyCeremony<Outcome>>

const WORDS: CallbackWords = {
  came: 'The passkey was used',
  failed: 'The passkey was not used',
  refused: 'the passkey was not used',
  late: 'nobody used a passkey within 5 minutes',
}

/** Any free port of this machine. */
const CALLBACK = new URL('http://127.0.0.1:0/callback')

/**
 * Lets a person use a passkey in a browser on this machine, and gives what comes of it. The address is also shown, for those whose browser does
 * not open. Throws `unauthorized` when it was not used within five minutes.
 */
export async function byBrowserHere<Outcome>(
  { say, environment }: Pick<CliContext, 'say' | 'environment'>,
  begin: Begin<Outcome>,
): Promise<Outcome> {
  const state = randomBytes(24).toString('base64url')
  const expected = { callback: CALLBACK, state, words: WORDS }
  const { code, begun } = await awaitCode(expected, async (port) => {
    const ceremony = await begin({ port, state })
    say(
      `Use your passkey at this address, in a browser on this machine:\n${printable(ceremony.url)}`,
    )
    await openBrowser(ceremony.url, environment)
    return ceremony
  })
  return begun.complete(code)
}

/** The same in a browser on any machine: its page shows a code, which is asked for here. */
export async function byBrowserElsewhere<Outcome>(
  context: CliContext,
  begin: Begin<Outcome>,
): Promise<Outcome> {
  const ceremony = await begin()
  context.say(`Use your passkey at this address, in any browser:\n${printable(ceremony.url)}`)
  const use = (code: string): Promise<Outcome> => ceremony.complete(code)
  return withCode(context, { question: 'Code that the page shows: ', use })
}
