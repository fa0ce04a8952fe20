import type { IssuerData } from '#app/issuer-kinds.ts'
import type { Outbound, OutboundAnswer, OutboundRequest } from '#app/outbound.ts'
import { signedHeaders } from '#lib/aws/signature.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import { STS_NAMESPACE, STS_VERSION } from '#lib/aws/sts.ts'
import { confused, parseDocument } from '#lib/aws/xml.ts'
import type { Element } from '#lib/aws/xml.ts'
import { Failure } from '#lib/failure.ts'
import { stsEndpoint } from './region.ts'

/** What calls to the Security Token Service stand on. */
export interface StsParts {
  readonly outbound: Pick<Outbound, 'send'>
  /** The time, in milliseconds since 1970. */
  readonly now: () => number
  /** Where the service is, instead of the address of its region; HTTPS. */
  readonly endpoint?: string | undefined
}

/** One call. */
export interface StsCall {
  readonly action: 'AssumeRole' | 'GetFederationToken'
  readonly region: string
  readonly key: AccessKey
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * The result of a call to AWS STS. Throws `unprocessable_entity` with the code of the service's error when it refuses, `unavailable` when it
 * does not answer or cannot serve now, and `corrupt` when what it answers is something else. The key is in no message.
 */
export type CallSts = (call: StsCall) => Promise<Element>

/** Calls STS in the region of each call, or at `endpoint`. */
export function stsCaller({ outbound, now, endpoint }: StsParts): CallSts {
  return async ({ action, region, key, parameters }) => {
    const url = new URL(endpoint ?? stsEndpoint(region))
    const body = String(
      new URLSearchParams({ Action: action, Version: STS_VERSION, ...parameters }),
    )
    const headers = await signedHeaders(
      {
        method: 'POST',
        url,
        region,
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body,
      },
      key,
      new Date(now()),
    )
    const answer = await posted(outbound, url, { headers, body: Buffer.from(body, 'utf8') })
    if (answer.status !== 200) throw await refusal(answer, key)
    const document = await parseDocument(answer.body, STS_NAMESPACE)
    if (document.name !== `${action}Response`) throw confused('it answers something else')
    return document.only(`${action}Result`)
  }
}

/** The access key in the data of an issuer. */
export const keyOf = (data: IssuerData): AccessKey => ({
  accessKeyId: data.get('access_key_id') ?? '',
  secretAccessKey: data.get('secret_access_key') ?? '',
})

async function posted(
  outbound: StsParts['outbound'],
  url: URL,
  message: Required<Pick<OutboundRequest, 'headers' | 'body'>>,
): Promise<OutboundAnswer> {
  try {
    return await outbound.send(url.href, { purpose: 'issuers', method: 'POST', ...message })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // Whatever kept us from calling is for the operator to know, and no refusal of the caller's.
    throw new Failure('unavailable', 'the issuer of the secret does not answer', { cause: error })
  }
}

/** What the service says of itself when it is not to blame. */
const PASSING =
  /^(?:Throttling|ThrottlingException|RequestLimitExceeded|ServiceUnavailable|InternalFailure)$/

const MAX_REASON = 300

/** The failure of an answer that is an error. What the service says goes to the trail, without our key; the caller learns its code. */
async function refusal({ status, body }: OutboundAnswer, key: AccessKey): Promise<Failure> {
  if (status < 400) return confused(`it has status ${status}`)
  if (status >= 500) return unavailable(`AWS answered with status ${status}`)
  const document = await parseDocument(body, STS_NAMESPACE)
  if (document.name !== 'ErrorResponse') throw confused('it answers something else')
  const error = document.only('Error')
  const code = error.text('Code')
  if (!/^[A-Za-z0-9._-]{1,80}$/.test(code)) throw confused('its error has no code')
  const said = masked(error.text('Message'), key).slice(0, MAX_REASON)
  const cause = new Failure('unprocessable_entity', `AWS refused: ${code}: ${said}`)
  if (PASSING.test(code)) return unavailable(cause.message)
  return new Failure('unprocessable_entity', `Failed to create the dynamic secret. Code: ${code}`, {
    cause,
  })
}

const unavailable = (why: string): Failure =>
  new Failure('unavailable', 'the issuer of the secret cannot serve now', {
    cause: new Failure('unavailable', why),
  })

/** A message of the service without our key in it, on one line. */
const masked = (text: string, { accessKeyId, secretAccessKey }: AccessKey): string =>
  text
    .replaceAll(secretAccessKey, '…')
    .replaceAll(accessKeyId, '…')
    .replaceAll(/\p{Cc}+/gu, ' ')
