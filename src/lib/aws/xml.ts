import { Failure } from '#lib/failure.ts'

/** An element of a document that a server answered with. */
export interface Element {
  readonly name: string
  /** Its one child element of a name; throws `corrupt` when there is none, or more than one. */
  only(name: string): Element
  /** The text of such a child, which has no elements in it. */
  text(name: string): string
}

/** The failure of an answer that is not an answer to what was asked. It quotes nothing: the answer may hold a secret. */
export const confused = (how: string, cause?: unknown): Failure =>
  new Failure('corrupt', `the answer of AWS makes no sense: ${how}`, { cause })

/** The largest document that is read, in bytes: answers have few kilobytes. */
const MAX_DOCUMENT = 64 * 1024

type Parser = typeof import('@rgrove/parse-xml')
type XmlElement = import('@rgrove/parse-xml').XmlElement

/**
 * The root of a document, which must be in `namespace` (attack `iam-response-confusion`). Throws `corrupt` for anything but well-formed XML
 * without a document type: so there are no entities but the five of XML itself, and nothing is ever fetched.
 */
export async function parseDocument(body: Uint8Array, namespace: string): Promise<Element> {
  if (body.byteLength > MAX_DOCUMENT) throw confused('it is too large')
  // Loaded when AWS answers for the first time: most servers never ask it.
  const parser = await import('@rgrove/parse-xml')
  const root = rootOf(parser, textOf(body))
  if (root.attributes['xmlns'] !== namespace) throw confused('it has another namespace')
  return elementOver(parser, root)
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw confused('it is not UTF-8', error)
  }
}

function rootOf({ parseXml }: Parser, text: string): XmlElement {
  let document
  try {
    document = parseXml(text, { preserveDocumentType: true })
  } catch {
    // The parser's error quotes the document.
    throw confused('it is not well-formed XML')
  }
  const isPlain = document.children.every(({ type }) => type !== 'doctype')
  if (document.root === null || !isPlain) throw confused('it is not a plain document')
  return document.root
}

function elementOver(parser: Parser, element: XmlElement): Element {
  const only = (name: string): XmlElement => {
    const found = element.children.filter(
      (child): child is XmlElement => child instanceof parser.XmlElement && child.name === name,
    )
    const [first] = found
    if (first === undefined || found.length > 1) throw confused(`it does not have one ${name}`)
    return first
  }
  return {
    name: element.name,
    only: (name) => elementOver(parser, only(name)),
    text(name) {
      const { children } = only(name)
      if (children.some((child) => child instanceof parser.XmlElement)) {
        throw confused(`${name} has elements in it`)
      }
      return children
        .map((child) => (child instanceof parser.XmlText ? child.text : ''))
        .join('')
        .trim()
    },
  }
}
