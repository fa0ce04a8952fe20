import { noSuchRoute } from './route.ts'

/** The kinds of role that have a route (reference/conjur-api.md 1.9). */
export const ROLE_KINDS: ReadonlySet<string> = new Set([
  'user',
  'host',
  'layer',
  'group',
  'policy',
  'host_factory',
])

/** The kinds of resource that can be listed by their kind (reference/conjur-api.md 1.8). */
export const RESOURCE_KINDS: ReadonlySet<string> = new Set([
  ...ROLE_KINDS,
  'variable',
  'public_key',
  'webservice',
  'configuration',
])

/** Throws {@link noSuchRoute} for a kind that is not one of `kinds`. */
export function mustBeKind(kinds: ReadonlySet<string>, kind: string): void {
  if (!kinds.has(kind)) throw noSuchRoute()
}
