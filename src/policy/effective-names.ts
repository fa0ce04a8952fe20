import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { EffectiveScope, Place } from './effective-scope.ts'
import { fieldsOf } from './policy-node.ts'
import type { PolicyNode } from './policy-node.ts'

const ROLE_TAGS: ReadonlyMap<string, string> = new Map([
  ...['policy', 'user', 'host', 'group', 'layer'].map((kind) => [kind, kind] as const),
  ['host_factory', 'host-factory'],
])

const RESOURCE_TAGS: ReadonlyMap<string, string> = new Map([
  ...ROLE_TAGS,
  ['variable', 'variable'],
  ['webservice', 'webservice'],
])

/** The tag that declares or names `id`; `undefined` when only the raw form with a `kind` does. */
export function tagOf(id: Id, table: 'role' | 'resource'): string | undefined {
  const kind = kindOf(id)
  // A slash in the name of a user would be read as the path of its policy.
  if (kind === 'user' && identifierOf(id).includes('/')) return undefined
  return (table === 'role' ? ROLE_TAGS : RESOURCE_TAGS).get(kind)
}

/** Something that a statement is about, by its name in the body where it stands. */
export const subjectNode = (place: Place, table: 'role' | 'resource'): PolicyNode =>
  namedNode(place.id, table, place.name)

/** A role by its name from the root, wherever it stands. */
export const absoluteNode = (scope: EffectiveScope, role: Id): PolicyNode =>
  namedNode(role, 'role', `/${scope.pathOf(role)}`, accountElsewhere(scope, role))

/** A role as a statement in the body `parent` names it: shortly when it stands there, too. */
export function memberNode(scope: EffectiveScope, role: Id, parent: string): PolicyNode {
  const place = scope.places.get(role)
  return place?.parent === parent && place.name !== ''
    ? subjectNode(place, 'role')
    : absoluteNode(scope, role)
}

const accountElsewhere = (scope: EffectiveScope, id: Id): string | undefined =>
  accountOf(id) === scope.input.account ? undefined : accountOf(id)

function namedNode(id: Id, table: 'role' | 'resource', name: string, account?: string): PolicyNode {
  const tag = tagOf(id, table)
  if (tag !== undefined && account === undefined) return { tag, value: name }
  const kind = tag === undefined ? kindOf(id) : undefined
  return { tag: tag ?? table, value: fieldsOf(['kind', kind], ['id', name], ['account', account]) }
}
