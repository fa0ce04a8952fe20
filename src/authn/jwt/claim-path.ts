import { isJsonObject, type JsonObject } from './strict-json.ts'

/** Claims that say who made a token, for whom and until when, and so nothing of the workload (reference/conjur-api.md 6.4). */
const DENIED: ReadonlySet<string> = new Set(['iss', 'exp', 'nbf', 'iat', 'jti', 'aud'])

const NAME = String.raw`[a-zA-Z|$_][a-zA-Z|$_\-0-9.]*`
const PATH = new RegExp(`^${NAME}(?:/${NAME})*$`)

const ONE = new RegExp(`^${NAME}$`)

/** Whether `text` can be one name of a path. */
export const isClaimName = (text: string): boolean => ONE.test(text)

/** Whether `text` can name a claim: `sub`, or `kubernetes.io/pod/name` for one within others. */
export const isClaimPath = (text: string): boolean => PATH.test(text)

/** Whether `text` names a claim that cannot tell one workload from another. */
export const isDenied = (text: string): boolean => DENIED.has(text)

/** What the claim at `path` says; `undefined` when there is none, or it is null. */
export function claimAt(claims: JsonObject, path: string): unknown {
  let value: unknown = claims
  for (const name of path.split('/')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value ?? undefined
}
