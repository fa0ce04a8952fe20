import { refused } from './refusal.ts'

/** What an `Authorization` header of AWS Signature Version 4 says. */
export interface Authorization {
  /** The day of the signature, as `20260102`. */
  readonly day: string
  readonly region: string
  /** The names of the signed headers, in lower case. */
  readonly signed: readonly string[]
  readonly signature: string
}

const SHAPE =
  /^AWS4-HMAC-SHA256 +Credential=\w{16,128}\/(?<day>\d{8})\/(?<region>[a-z0-9-]{1,40})\/sts\/aws4_request, *SignedHeaders=(?<names>[a-z0-9_-]{1,64}(?:;[a-z0-9_-]{1,64}){0,31}), *Signature=(?<signature>[0-9a-f]{64})$/

/** Reads an `Authorization` header; throws `unauthorized` for one that signs nothing for the Security Token Service. */
export function parseAuthorization(text: string): Authorization {
  const { day, region, names, signature } = SHAPE.exec(text)?.groups ?? {}
  if (day === undefined || region === undefined || names === undefined || signature === undefined) {
    throw refused('CONJ00018E The authorization header is not a signature for AWS STS')
  }
  return { day, region, signed: names.split(';'), signature }
}
