import { kindOf } from '#domain/id.ts'
import { grantOf, permitsOf } from './effective-links.ts'
import { RecordPrinter } from './effective-record.ts'
import type { RecordTexts } from './effective-record.ts'
import type { EffectiveScope, Place } from './effective-scope.ts'
import type { PolicyNode } from './policy-node.ts'

/** The order of statements in a body (reference/conjur-api.md 1.7). */
const ORDER: readonly string[] = [
  'user',
  'policy',
  'variable',
  'webservice',
  'host',
  'layer',
  'host-factory',
  'group',
  'role',
  'resource',
  'grant',
  'permit',
]

/**
 * What is loaded as statements that would load it: for the root those of its body, for another policy the policy itself under the
 * last part of its name. Loaded into the same branch in mode `replace`, the statements of a body change nothing, as
 * long as they hide nothing from whoever fetched them.
 */
export function effectivePolicy(scope: EffectiveScope, texts: RecordTexts): readonly PolicyNode[] {
  const tree = new Tree(scope, texts)
  return scope.top === '' ? tree.body('') : [tree.target()]
}

/** A statement of a body, and what orders it among those with its tag. */
interface Entry {
  readonly key: string
  readonly node: PolicyNode
}

class Tree {
  readonly #scope: EffectiveScope
  readonly #records: RecordPrinter
  readonly #byParent: ReadonlyMap<string, readonly Place[]>

  constructor(scope: EffectiveScope, texts: RecordTexts) {
    this.#scope = scope
    this.#records = new RecordPrinter(scope, texts)
    this.#byParent = Map.groupBy(scope.places.values(), ({ parent }) => parent)
  }

  target(): PolicyNode {
    const { input, top } = this.#scope
    const place = { id: input.target, path: top, parent: top, name: '' }
    return this.#policy(place, top.slice(top.lastIndexOf('/') + 1))
  }

  body(path: string): readonly PolicyNode[] {
    return (this.#byParent.get(path) ?? [])
      .flatMap((place) => this.#entries(place))
      .toSorted(byTagAndKey)
      .map(({ node }) => node)
  }

  #entries(place: Place): readonly Entry[] {
    const { id, path } = place
    const grant = grantOf(this.#scope, this.#records, place)
    return [
      ...this.#declarations(place),
      ...(grant === undefined ? [] : [grant]),
      ...permitsOf(this.#scope, place),
    ].map((node, index) => ({
      key: `${path}\n${kindOf(id)}\n${String(index).padStart(9, '0')}`,
      node,
    }))
  }

  #declarations(place: Place): readonly PolicyNode[] {
    const { target } = this.#scope.input
    if (place.id === target && target !== this.#scope.root) return []
    const nodes = this.#records.records(place)
    const isPolicy = nodes[0]?.tag === 'policy' && place.id !== this.#scope.root
    return isPolicy ? [this.#policy(place, place.name)] : nodes
  }

  #policy(place: Place, name: string): PolicyNode {
    const fields = this.#records.policyFields(place, name)
    return { tag: 'policy', value: new Map([...fields, ['body', this.body(place.path)]]) }
  }
}

const byTagAndKey = (one: Entry, other: Entry): number =>
  ORDER.indexOf(one.node.tag) - ORDER.indexOf(other.node.tag) || (one.key < other.key ? -1 : 1)
