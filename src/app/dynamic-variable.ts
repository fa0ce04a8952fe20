import type { Id } from '#domain/id.ts'

/** Where the variables are whose values are made when they are asked for (reference/conjur-api.md 1.11). */
const FOLDER = ':variable:data/dynamic/'

/** The prefix of the annotations that say how such a value is made. */
export const DYNAMIC_PREFIX = 'dynamic/'

/** The annotation that names the issuer of a variable. */
export const ISSUER_ANNOTATION = 'dynamic/issuer'

/** The annotation that names one of the methods of that issuer's kind. */
export const METHOD_ANNOTATION = 'dynamic/method'

/** The annotation that says how long a value is to be good, in seconds. */
export const TTL_ANNOTATION = 'dynamic/ttl'

/** Whether the place of `id` is one of variables whose values are made when they are asked for. */
export const isDynamicVariable = (id: Id): boolean => id.startsWith(FOLDER, id.indexOf(':'))

/** What the annotations of a variable say beyond issuer, method and life, by name without the prefix. */
export function parametersIn(
  annotations: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const own = new Set([ISSUER_ANNOTATION, METHOD_ANNOTATION, TTL_ANNOTATION])
  return new Map(
    Array.from(annotations)
      .filter(([name]) => name.startsWith(DYNAMIC_PREFIX) && !own.has(name))
      .map(([name, value]) => [name.slice(DYNAMIC_PREFIX.length), value]),
  )
}
