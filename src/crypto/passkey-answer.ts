import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { Failure } from '#lib/failure.ts'

// What a browser sends is read here, member by member, before the library sees it: its types say what a browser should send, and it looks at more
// than we want looked at.

/** Loaded when it is needed, like {@link file://./passkey.ts}. */
const loadHelpers = (): Promise<typeof import('@simplewebauthn/server/helpers')> =>
  import('@simplewebauthn/server/helpers')

/** How a browser may reach an authenticator, in words like `usb`; there are a handful. */
const TRANSPORT = /^[a-z-]{1,20}$/
const MOST_TRANSPORTS = 8

type Members = Readonly<Record<string, unknown>>

/**
 * The answer to `navigator.credentials.create` (WebAuthn Level 3, 5.1: `RegistrationResponseJSON`). Throws `mfa_refused` when it is none, when
 * it was made in a frame of another page, and when somebody attests the device: nobody asked for that, and to check it the library would call
 * whatever address the certificates name (attack `ssrf`).
 */
export async function registrationIn(answer: unknown): Promise<RegistrationResponseJSON> {
  const { response, ...credential } = credentialIn(answer)
  const clientDataJSON = textIn(response, 'clientDataJSON')
  const attestationObject = textIn(response, 'attestationObject')
  await mustBeTopLevel(clientDataJSON)
  await mustNotAttest(attestationObject)
  const transports = transportsIn(response['transports'])
  return { ...credential, response: { clientDataJSON, attestationObject, transports } }
}

/**
 * The answer to `navigator.credentials.get` (WebAuthn Level 3, 5.1: `AuthenticationResponseJSON`). Throws `mfa_refused` when it is none, and when
 * it was made in a frame of another page.
 */
export async function assertionIn(answer: unknown): Promise<AuthenticationResponseJSON> {
  const { response, ...credential } = credentialIn(answer)
  const clientDataJSON = textIn(response, 'clientDataJSON')
  const authenticatorData = textIn(response, 'authenticatorData')
  const signature = textIn(response, 'signature')
  await mustBeTopLevel(clientDataJSON)
  return { ...credential, response: { clientDataJSON, authenticatorData, signature } }
}

function credentialIn(answer: unknown): Pick<
  RegistrationResponseJSON,
  'id' | 'rawId' | 'type' | 'clientExtensionResults'
> & {
  readonly response: Members
} {
  const members = membersOf(answer)
  if (members['type'] !== 'public-key') throw refusedPasskey('it is no public key')
  return {
    id: textIn(members, 'id'),
    rawId: textIn(members, 'rawId'),
    type: 'public-key',
    clientExtensionResults: {},
    response: membersOf(members['response']),
  }
}

function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value))
  throw refusedPasskey('the answer is not that of a browser')
}

function textIn(members: Members, name: string): string {
  const value = members[name]
  if (typeof value === 'string' && value !== '') return value
  throw refusedPasskey(`the answer has no ${name}`)
}

/** They only help the browser to find the authenticator again. */
const transportsIn = (value: unknown): string[] =>
  Array.isArray(value)
    ? value
        .filter((word): word is string => typeof word === 'string' && TRANSPORT.test(word))
        .slice(0, MOST_TRANSPORTS)
    : []

async function mustBeTopLevel(clientDataJSON: string): Promise<void> {
  const { decodeClientDataJSON } = await loadHelpers()
  const isFramed = await orRefused(() => Boolean(decodeClientDataJSON(clientDataJSON).crossOrigin))
  if (isFramed) throw refusedPasskey('it was made in a frame of another page')
}

/** None at all, or that of the key itself, which browsers leave in place of it (WebAuthn Level 3, 5.1.3 step 22). */
async function mustNotAttest(attestationObject: string): Promise<void> {
  const { decodeAttestationObject, isoBase64URL } = await loadHelpers()
  const isBare = await orRefused(() => {
    const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
    const format = decoded.get('fmt')
    return (
      format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined)
    )
  })
  if (!isBare) throw refusedPasskey('it attests a device, which nobody asked for')
}

/** What `work` of the library brings. Whatever it throws about an answer is what is wrong with the answer: it has no errors of another kind. */
export async function orRefused<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw refusedPasskey(error instanceof Error ? error.message : 'it cannot be read')
  }
}

/** The failure of a passkey that is not accepted; `reason` is for the operator. */
export const refusedPasskey = (reason: string): Failure =>
  new Failure('mfa_refused', 'the passkey was not accepted', {
    cause: new Failure('mfa_refused', reason),
  })
