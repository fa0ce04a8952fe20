import { Failure } from '#lib/failure.ts'
import type { Answer } from './answer.ts'

/** The two families of answers (reference/conjur-api.md 1.3, 1.4): they differ in how failures look and in the type of the body. */
export type Family = 'v1' | 'v2'

/** The media type of the v2 API. */
export const V2_TYPE = 'application/x.secretsmgr.v2beta+json'

/** The family that a client asks for by its `Accept` header, on whatever route. */
export const familyOf = (accept: string | undefined): Family => (accept === V2_TYPE ? 'v2' : 'v1')

const VERSION = /application\/x\.secretsmgr\.v(?<version>\d+)beta\+json/

/** Throws `bad_request` unless an `Accept` header names the v2 API, maybe among others. */
export function mustAcceptV2(accept: string = ''): void {
  if (VERSION.exec(accept)?.groups?.['version'] === '2') return
  throw new Failure(
    'bad_request',
    `CONJ00194W The api belongs to v2 APIs but it missing the version "${V2_TYPE}" in the Accept header`,
  )
}

/** An answer of the v2 API. Its type is always that one: an `Accept` header that is echoed lets the client choose how its answer is read. */
export const v2Json = (status: number, body: unknown): Answer => ({
  status,
  type: V2_TYPE,
  body: JSON.stringify(body),
})
