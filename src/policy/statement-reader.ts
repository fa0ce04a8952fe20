import { addUnexpectedType, addUnknownTag, itemsOf, readAttributes } from './attribute.ts'
import type { Attributes } from './attribute.ts'
import type { Problems } from './problems.ts'
import type { Annotation, MemberNode, RecordNode, Statement } from './statement.ts'
import { ValueReader } from './value-reader.ts'
import { isAutomaticRole, typeOfTag } from './vocabulary.ts'
import type { ActionVocabulary, RecordVocabulary, Vocabulary } from './vocabulary.ts'
import type { MappingNode, Pair, YamlNode } from './yaml-node.ts'
import type { Tree } from './yaml-tree.ts'

/**
 * The statements of a policy (reference/conjur-api.md 4.1, 4.2). What is not a statement, or has a wrong attribute, is noted
 * in `problems` and left out. A node that is reached through aliases is one and the same record everywhere.
 */
export function readStatements(tree: Tree, problems: Problems): readonly Statement[] {
  return new StatementReader(problems, tree.aliased).list(tree.root)
}

/** What a reference must be: the words are those of the messages. */
type Expected = 'Role' | 'Resource' | 'Layer' | 'Record'

const ACCEPTS: Readonly<Record<Expected, (type: RecordVocabulary) => boolean>> = {
  Role: ({ isRole }) => isRole,
  Resource: ({ isResource }) => isResource,
  Layer: ({ type }) => type === 'layer',
  Record: () => true,
}

/** Attributes that are annotations by another name (reference/conjur-api.md 4.2). */
const NAMED_ANNOTATIONS = {
  uidnumber: 'conjur/uidnumber',
  gidnumber: 'conjur/gidnumber',
  kind: 'conjur/kind',
  mime_type: 'conjur/mime_type',
} as const

class StatementReader {
  readonly #problems: Problems
  readonly #values: ValueReader
  /** Only documents with aliases need it. */
  readonly #records: Map<YamlNode, RecordNode | undefined> | undefined

  constructor(problems: Problems, aliased: boolean) {
    this.#problems = problems
    this.#values = new ValueReader(problems)
    this.#records = aliased ? new Map() : undefined
  }

  /** A whole policy, or the body of one. */
  list(node: YamlNode | undefined): readonly Statement[] {
    if (node === undefined || (node.kind === 'scalar' && node.at.start === node.at.end)) return []
    if (node.kind !== 'sequence') {
      this.#unexpected(node)
      return []
    }
    return itemsOf(node).flatMap((item) => this.#statement(item) ?? [])
  }

  #unexpected(node: YamlNode): void {
    this.#problems.add(node.at, `Unexpected ${node.kind}`, adviceOnKind(node))
  }

  #statement(node: YamlNode): Statement | undefined {
    const type = this.#typeOf(node)
    if (type === undefined) return undefined
    if (type.isRecord) {
      const record = this.#record(node, type)
      return record && { kind: 'record', record }
    }
    if (node.kind === 'mapping') return this.#action(node, type)
    this.#unexpected(node)
    return undefined
  }

  #typeOf(node: YamlNode): Vocabulary | undefined {
    const { tag } = node
    if (tag === undefined) {
      if (node.kind === 'scalar') this.#unexpected(node)
      else {
        this.#problems.add(node.at, 'No type given or inferred for sequence entry', NO_TYPE)
      }
      return undefined
    }
    const type = typeOfTag(tag.text)
    if (type !== undefined) return type
    if (isAutomaticRole(tag.text)) {
      this.#problems.add(tag.at, `'${tag.text}' is not supported`, 'Declare a !role or a !group')
    } else addUnknownTag(this.#problems, node)
    return undefined
  }

  #action(node: MappingNode, type: ActionVocabulary): Statement | undefined {
    const { at } = node
    const attributes = readAttributes(node, type, this.#problems)
    switch (type.type) {
      case 'grant':
      case 'revoke':
        return {
          kind: type.type,
          at,
          roles: this.#references(this.#required(node, type, attributes, 'roles'), 'Role'),
          members: this.#members(this.#required(node, type, attributes, 'members')),
        }
      case 'permit':
      case 'deny':
        return {
          kind: type.type,
          at,
          roles: this.#references(this.#required(node, type, attributes, 'roles'), 'Role'),
          privileges: this.#values.privileges(this.#required(node, type, attributes, 'privileges')),
          resources: this.#references(
            this.#required(node, type, attributes, 'resources'),
            'Resource',
          ),
        }
      case 'delete': {
        const record = this.#reference(this.#required(node, type, attributes, 'record'), 'Record')
        return record && { kind: 'delete', at, record }
      }
      case 'member':
        this.#problems.add(
          at,
          "'!member' is not a statement",
          'It belongs to the members of a !grant',
        )
        return undefined
    }
  }

  #required(
    node: YamlNode,
    { className, attributes: spellings }: Vocabulary,
    attributes: Attributes,
    name: string,
  ): Pair | undefined {
    const pair = attributes.get(name)
    // An attribute that was not understood may be the one that is missing.
    const isUnderstood = node.kind !== 'mapping' || node.pairs.length === attributes.size
    if (pair === undefined && isUnderstood) {
      const singular = [...spellings.keys()].find((key) => spellings.get(key) === name)
      this.#problems.add(
        node.at,
        `Missing attribute '${singular}' on type ${className}`,
        `Add a line that begins with ${singular}:`,
      )
    }
    return pair
  }

  #record(node: YamlNode, type: RecordVocabulary): RecordNode | undefined {
    if (this.#records?.has(node) === true) return this.#records.get(node)
    const record = this.#readRecord(node, type)
    this.#records?.set(node, record)
    return record
  }

  #readRecord(node: YamlNode, type: RecordVocabulary): RecordNode | undefined {
    if (node.kind === 'sequence') {
      this.#unexpected(node)
      return undefined
    }
    const { at } = node
    const attributes = node.kind === 'scalar' ? NONE : readAttributes(node, type, this.#problems)
    const idPair = attributes.get('id')
    const id =
      node.kind === 'scalar' ? { value: node.value, at: node.valueAt } : this.#values.text(idPair)
    const kind =
      type.kind === undefined
        ? this.#values.text(this.#required(node, type, attributes, 'kind'))
        : undefined
    const annotations = this.#annotations(type, attributes)
    const record = { ...this.#attributesOf(attributes), type, at, id, kind, annotations }
    // An id of the wrong type is no blank id: what depends on it would only confuse.
    return idPair !== undefined && id === undefined ? undefined : record
  }

  #attributesOf(
    attributes: Attributes,
  ): Omit<RecordNode, 'type' | 'at' | 'id' | 'kind' | 'annotations'> {
    if (attributes.size === 0) return BARE
    // The role of a host factory is checked and has no effect (reference/conjur-api.md 4.2).
    this.#reference(attributes.get('role'), 'Role')
    return {
      account: this.#values.text(attributes.get('account')),
      owner: this.#reference(attributes.get('owner'), 'Role'),
      restrictedTo: this.#values.cidrs(attributes.get('restricted_to')),
      publicKeys: this.#values.texts(attributes.get('public_keys')),
      layers: this.#references(attributes.get('layers'), 'Layer'),
      body: this.#body(attributes.get('body')),
    }
  }

  #body(pair: Pair | undefined): readonly Statement[] {
    return pair === undefined ? [] : this.list(pair.value)
  }

  #annotations(type: RecordVocabulary, attributes: Attributes): readonly Annotation[] {
    if (attributes.size === 0) return []
    const annotations = this.#values.annotations(attributes.get('annotations'))
    const named = (['uidnumber', 'gidnumber', 'mime_type', 'kind'] as const).flatMap(
      (attribute) => this.#namedAnnotation(type, attributes.get(attribute), attribute) ?? [],
    )
    // What is written as an annotation goes before an attribute that means the same.
    return [
      ...annotations,
      ...named.filter(({ name }) => !annotations.some((other) => other.name.value === name.value)),
    ]
  }

  #namedAnnotation(
    type: RecordVocabulary,
    pair: Pair | undefined,
    attribute: keyof typeof NAMED_ANNOTATIONS,
  ): Annotation | undefined {
    if (pair === undefined || (attribute === 'kind' && type.kind === undefined)) return undefined
    const isText = attribute === 'kind' || attribute === 'mime_type'
    const value = isText ? this.#values.text(pair) : this.#values.integer(pair)
    const name = { value: NAMED_ANNOTATIONS[attribute], at: pair.key.at }
    return value === undefined ? undefined : { name, value }
  }

  #members(pair: Pair | undefined): readonly MemberNode[] {
    if (pair === undefined) return []
    return itemsOf(pair.value).flatMap((node) => this.#member(node, pair.key.value) ?? [])
  }

  #member(node: YamlNode, field: string): MemberNode | undefined {
    const type = node.tag && typeOfTag(node.tag.text)
    if (type?.type !== 'member') {
      const role = this.#referenceAt(node, field, 'Role', 'Member')
      return role && { role, admin: false }
    }
    if (node.kind !== 'mapping') {
      this.#unexpected(node)
      return undefined
    }
    const attributes = readAttributes(node, type, this.#problems)
    const role = this.#reference(this.#required(node, type, attributes, 'role'), 'Role')
    const admin = this.#values.boolean(attributes.get('admin'))
    return role && { role, admin }
  }

  #references(pair: Pair | undefined, expected: Expected): readonly RecordNode[] {
    if (pair === undefined) return []
    return itemsOf(pair.value).flatMap(
      (node) => this.#referenceAt(node, pair.key.value, expected) ?? [],
    )
  }

  #reference(pair: Pair | undefined, expected: Expected): RecordNode | undefined {
    return pair && this.#referenceAt(pair.value, pair.key.value, expected)
  }

  #referenceAt(
    node: YamlNode,
    field: string,
    expected: Expected,
    word: string = expected,
  ): RecordNode | undefined {
    const type = node.tag && typeOfTag(node.tag.text)
    if (type?.isRecord === true && ACCEPTS[expected](type)) return this.#record(node, type)
    addUnexpectedType(this.#problems, word, field, node)
    return undefined
  }
}

const NO_TYPE = 'Put the type in front, for example !variable'

/** What to do about a list, attributes or a text where something else is expected. */
function adviceOnKind({ kind, tag }: YamlNode): string {
  if (kind === 'scalar') return 'Please check the syntax for defining a new node.'
  if (kind === 'mapping') return 'Write a list of statements: each begins with a dash and its type'
  return `Write what belongs to ${tag?.text ?? 'it'} as attributes, each with its name and a colon`
}

const NONE: Attributes = new Map()

const BARE = {
  account: undefined,
  owner: undefined,
  restrictedTo: [],
  publicKeys: [],
  layers: [],
  body: [],
} as const
