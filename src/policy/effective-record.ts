import type { MembershipRow } from '#domain/change.ts'
import { identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { absoluteNode, tagOf } from './effective-names.ts'
import type { EffectiveScope, Place } from './effective-scope.ts'
import { fieldsOf } from './policy-node.ts'
import type { PolicyFields, PolicyNode, PolicyValue } from './policy-node.ts'
import { isWithin } from './policy-paths.ts'

/** What the world does not hold and a policy says. */
export interface RecordTexts {
  readonly annotationsOf: (resource: Id) => ReadonlyMap<string, string>
  /** The value of a public key. */
  readonly publicKeyOf: (resource: Id) => string | undefined
}

/** Attributes of a variable that are kept as annotations. */
const NAMED = { kind: 'conjur/kind', mime_type: 'conjur/mime_type' } as const

/** The attribute of a layer's list, a host's or a user's addresses, and so on; none is no attribute. */
const listOf = (items: readonly PolicyValue[]): PolicyValue | undefined =>
  items.length === 0 ? undefined : items

/** Prints the records of a fetched policy. */
export class RecordPrinter {
  readonly #scope: EffectiveScope
  readonly #texts: RecordTexts
  readonly #keysOf: ReadonlyMap<Id, readonly Id[]>
  readonly #ownedKeys: ReadonlySet<Id>

  constructor(scope: EffectiveScope, texts: RecordTexts) {
    this.#scope = scope
    this.#texts = texts
    const users = new Map(
      [...scope.places.keys()].flatMap((id) =>
        kindOf(id) === 'user' ? [[identifierOf(id), id]] : [],
      ),
    )
    const keys = scope.publicKeys.flatMap((key) => {
      const user = this.#userOf(key, users)
      return user === undefined ? [] : [{ user, key }]
    })
    this.#ownedKeys = new Set(keys.map(({ key }) => key))
    this.#keysOf = new Map(
      [...Map.groupBy(keys, ({ user }) => user)].map(([user, list]) => [
        user,
        list.map(({ key }) => key),
      ]),
    )
  }

  /** The statements that declare what stands at a place: none when nothing has to, two for a role and a resource of no type of ours. */
  records(place: Place): readonly PolicyNode[] {
    const { id } = place
    const { world } = this.#scope.input
    if (this.#ownedKeys.has(id) || (this.#scope.isGiven(id) && !this.#isExtended(id))) return []
    const type = this.#typeOf(id)
    if (type !== undefined)
      return [{ tag: type, value: this.#fields(place) }, ...this.#bareRole(place, type)]
    return [
      ...(world.role(id) === undefined ? [] : [rawNode('role', place)]),
      ...(world.resource(id) === undefined || isUndeclared(this.#scope, id)
        ? []
        : [rawNode('resource', place, this.#common(place))]),
    ]
  }

  /** The attributes of a policy but for its body. */
  policyFields(place: Place, name: string): PolicyFields {
    return new Map([['id', name], ...this.#common(place)])
  }

  /** The memberships of a host factory that its `layers` say. */
  layersOf(factory: Place): readonly MembershipRow[] {
    if (kindOf(factory.id) !== 'host_factory') return []
    return [...this.#scope.input.world.membershipsOf(factory.id)]
      .filter((row) => isLayer(row) && this.#isNameable(row.role, factory))
      .toSorted((one, other) => (one.role < other.role ? -1 : 1))
  }

  /** The tag under which a policy declares it as both role and resource, as far as it is both. */
  #typeOf(id: Id): string | undefined {
    const { world } = this.#scope.input
    if (world.resource(id) === undefined) return undefined
    const tag = tagOf(id, 'resource')
    if (tag === undefined || tag === 'variable' || tag === 'webservice') return tag
    if (world.role(id) === undefined) return undefined
    const place = this.#scope.places.get(id)
    const isWithoutLayers =
      tag === 'host-factory' && (place === undefined || this.layersOf(place).length === 0)
    return isWithoutLayers ? undefined : tag
  }

  /** A variable that is a role as well has that from a statement of its own. */
  #bareRole(place: Place, type: string): readonly PolicyNode[] {
    const isRole = this.#scope.input.world.role(place.id) !== undefined
    return isRole && (type === 'variable' || type === 'webservice') ? [rawNode('role', place)] : []
  }

  #fields(place: Place): PolicyFields {
    const { id } = place
    const { world } = this.#scope.input
    const annotations = this.#texts.annotationsOf(id)
    const isVariable = kindOf(id) === 'variable'
    return new Map([
      ['id', place.name],
      ...this.#common(place),
      ...fieldsOf(
        ['layers', listOf(this.layersOf(place).map((row) => this.#layerNode(row, place)))],
        ['restricted_to', listOf(world.restrictionOf(id))],
        ['public_keys', listOf(this.#keyValues(id))],
        ['kind', isVariable ? annotations.get(NAMED.kind) : undefined],
        ['mime_type', isVariable ? annotations.get(NAMED.mime_type) : undefined],
      ),
    ])
  }

  #common(place: Place): PolicyFields {
    const { id } = place
    const owner = this.#scope.input.world.resource(id)?.owner
    const isSaid = owner !== undefined && !this.#scope.isOwnedByPlace(place)
    const named: readonly string[] = kindOf(id) === 'variable' ? Object.values(NAMED) : []
    const annotations = [...this.#texts.annotationsOf(id)]
      .filter(([name]) => !named.includes(name))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
    return fieldsOf(
      ['owner', isSaid ? absoluteNode(this.#scope, owner) : undefined],
      ['annotations', annotations.length === 0 ? undefined : new Map(annotations)],
    )
  }

  #layerNode({ role }: MembershipRow, { parent }: Place): PolicyNode {
    const path = this.#scope.pathOf(role)
    return { tag: 'layer', value: path.slice(parent === '' ? 0 : parent.length + 1) }
  }

  /** Whether the factory can name the layer: it lies in the same policy, and does not itself need the factory. */
  #isNameable(layer: Id, { id: factory, parent }: Place): boolean {
    if (parent !== '' && !isWithin(this.#scope.pathOf(layer), parent)) return false
    const seen = new Set<Id>()
    for (let owner: Id | undefined = layer; owner !== undefined && !seen.has(owner);) {
      if (owner === factory) return false
      seen.add(owner)
      owner = this.#scope.input.world.resource(owner)?.owner
    }
    return true
  }

  #isExtended(id: Id): boolean {
    return this.#texts.annotationsOf(id).size > 0 || this.#keysOf.has(id)
  }

  #keyValues(user: Id): readonly string[] {
    return (this.#keysOf.get(user) ?? []).flatMap((key) => this.#texts.publicKeyOf(key) ?? [])
  }

  /** The user whose declaration makes this very key; `undefined` when none that is shown does. */
  #userOf(key: Id, users: ReadonlyMap<string, Id>): Id | undefined {
    const { world } = this.#scope.input
    const [word, login = '', ...rest] = identifierOf(key).split('/')
    const user = word === 'user' ? users.get(login) : undefined
    if (user === undefined) return undefined
    const name = this.#texts.publicKeyOf(key)?.trim().split(/\s+/).at(-1)
    const isSameOwner = world.resource(key)?.owner === world.resource(user)?.owner
    // Only the root can declare a key apart from its user; elsewhere it gets the owner that the user has.
    const isOfUser = isSameOwner || this.#scope.top !== ''
    return isOfUser && name === rest.join('/') ? user : undefined
  }
}

const isLayer = ({ role, ownership, admin }: MembershipRow): boolean =>
  kindOf(role) === 'layer' && !ownership && !admin

/** Kinds that policies do not show, unless a policy declared the resource. */
const isUndeclared = ({ input }: EffectiveScope, id: Id): boolean =>
  ['public_key', 'configuration'].includes(kindOf(id)) &&
  input.world.resource(id)?.policy === undefined

const rawNode = (
  tag: 'role' | 'resource',
  { id, name }: Place,
  more?: PolicyFields,
): PolicyNode => ({
  tag,
  value: new Map<string, PolicyValue>([['kind', kindOf(id)], ['id', name], ...(more ?? [])]),
})
