import type { Outbound, OutboundAnswer } from '#app/outbound.ts'
import { parseDocument } from '#authn/jwt/json-document.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { unreachable } from '#authn/jwt/unreachable.ts'
import type { Provider } from './provider.ts'
import type { CodeFlowSettings } from './settings.ts'

/** What a code is exchanged for; nobody has looked into it yet. */
export interface Exchanged {
  readonly idToken: string
  /** Only to hold its digest against the ID token; nothing is asked with it. */
  readonly accessToken: string | undefined
}

/** What somebody brought back from the provider. */
export interface BroughtCode {
  readonly code: string
  readonly codeVerifier: string
}

/** Exchanges codes at the provider; throws `unauthorized` when it gives no ID token for one. */
export type ExchangeCode = (
  provider: Provider & { readonly caPem?: string },
  client: CodeFlowSettings,
  brought: BroughtCode,
) => Promise<Exchanged>

const FAILED = 'CONJ00133E Failed to exchange the code'

/** Exchanges over the outbound port (OpenID Connect Core 1.0, 3.1.3; RFC 7636 4.5). */
export const codeExchange =
  (outbound: Outbound): ExchangeCode =>
  async ({ tokenEndpoint, clientProof, caPem }, client, brought) => {
    if (tokenEndpoint === undefined || new URL(tokenEndpoint).protocol !== 'https:') {
      throw refused('CONJ00130E The provider is misconfigured: it has no https: token_endpoint')
    }
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: brought.code,
      code_verifier: brought.codeVerifier,
      ...(client.redirectUri === undefined ? {} : { redirect_uri: client.redirectUri }),
      ...(clientProof === 'client_secret_basic'
        ? {}
        : { client_id: client.clientId, client_secret: client.clientSecret }),
    })
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(clientProof === 'client_secret_basic' ? { authorization: basic(client) } : {}),
    }
    const request = { headers, body: Buffer.from(form.toString()), purpose: 'oidc' } as const
    const answer = await sent(() =>
      outbound.send(tokenEndpoint, { ...request, ...(caPem === undefined ? {} : { caPem }) }),
    )
    return exchanged(answer)
  }

async function sent(send: () => Promise<OutboundAnswer>): Promise<OutboundAnswer> {
  try {
    return await send()
  } catch (error) {
    throw unreachable(FAILED, error)
  }
}

/** RFC 6749 2.3.1: each part is encoded like a form first. */
function basic({ clientId, clientSecret }: CodeFlowSettings): string {
  const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

function exchanged({ status, body }: OutboundAnswer): Exchanged {
  const text = new TextDecoder().decode(body)
  if (status !== 200) throw refused(`${FAILED}: the provider said ${errorIn(text)} (${status})`)
  const { id_token: idToken, access_token: accessToken } = parseDocument(
    text,
    `${FAILED}: the provider did not answer with a JSON object`,
  )
  if (typeof idToken !== 'string') throw refused(`${FAILED}: the provider gave no ID token`)
  return { idToken, accessToken: typeof accessToken === 'string' ? accessToken : undefined }
}

/** The code of an error (RFC 6749 5.2); descriptions, and whatever is no code, are not repeated (attack `oidc`). */
function errorIn(text: string): string {
  const error = documentIn(text)?.['error']
  return typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : 'nothing that we know'
}

function documentIn(text: string): JsonObject | undefined {
  try {
    return parseDocument(text, FAILED)
  } catch {
    // An answer that is no JSON tells no more than its status.
    return undefined
  }
}
