import { viewOf } from '#domain/access.ts'
import { adminOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { effectivePolicy } from '#policy/effective-policy.ts'
import { EffectiveScope } from '#policy/effective-scope.ts'
import type { PolicyNode } from '#policy/policy-node.ts'
import { isFields, isList } from '#policy/policy-node.ts'
import { printYaml } from '#policy/print-policy.ts'
import type { MemoryWorld } from './memory-world.ts'

/** What is fetched, by whom, and how deep; all of the root by the administrator unless said otherwise. */
export interface Fetching {
  readonly policy?: string
  readonly depth?: number
  readonly by?: Id
  /** The values of public keys. */
  readonly keys?: ReadonlyMap<Id, string>
}

/** The statements of a fetched policy. */
export function fetched(
  world: MemoryWorld,
  { policy = 'root', depth = 64, by = adminOf('acme'), keys = new Map() }: Fetching = {},
): readonly PolicyNode[] {
  const sees = viewOf(world, by)
  const resources = world.rows.flatMap((row) => (row.table === 'resource' ? [row.id] : []))
  const scope = new EffectiveScope({
    account: 'acme',
    target: makeId('acme', 'policy', policy),
    depth,
    world,
    visible: resources.filter(sees).toSorted(),
    bareRoles: world.rows.flatMap((row) =>
      row.table === 'role' && world.resource(row.id) === undefined ? [row] : [],
    ),
  })
  return effectivePolicy(scope, {
    annotationsOf: (id) =>
      new Map([...world.of(id)].map(([name, { value }]) => [name, value] as const)),
    publicKeyOf: (id) => keys.get(id),
  })
}

/** The text of a fetched policy. */
export const fetchedText = (world: MemoryWorld, fetching?: Fetching): string =>
  printYaml(fetched(world, fetching))

/** The statements within a fetched policy that is not the root, as a text that can be loaded into it. */
export function fetchedBody(world: MemoryWorld, fetching: Fetching): string {
  const [node] = fetched(world, fetching)
  const body = node !== undefined && isFields(node.value) ? node.value.get('body') : undefined
  if (body === undefined || !isList(body)) throw new Error('the fetched policy has no body')
  return printYaml(body.map(asNode))
}

function asNode(value: Parameters<typeof isFields>[0]): PolicyNode {
  if (typeof value === 'object' && 'tag' in value) return value
  throw new Error('a body holds something else than statements')
}
