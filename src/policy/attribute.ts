import { shown } from './problems.ts'
import type { Problems } from './problems.ts'
import { CIDR_ADVICE } from './cidr.ts'
import { scalarType } from './scalar-type.ts'
import { adviceOnAttribute, adviceOnTag, typeOfTag } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'
import type { MappingNode, Pair, YamlNode } from './yaml-node.ts'

/** The attributes of a statement under the names that {@link Vocabulary.attributes} gives them. */
export type Attributes = ReadonlyMap<string, Pair>

/** What to do about an attribute or an annotation that comes twice. */
export const DUPLICATE = 'Keep one of them: an attribute that takes several values takes a list'

/** The attributes of a mapping; notes those that the type does not have and those that come twice, in any spelling. */
export function readAttributes(
  node: MappingNode,
  type: Vocabulary,
  problems: Problems,
): Attributes {
  const attributes = new Map<string, Pair>()
  for (const pair of node.pairs) {
    const spelling = pair.key.value
    const name = type.attributes.get(spelling)
    if (name === undefined) {
      problems.add(
        pair.key.at,
        `No such attribute '${shown(spelling)}' on type ${type.className}`,
        adviceOnAttribute(spelling, type),
      )
    } else if (attributes.has(name)) {
      problems.add(pair.key.at, `Duplicate attribute: ${shown(spelling)}`, DUPLICATE)
    } else attributes.set(name, pair)
  }
  return attributes
}

/** The items of a list, lists in it included; a single value is a list of one, and none at all is empty. */
export function itemsOf(node: YamlNode): readonly YamlNode[] {
  if (node.kind === 'sequence' && node.tag === undefined) return node.items.flatMap(elementsOf)
  return isNull(node) ? [] : [node]
}

/** Unlike an attribute without a value, an empty element of a list stands for itself. */
const elementsOf = (node: YamlNode): readonly YamlNode[] =>
  node.kind === 'sequence' ? itemsOf(node) : [node]

/** Whether nothing stands where a value could. */
export const isNull = (node: YamlNode): boolean => classOf(node) === 'NilClass'

/** What a value is, in the words of the messages. */
export function classOf(node: YamlNode): string {
  if (node.tag !== undefined) return typeOfTag(node.tag.text)?.className ?? node.tag.text
  switch (node.kind) {
    case 'scalar':
      return node.plain ? scalarType(node.value) : 'String'
    case 'sequence':
      return 'Array'
    case 'mapping':
      return 'Hash'
  }
}

/** Notes that a value is not what its attribute takes. */
export function addUnexpectedType(
  problems: Problems,
  word: string,
  field: string,
  node: YamlNode,
): void {
  if (node.tag !== undefined && typeOfTag(node.tag.text) === undefined) {
    addUnknownTag(problems, node)
  } else if (node.kind === 'mapping' && node.tag === undefined) {
    problems.add(
      node.at,
      `Attribute '${shown(field)}' can't be a mapping`,
      adviceOnType(word, node),
    )
  } else {
    const message = `Expected a ${word} for field '${shown(field)}', got ${classOf(node)}`
    problems.add(node.at, message, adviceOnType(word, node))
  }
}

/** What to write where a value of another type stands. */
function adviceOnType(word: string, node: YamlNode): string {
  if (word === 'string') {
    return node.kind === 'scalar' && node.tag === undefined
      ? 'Put it in quotes to make it a string'
      : 'Write one text: no list, no attributes, no type in front'
  }
  return EXPECTED.get(word) ?? `Write a ${word}`
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['integer', 'Write a whole number without quotes'],
  ['boolean', 'Write true or false, without quotes'],
  ['hash', 'Write names and values, each pair on a line of its own'],
  ['CIDR', CIDR_ADVICE],
  ['Role', 'Name a role with its type, for example !group developers'],
  ['Member', 'Name a role with its type, for example !user alice'],
  ['Resource', 'Name a resource with its type, for example !variable password'],
  ['Layer', 'Name a layer with its type, for example !layer servers'],
  ['Record', 'Name a role or a resource with its type, for example !host web'],
])

/** Notes that the tag of `node` names nothing. */
export function addUnknownTag(problems: Problems, { tag, at }: YamlNode): void {
  const text = tag?.text ?? ''
  problems.add(tag?.at ?? at, `Unrecognized data type '${shown(text)}'`, adviceOnTag(text))
}
