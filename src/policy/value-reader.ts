import { addUnexpectedType, classOf, DUPLICATE, isNull, itemsOf } from './attribute.ts'
import { CIDR_ADVICE, parseCidr } from './cidr.ts'
import { shown } from './problems.ts'
import type { Problems } from './problems.ts'
import type { Annotation, Text } from './statement.ts'
import type { Pair, ScalarNode, YamlNode } from './yaml-node.ts'

/** The longest annotation name and privilege, in UTF-16 code units. */
const MAX_NAME = 255

const NAME_ADVICE = 'Shorten the name and write it on one line'

/**
 * Reads the values of attributes. An attribute that is not there reads as `undefined` or an empty list, and so does,
 * once it is noted, a value of the wrong type.
 */
export class ValueReader {
  readonly #problems: Problems

  constructor(problems: Problems) {
    this.#problems = problems
  }

  /** A string. */
  text(pair: Pair | undefined): Text | undefined {
    return pair && this.#string(pair.key.value, pair.value)
  }

  /** Strings. */
  texts(pair: Pair | undefined): readonly Text[] {
    if (pair === undefined) return []
    return itemsOf(pair.value).flatMap((node) => this.#string(pair.key.value, node) ?? [])
  }

  /** Names of what a role may do. */
  privileges(pair: Pair | undefined): readonly Text[] {
    return this.texts(pair).filter((text) => this.#checkName(text))
  }

  /** A whole number, in decimal. */
  integer(pair: Pair | undefined): Text | undefined {
    if (pair === undefined) return undefined
    const { key, value } = pair
    if (value.kind === 'scalar' && classOf(value) === 'Integer') {
      return { value: decimal(value.value), at: value.at }
    }
    addUnexpectedType(this.#problems, 'integer', key.value, value)
    return undefined
  }

  /** Yes or no; no when there is no such attribute. */
  boolean(pair: Pair | undefined): boolean {
    if (pair === undefined) return false
    const type = classOf(pair.value)
    if (type === 'TrueClass' || type === 'FalseClass') return type === 'TrueClass'
    addUnexpectedType(this.#problems, 'boolean', pair.key.value, pair.value)
    return false
  }

  /** Addresses in normal form, each once. */
  cidrs(pair: Pair | undefined): readonly string[] {
    const cidrs = new Set<string>()
    if (pair === undefined) return []
    for (const node of itemsOf(pair.value)) {
      const text = isScalarText(node) ? { value: node.value, at: node.at } : undefined
      if (text === undefined) addUnexpectedType(this.#problems, 'CIDR', pair.key.value, node)
      else this.#addCidr(cidrs, text)
    }
    return [...cidrs]
  }

  /** Names with values; what is not a string becomes one. */
  annotations(pair: Pair | undefined): readonly Annotation[] {
    if (pair === undefined || isNull(pair.value)) return []
    const { key, value: node } = pair
    if (node.kind !== 'mapping' || node.tag !== undefined) {
      addUnexpectedType(this.#problems, 'hash', key.value, node)
      return []
    }
    const annotations = new Map<string, Annotation>()
    for (const { key: name, value } of node.pairs) {
      if (annotations.has(name.value)) {
        this.#problems.add(name.at, `Duplicate attribute: ${shown(name.value)}`, DUPLICATE)
      }
      const annotation = this.#annotation(name, value)
      if (annotation !== undefined) annotations.set(name.value, annotation)
    }
    return [...annotations.values()]
  }

  #annotation(key: ScalarNode, node: YamlNode): Annotation | undefined {
    const name = { value: key.value, at: key.at }
    if (!this.#checkName(name)) return undefined
    if (isScalarText(node)) {
      return { name, value: { value: annotationText(node), at: node.at } }
    }
    if (node.kind === 'sequence' && node.tag === undefined) {
      const message = `Attribute '${shown(key.value)}' can't be a sequence`
      this.#problems.add(node.at, message, 'Put the list in quotes: an annotation is one text')
    } else addUnexpectedType(this.#problems, 'string', key.value, node)
    return undefined
  }

  #string(field: string, node: YamlNode): Text | undefined {
    if (node.kind === 'scalar' && classOf(node) === 'String') {
      return { value: node.value, at: node.valueAt }
    }
    addUnexpectedType(this.#problems, 'string', field, node)
    return undefined
  }

  #checkName({ value, at }: Text): boolean {
    const isName = value.length > 0 && value.length <= MAX_NAME && !/\p{Cc}/u.test(value)
    if (!isName) {
      const message = `a name has 1 to ${MAX_NAME} characters and no control characters`
      this.#problems.add(at, message, NAME_ADVICE)
    }
    return isName
  }

  #addCidr(cidrs: Set<string>, { value, at }: Text): void {
    const result = parseCidr(value)
    if ('cidr' in result) {
      cidrs.add(result.cidr)
      return
    }
    const message = `Invalid IP address or CIDR range '${shown(value)}'`
    if (result.fault === 'malformed') this.#problems.add(at, message, CIDR_ADVICE)
    else {
      const meant = `Value has bits set to right of mask. Did you mean '${result.suggestion}'?`
      this.#problems.add(at, `${message}: ${meant}`, CIDR_ADVICE)
    }
  }
}

const isScalarText = (node: YamlNode): node is ScalarNode =>
  node.kind === 'scalar' && node.tag === undefined

/** Words for yes and no become `true` and `false`, nothing the empty text; numbers stay as they are written. */
function annotationText(node: ScalarNode): string {
  switch (classOf(node)) {
    case 'TrueClass':
      return 'true'
    case 'FalseClass':
      return 'false'
    case 'NilClass':
      return ''
    default:
      return node.value
  }
}

/** An integer as YAML 1.1 reads it: `0x` is hexadecimal, `0b` binary and a leading zero octal. */
function decimal(text: string): string {
  const digits = text.replaceAll('_', '').replace(/^\+/, '')
  if (/^0\d/.test(digits)) return BigInt(`0o${digits.slice(1)}`).toString()
  return digits.startsWith('-') ? `-${BigInt(digits.slice(1))}` : BigInt(digits).toString()
}
