import type { Proof } from '#app/authenticator.ts'
import { Failure } from '#lib/failure.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { BroughtCode } from './code-exchange.ts'
import type { ReturnedRequest } from './login-request.ts'

const MAX_BODY_BYTES = 64 * 1024

const SHAPE = /^[-\w=]+\.[-\w=]+\.[-\w=]+$/

/**
 * The ID token in the field `id_token` of a form, or of `Authorization: Bearer` (reference/conjur-api.md 6.5). Throws `bad_request`
 * without either, `too_large` beyond 64 KiB, and `unauthorized` when there is more than one, or it is none.
 */
export function idTokenIn({ body, authorization }: Pick<Proof, 'body' | 'authorization'>): string {
  if (body.byteLength > MAX_BODY_BYTES) {
    throw new Failure('too_large', 'the request body is larger than 64 KiB')
  }
  const form = new URLSearchParams(new TextDecoder().decode(body))
  const bearer = /^Bearer +(?<token>\S+) *$/i.exec(authorization ?? '')?.groups?.['token']
  const [token = '', ...more] = [...form.getAll('id_token'), bearer ?? '']
    .map((value) => value.trim())
    .filter((value) => value !== '')
  if (token === '') throw lacking('id_token')
  if (more.length > 0 || !SHAPE.test(token)) {
    throw refused('CONJ00035E Failed to decode the token: there is not one JWT')
  }
  return token
}

/** What somebody brings back from the provider. */
export type BroughtBack = BroughtCode & ReturnedRequest

/**
 * What the query of a request brings back (reference/conjur-api.md 6.5). Throws `bad_request` when the code, the nonce or the verifier is
 * missing, and `unauthorized` when one is there twice: two readers may each take another.
 */
export function broughtBackIn(query: URLSearchParams): BroughtBack {
  const mustHave = (name: string): string => {
    const value = one(query, name)
    if (value === undefined || value === '') throw lacking(name)
    return value
  }
  return {
    code: mustHave('code'),
    nonce: mustHave('nonce'),
    codeVerifier: mustHave('code_verifier'),
    state: one(query, 'state'),
  }
}

function one(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name)
  if (more.length > 0) throw refused(`CONJ00128E The parameter '${name}' is there twice`)
  return value
}

const lacking = (name: string): Failure =>
  new Failure('bad_request', `CONJ00009E Field '${name}' is missing or empty in request body`)
