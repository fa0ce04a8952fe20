import type { AccessToken } from '#client/access-token.ts'
import type { Client } from '#client/client.ts'
import type { CliContext } from './context.ts'
import { codeIn, proofOf, withCode } from './factor-code.ts'
import { byBrowserElsewhere, byBrowserHere } from './passkey-browser.ts'
import { kindsOf, proveInPerson } from './prove-factor.ts'
import { showToken } from './show-token.ts'

interface VerifyInput {
  readonly passkey?: true
  readonly remote?: true
  readonly header?: true
}

/** `strongroom mfa verify`: the access token that says that a second factor was proven. */
export async function verifyFactor(context: CliContext, input: VerifyInput): Promise<void> {
  await context.withClient(async (client) =>
    showToken(context, await proven(context, client, input), input),
  )
}

async function proven(
  context: CliContext,
  client: Client,
  { passkey, remote }: VerifyInput,
): Promise<AccessToken> {
  const kinds = await kindsOf(client)
  if (remote === true) return byBrowserElsewhere(context, (back) => client.verifyPasskey(back))
  if (passkey === true) return byBrowserHere(context, (back) => client.verifyPasskey(back))
  const given = codeIn(context)
  const { terminal } = context
  if (given === undefined && terminal !== undefined) {
    return proveInPerson({ ...context, terminal }, client, kinds)
  }
  const use = (code: string): Promise<AccessToken> => client.verifyFactor(proofOf(code))
  return given === undefined ? withCode(context, { question: 'Code: ', use }) : use(given)
}
