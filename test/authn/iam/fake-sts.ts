import { createHash, createHmac } from 'node:crypto'
import assert from 'node:assert/strict'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Outbound, OutboundAnswer, OutboundRequest } from '#app/outbound.ts'

/** Somebody whom the stand-in knows, and what they sign with. */
export interface Caller {
  readonly account: string
  readonly arn: string
  readonly userId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** The number of the account of the tests. */
export const AWS_ACCOUNT = '123456789012'

/** A session of a role of the tests. */
export const roleSession = (role: string, more: Partial<Caller> = {}): Caller => ({
  account: AWS_ACCOUNT,
  arn: `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/${role}/i-0abc`,
  userId: 'AROA3XFRBF535PLBIFPI4:i-0abc',
  accessKeyId: `ASIA${hash(role).slice(0, 16).toUpperCase()}`,
  secretAccessKey: `CANARY${hash(`secret of ${role}`)}`,
  sessionToken: `CANARY/token+${hash(`token of ${role}`)}==`,
  ...more,
})

/** A question to the service. */
export interface Question {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/** A stand-in for AWS STS in all regions (API version 2011-06-15): it checks signatures and knows {@link Caller}s. */
export interface FakeSts extends Outbound {
  readonly callers: Caller[]
  /** Every question that came in. */
  readonly asked: (Question & { readonly purpose: OutboundRequest['purpose'] })[]
  /** Answers instead of the service, as long as it is set. */
  instead: ((question: Question) => OutboundAnswer | Promise<OutboundAnswer>) | undefined
}

/** Opens one that knows these callers. */
export function fakeSts(...callers: Caller[]): FakeSts {
  const sts: FakeSts = {
    callers,
    asked: [],
    instead: undefined,
    get: async () => assert.fail('keys are not fetched'),
    async send(address, { purpose, method = 'GET', headers, body }) {
      assert.equal(body, undefined)
      const url = new URL(address)
      const question = { method, url, headers: { ...headers, host: url.host } }
      sts.asked.push({ ...question, purpose })
      return sts.instead === undefined ? answerOf(sts.callers, question) : sts.instead(question)
    },
  }
  return sts
}

/** What the service answers whoever signed a question. */
export function answerOf(callers: readonly Caller[], question: Question): OutboundAnswer {
  const { url, headers } = question
  if (headers['authorization'] === undefined) return refusal(403, 'MissingAuthenticationToken')
  const caller = callers.find((known) => isSignedBy(known, question))
  if (caller === undefined) return refusal(403, 'SignatureDoesNotMatch')
  const { searchParams } = url
  if (searchParams.get('Version') !== '2011-06-15') return refusal(400, 'InvalidAction')
  return searchParams.get('Action') === 'GetCallerIdentity'
    ? xml(200, identity(caller))
    : refusal(400, 'InvalidAction')
}

/** An answer that is XML. */
export const xml = (status: number, text: string): OutboundAnswer => ({
  status,
  contentType: 'text/xml',
  body: Buffer.from(text),
})

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** The ordinary answer to GetCallerIdentity. */
export const identity = ({ account, arn, userId }: Caller): string =>
  `<GetCallerIdentityResponse xmlns="${NAMESPACE}">\n  <GetCallerIdentityResult>\n    <Arn>${arn}</Arn>\n    <UserId>${userId}</UserId>\n    <Account>${account}</Account>\n  </GetCallerIdentityResult>\n  <ResponseMetadata>\n    <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\n  </ResponseMetadata>\n</GetCallerIdentityResponse>\n`

/** The answer of a service that refuses; its words repeat what they should not. */
export const refusal = (status: number, code: string, said = 'CANARY/token'): OutboundAnswer =>
  xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${said}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  )

/** AWS Signature Version 4, as the service computes it again. */
function isSignedBy(caller: Caller, { method, url, headers }: Question): boolean {
  const [, key, day = '', region = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/sts\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers['authorization'] ?? '',
    ) ?? []
  if (key !== caller.accessKeyId) return false
  if (headers['x-amz-security-token'] !== caller.sessionToken) return false
  const query = [...url.searchParams]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .toSorted()
  const canonical = [
    method,
    url.pathname,
    query.join('&'),
    ...names.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    names,
    hash(''),
  ].join('\n')
  const scope = `${day}/${region}/sts/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n')
  const derived = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${caller.secretAccessKey}`,
  )
  return hmac(derived, text).toString('hex') === signature
}

/** What a client signs otherwise than usual. */
export interface ProofOptions {
  readonly region?: string
  readonly host?: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly method?: string
  readonly query?: Readonly<Record<string, string>>
  /** Signed as well. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the hash of the body is a header; some clients leave it out. */
  readonly hasHash?: boolean
}

/** The headers of a question that a client has signed, by their names in lower case. */
export async function proofOf(
  caller: Caller,
  options: ProofOptions,
): Promise<Readonly<Record<string, string>>> {
  const { region = 'us-east-1', host = `sts.${region}.amazonaws.com`, hasHash = true } = options
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials: caller,
    sha256: Sha256,
    applyChecksum: hasHash,
  })
  const signed = await signer.sign(
    {
      method: options.method ?? 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { ...(options.query ?? { Action: 'GetCallerIdentity', Version: '2011-06-15' }) },
      headers: { host, ...options.headers },
    },
    { signingDate: new Date(options.now) },
  )
  return signed.headers
}

type HashInput = string | ArrayBuffer | ArrayBufferView

class Sha256 {
  readonly #hash: ReturnType<typeof createHash | typeof createHmac>

  constructor(secret?: HashInput) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }

  update(data: HashInput): void {
    this.#hash.update(bytes(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    throw new Error('a hash is used once')
  }
}

function bytes(data: HashInput): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()
