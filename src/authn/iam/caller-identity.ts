import type { Outbound, OutboundAnswer } from '#app/outbound.ts'
import { STS_NAMESPACE, STS_VERSION } from '#lib/aws/sts.ts'
import { confused, parseDocument } from '#lib/aws/xml.ts'
import type { Element } from '#lib/aws/xml.ts'
import { Failure } from '#lib/failure.ts'
import type { Endpoint } from './endpoint.ts'
import { refused } from './refusal.ts'
import type { SignedRequest } from './signed-request.ts'

/** Who signed a request, in the words of AWS. */
export interface CallerIdentity {
  readonly arn: string
  readonly account: string
  readonly userId: string
}

/** The one question that is ever asked. */
export const questionAt = ({ host }: Endpoint): string =>
  `https://${host}/?Action=GetCallerIdentity&Version=${STS_VERSION}`

/**
 * Who signed a request, by the word of the Security Token Service that it is for. Throws `unauthorized` when that refuses, cannot be asked, or
 * answers anything but one document that names one caller (attack `iam-response-confusion`), and `unavailable` when too many wait for it. The words
 * of AWS go nowhere: they may repeat what was signed.
 */
export type IdentifyCaller = (
  request: Pick<SignedRequest, 'endpoint' | 'headers'>,
) => Promise<CallerIdentity>

/** Asks over the outbound port. */
export const identifyCallerOver =
  (outbound: Pick<Outbound, 'send'>): IdentifyCaller =>
  async ({ endpoint, headers }) => {
    try {
      const answer = await outbound.send(questionAt(endpoint), {
        purpose: 'aws',
        headers: { accept: 'text/xml', ...headers },
      })
      return await identityIn(answer)
    } catch (error) {
      if (!(error instanceof Failure) || KEPT.has(error.code)) throw error
      const why = `CONJ00063E ${endpoint.host} cannot tell who signed the request: ${error.message}`
      throw refused(why, { cause: error.cause })
    }
  }

/** What is told as it is: a refusal, and that there is no time for a question. */
const KEPT: ReadonlySet<string> = new Set<Failure['code']>(['unauthorized', 'unavailable'])

async function identityIn(answer: OutboundAnswer): Promise<CallerIdentity> {
  const { status } = answer
  if (status >= 400 && status < 500) throw await refusal(answer)
  if (status !== 200) throw confused(`it has status ${status}`)
  const document = await documentIn(answer)
  if (document.name !== 'GetCallerIdentityResponse') throw confused('it answers something else')
  const result = document.only('GetCallerIdentityResult')
  return {
    arn: result.text('Arn'),
    account: result.text('Account'),
    userId: result.text('UserId'),
  }
}

const XML = /^(?:text|application)\/xml *(?:;|$)/i

async function documentIn({ contentType = '', body }: OutboundAnswer): Promise<Element> {
  if (!XML.test(contentType)) throw confused('it is of another type than XML')
  return parseDocument(body, STS_NAMESPACE)
}

/** What the service says of itself when it is not to blame. */
const PASSING =
  /^(?:Throttling|ThrottlingException|RequestLimitExceeded|ServiceUnavailable|InternalFailure)$/

async function refusal(answer: OutboundAnswer): Promise<Failure> {
  const document = await documentIn(answer)
  if (document.name !== 'ErrorResponse') throw confused('it answers something else')
  const code = document.only('Error').text('Code')
  if (!/^[A-Za-z0-9._-]{1,80}$/.test(code)) throw confused('its error has no code')
  if (PASSING.test(code)) return new Failure('unreachable', `AWS STS answers ${code}`)
  return refused(`CONJ00018E AWS does not accept the signed request: ${code}`)
}
