import type { EnrolledFactorBody, PendingTotpBody } from '#api/mfa-wire.ts'
import { printable } from '#client/printable.ts'
import type { CliContext } from './context.ts'
import { withCode } from './factor-code.ts'
import { byBrowserElsewhere, byBrowserHere } from './passkey-browser.ts'
import { recoveryText } from './recovery-codes.ts'

/** `strongroom mfa add totp`: shows what an authenticator app needs to know, and asks for the code that it then shows. */
export async function addTotp(
  context: CliContext,
  { name }: { readonly name?: string },
): Promise<void> {
  await context.withClient(async (client) => {
    const totp = await client.enrolTotp(name)
    context.say(await tellApp(context, totp.pending))
    const use = (code: string): Promise<EnrolledFactorBody> => totp.confirm(code)
    const question = 'Code that the app shows: '
    await showEnrolled(context, await withCode(context, { question, use }))
  })
}

/** A program reads no QR code, so it is drawn on a screen alone. */
async function tellApp({ stderr }: CliContext, { uri, secret }: PendingTotpBody): Promise<string> {
  const words = `${printable(uri)}\nSecret: ${printable(secret).replaceAll(/(.{4})(?=.)/g, '$1 ')}`
  if (stderr.isTTY !== true) return words
  const { qrCode } = await import('./qr-code.ts')
  return `Scan this with an authenticator app, or type the secret into it:\n\n${qrCode(uri, stderr)}\n\n${words}`
}

interface PasskeyInput {
  readonly name: string
  readonly remote?: true
}

/** `strongroom mfa add passkey`: a browser asks the person for a passkey. */
export async function addPasskey(
  context: CliContext,
  { name, remote }: PasskeyInput,
): Promise<void> {
  await context.withClient(async (client) => {
    const use =
      remote === true ? byBrowserElsewhere<EnrolledFactorBody> : byBrowserHere<EnrolledFactorBody>
    await showEnrolled(context, await use(context, (back) => client.enrolPasskey(name, back)))
  })
}

function showEnrolled(
  context: CliContext,
  { factor, recovery_codes: codes }: EnrolledFactorBody,
): Promise<void> {
  const added = `Added ${printable(factor.name)} (${factor.id})\n`
  const plain = codes === null ? added : `${added}\n${recoveryText(codes)}`
  return context.show({ data: { factor, recovery_codes: codes }, plain })
}
