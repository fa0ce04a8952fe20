import { Failure } from '#lib/failure.ts'

/** What an access token may say (reference/conjur-api.md 2.2). Times are in seconds since 1970. */
export interface AccessClaims {
  readonly iat: number
  /** The login. */
  readonly sub: string
  readonly exp?: number
  /** The only addresses from which the token may be used. */
  readonly cidr?: readonly string[]
  readonly iss?: unknown
  readonly aud?: unknown
  readonly jti?: string
  /** How the bearer proved to be there besides having the credential, in the words of RFC 8176. */
  readonly amr?: readonly string[]
  /** When the bearer did. */
  readonly auth_time?: number
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isTime = (value: unknown): boolean => Number.isFinite(value)
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isOptional = (is: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || is(value)

/** The closed set of claims, and what each of them has to be. */
const CLAIMS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['iat', isTime],
  ['sub', isText],
  ['exp', isOptional(isTime)],
  ['cidr', isOptional(isTextList)],
  ['iss', () => true],
  ['aud', () => true],
  ['jti', isOptional(isText)],
  ['amr', isOptional(isTextList)],
  ['auth_time', isOptional(isTime)],
])

/** `payload` as claims; throws `token_invalid` when it has others than those that are known, or one of the wrong type. */
export function mustBeClaims(payload: unknown): AccessClaims {
  if (typeof payload !== 'object' || payload === null) {
    throw new Failure('token_invalid', 'Malformed authorization token')
  }
  if (Object.keys(payload).some((name) => !CLAIMS.has(name))) {
    throw new Failure('token_invalid', 'token contains unrecognized claims')
  }
  if (!isClaims(payload)) throw new Failure('token_invalid', 'Unauthorized: Invalid token')
  return payload
}

function isClaims(payload: object): payload is AccessClaims {
  const values = new Map<string, unknown>(Object.entries(payload))
  return [...CLAIMS].every(([name, isValid]) => isValid(values.get(name)))
}
