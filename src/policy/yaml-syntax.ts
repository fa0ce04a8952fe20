import type { CST } from 'yaml'
import type { Problems } from './problems.ts'
import type { Span } from './source.ts'

/** What can be wrong with the YAML of a policy. */
export type SyntaxError =
  | 'dashNotAllowed'
  | 'missingColon'
  | 'longKey'
  | 'missingDash'
  | 'missingKey'
  | 'badList'
  | 'badMapping'
  | 'valueNotAllowed'
  | 'unspacedTag'
  | 'secondProperty'
  | 'misplacedProperty'
  | 'propertyOnAlias'
  | 'emptyAnchor'
  | 'tab'
  | 'badStart'
  | 'unclosedQuote'
  | 'badEscape'
  | 'badBlockText'
  | 'badDirective'
  | 'unexpected'

/** How a syntax error is reported: in the words of libyaml, and with the usual cause (reference/conjur-api.md 4.9). */
interface SyntaxMessage {
  readonly message: string
  readonly advice: string
}

const BAD_LIST =
  "This error can occur when you don't end a list properly, or have a problem element in the list"
const BAD_MAPPING =
  "This error can occur when you don't end a mapping properly, or have a problem element in the mapping"
const ONE_NODE_A_LINE = 'Only one node can be defined per line.'
const SIMPLE_KEY = "This error can occur when you have a missing ':' or missing space after ':'"

const MESSAGES: Readonly<Record<SyntaxError, SyntaxMessage>> = {
  dashNotAllowed: {
    message: 'block sequence entries are not allowed in this context',
    advice: "This error can occur when you have an unnecessary '-' at the beginning of a line",
  },
  missingColon: {
    message: "could not find expected ':' while scanning a simple key",
    advice: SIMPLE_KEY,
  },
  longKey: {
    message: "could not find expected ':' while scanning a simple key",
    advice: 'A key must stand on one line and be no longer than 1024 characters',
  },
  missingDash: {
    message: "did not find expected '-' indicator while parsing a block collection",
    advice: 'This error can occur when you have an indentation problem',
  },
  missingKey: {
    message: 'did not find expected key while parsing a block mapping',
    advice: 'This error can occur when you have an indentation problem',
  },
  badList: {
    message: "did not find expected ',' or ']' while parsing a flow sequence",
    advice: BAD_LIST,
  },
  badMapping: {
    message: "did not find expected ',' or '}' while parsing a flow mapping",
    advice: BAD_MAPPING,
  },
  valueNotAllowed: {
    message: 'mapping values are not allowed in this context',
    advice: SIMPLE_KEY,
  },
  unspacedTag: {
    message: 'did not find expected whitespace or line break while scanning a tag',
    advice: ONE_NODE_A_LINE,
  },
  secondProperty: { message: 'found a second tag or anchor on one node', advice: ONE_NODE_A_LINE },
  misplacedProperty: {
    message: 'found a tag or anchor in front of an indicator',
    advice: 'A tag stands after the dash, on the line of the node that it belongs to',
  },
  propertyOnAlias: {
    message: 'an alias cannot have a tag or an anchor',
    advice: 'Put the tag where the anchor is defined',
  },
  emptyAnchor: {
    message: 'did not find expected alphabetic or numeric character while scanning an anchor',
    advice: 'Give the anchor a name, or put the text in quotes',
  },
  tab: {
    message: 'found character that cannot start any token while scanning for the next token',
    advice: 'You must use spaces for indentation, not tabs.',
  },
  badStart: {
    message: 'found character that cannot start any token while scanning for the next token',
    advice: 'Put the text in quotes',
  },
  unclosedQuote: {
    message: 'found unexpected end of stream while scanning a quoted scalar',
    advice: 'Close the quote that opens here',
  },
  badEscape: {
    message: 'found unknown escape character while parsing a quoted scalar',
    advice: 'Use single quotes, or write the backslash twice',
  },
  badBlockText: {
    message: 'did not find expected comment or line break while scanning a block scalar',
    advice: 'Begin the text on the line below, indented further',
  },
  badDirective: {
    message: 'found unknown directive name while scanning a directive',
    advice: 'A policy needs no directives',
  },
  unexpected: {
    message: 'did not find expected <document start>',
    advice: 'A policy is one list of statements: each begins with a dash at the start of its line',
  },
}

/** Notes a syntax error; of those on a line the leftmost counts, for one slip breaks all that follows it. */
export function addSyntaxError(problems: Problems, span: Span, error: SyntaxError): void {
  const { message, advice } = MESSAGES[error]
  problems.addFirstOfLine(span, message, advice)
}

/**
 * The stretch of text that a token of the parser covers; of a collection or a block
 * scalar, its first character.
 */
export function spanOf(token: CST.Token): Span {
  return { start: token.offset, end: token.offset + lengthOf(token) }
}

function lengthOf(token: CST.Token): number {
  // The source of a block scalar is its text without the `|` or `>` in front.
  if (token.type === 'block-scalar') return 1
  return 'source' in token && typeof token.source === 'string' ? token.source.length : 1
}
