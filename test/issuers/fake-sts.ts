import { createHash, createHmac } from 'node:crypto'
import type { Outbound, OutboundAnswer, OutboundRequest } from '#app/outbound.ts'

/** The access key that the stand-in knows. */
export const KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
/** Its secret, to be found nowhere else. */
export const SECRET = 'CANARYk7MDENGbPxRfiCYEXAMPLEKEYwJalrXUtn'

/** The account whose key it is. */
export const AWS_ACCOUNT = '123456789012'

/** One call as it came in. */
export interface StsRequest {
  readonly url: string
  readonly parameters: ReadonlyMap<string, string>
}

/** What a test wants instead of the ordinary answer. */
export type Instead = (request: StsRequest) => OutboundAnswer | Promise<OutboundAnswer>

/** A stand-in for AWS STS: it checks signatures and answers as the service documents (API version 2011-06-15). */
export interface FakeSts extends Pick<Outbound, 'send'> {
  readonly requests: StsRequest[]
  /** Answers instead of the service, as long as it is set. */
  instead: Instead | undefined
}

/** Opens one whose clock is `now`. */
export function fakeSts(now: () => number): FakeSts {
  const sts: FakeSts = {
    requests: [],
    instead: undefined,
    async send(url, message) {
      const parameters = new Map(new URLSearchParams(bodyOf(message).toString()))
      const request = { url, parameters }
      sts.requests.push(request)
      if (sts.instead !== undefined) return sts.instead(request)
      if (!isSigned(new URL(url), message)) {
        return refused(403, 'SignatureDoesNotMatch', `The key ${KEY_ID} and ${SECRET} do not match`)
      }
      return answered(request, now(), sts.requests.length)
    },
  }
  return sts
}

/** An answer of the service that refuses. */
export const refused = (status: number, code: string, message: string): OutboundAnswer =>
  xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  )

/** An answer with a body. */
export const xml = (status: number, text: string): OutboundAnswer => ({
  status,
  body: Buffer.from(text),
})

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** The ordinary answer to AssumeRole. */
export const assumed = (arn: string, credentials: string, more = ''): string =>
  `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult><AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROA123EXAMPLE123:x</AssumedRoleId></AssumedRoleUser>${credentials}<PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>${more}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`

/** The ordinary answer to GetFederationToken. */
export const federated = (arn: string, id: string, credentials: string): string =>
  `<GetFederationTokenResponse xmlns="${NAMESPACE}"><GetFederationTokenResult>${credentials}<FederatedUser><FederatedUserId>${id}</FederatedUserId><Arn>${arn}</Arn></FederatedUser><PackedPolicySize>0</PackedPolicySize></GetFederationTokenResult></GetFederationTokenResponse>`

/** Credentials, the `count`th. */
export const credentials = (count: number, expiresAt: Date): string =>
  `<Credentials><SessionToken>token/${count}+&amp;=</SessionToken><SecretAccessKey>secret/${count}</SecretAccessKey><Expiration>${expiresAt.toISOString()}</Expiration><AccessKeyId>ASIAIOSFODNN7EXAMPL${count}</AccessKeyId></Credentials>`

function answered({ parameters }: StsRequest, now: number, count: number): OutboundAnswer {
  const of = (name: string): string => parameters.get(name) ?? ''
  if (of('Version') !== '2011-06-15') return refused(400, 'InvalidAction', 'No such version')
  const seconds = Number(of('DurationSeconds'))
  if (!(seconds >= 900 && seconds <= 43_200)) {
    return refused(400, 'ValidationError', 'DurationSeconds is out of bounds')
  }
  const made = credentials(count, new Date(now + seconds * 1000))
  if (of('Action') === 'GetFederationToken') {
    const name = of('Name')
    if (!/^[\w+=,.@-]{2,32}$/.test(name)) return refused(400, 'ValidationError', 'Name')
    const arn = `arn:aws:sts::${AWS_ACCOUNT}:federated-user/${name}`
    return xml(200, federated(arn, `${AWS_ACCOUNT}:${name}`, made))
  }
  const [, partition, account, role] =
    /^arn:([a-z-]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(of('RoleArn')) ?? []
  if (!/^[\w+=,.@-]{2,64}$/.test(of('RoleSessionName'))) {
    return refused(400, 'ValidationError', 'RoleSessionName')
  }
  if (role === 'forbidden') {
    return refused(403, 'AccessDenied', `User is not authorized to assume ${of('RoleArn')}`)
  }
  const arn = `arn:${partition}:sts::${account}:assumed-role/${role}/${of('RoleSessionName')}`
  return xml(200, assumed(arn, made))
}

const hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

const bodyOf = ({ body = Buffer.of() }: OutboundRequest): Buffer => Buffer.from(body)

/** AWS Signature Version 4, as the service computes it again. */
function isSigned(url: URL, message: OutboundRequest): boolean {
  const { headers } = message
  const byName = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const [, key, day, region, names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/sts\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      byName.get('authorization') ?? '',
    ) ?? []
  const signed = names.split(';')
  if (key !== KEY_ID || !signed.includes('host') || !signed.includes('x-amz-date')) return false
  if (byName.get('host') !== url.host) return false
  const canonical = [
    'POST',
    url.pathname,
    '',
    ...signed.map((name) => `${name}:${(byName.get(name) ?? '').trim()}`),
    '',
    names,
    hex(bodyOf(message)),
  ].join('\n')
  const scope = `${day}/${region}/sts/aws4_request`
  const text = ['AWS4-HMAC-SHA256', byName.get('x-amz-date'), scope, hex(canonical)].join('\n')
  const derived = [day ?? '', region ?? '', 'sts', 'aws4_request'].reduce(
    hmac,
    Buffer.from(`AWS4${SECRET}`),
  )
  return hmac(derived, text).toString('hex') === signature
}
