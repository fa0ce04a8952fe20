import { Failure } from '#lib/failure.ts'
import { refused } from './refusal.ts'

const MAX_BODY_BYTES = 64 * 1024

const SHAPE = /^[-\w=]+\.[-\w=]+\.[-\w=]+$/

/**
 * The token in the field `jwt` of a form, whatever the content type said (reference/conjur-api.md 6.4). Throws `bad_request`
 * without that field, `too_large` beyond 64 KiB, and `unauthorized` when the field is no token or is given twice.
 */
export function tokenFromBody(body: Uint8Array): string {
  if (body.byteLength > MAX_BODY_BYTES) {
    throw new Failure('too_large', 'the request body is larger than 64 KiB')
  }
  const form = new URLSearchParams(new TextDecoder().decode(body))
  const [token = '', ...more] = form.getAll('jwt').map((value) => value.trim())
  if (token === '') {
    throw new Failure('bad_request', "CONJ00009E Field 'jwt' is missing or empty in request body")
  }
  if (more.length > 0 || !SHAPE.test(token)) {
    throw refused('CONJ00077E The request body does not hold one JWT')
  }
  return token
}
