import { createHash, createHmac } from 'node:crypto'

/** What requests to AWS are signed with. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Belongs to keys that end by themselves. */
  readonly sessionToken?: string
}

/** A request to the Security Token Service that is to be signed. */
export interface UnsignedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly region: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type HashInput = string | ArrayBuffer | ArrayBufferView

/** SHA-256 as the signer wants it, keyed where there is a secret. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash | typeof createHmac>

  constructor(secret?: HashInput) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: HashInput): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    throw new Error('a hash is used once')
  }
}

const bytesOf = (data: HashInput): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

/**
 * The headers of a request to the Security Token Service, those that are given and `host` among them, signed by `key` at the time `now` (AWS
 * Signature Version 4). Their names are in lower case, all but those that were given otherwise.
 */
export async function signedHeaders(
  { method, url, region, headers, body }: UnsignedRequest,
  key: AccessKey,
  now: Date,
): Promise<Readonly<Record<string, string>>> {
  // Loaded when the first request is signed: most programs never need it.
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const signer = new SignatureV4({ service: 'sts', region, credentials: key, sha256: Sha256 })
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: now },
  )
  return signed.headers
}
