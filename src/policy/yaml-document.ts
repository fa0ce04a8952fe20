import { Lexer, Parser } from 'yaml'
import type { CST } from 'yaml'
import { addSyntaxError, spanOf } from './yaml-syntax.ts'
import type { Problems } from './problems.ts'

/** So deep may a policy nest; the recursive steps behind this one rely on it. */
export const MAX_DEPTH = 64

/** What to do about a policy that nests deeper. */
export const TOO_DEEP = 'Put inner policies beside each other, with paths as their ids'

/** So long may one scalar be, in UTF-16 code units: longer than any key, certificate chain or identifier. */
const MAX_SCALAR = 65_536

/** So many tokens may a policy have: about 150,000 variables with annotations. They bound the memory that parsing takes. */
const MAX_TOKENS = 5_000_000

/** What YAML does not allow unescaped, and the carriage returns that YAML parsers disagree about. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]|\r(?!\n)/

/**
 * The one document of a policy as a concrete syntax tree, or `undefined` when there is none.
 *
 * Size and nesting are bounded here, token by token and without recursion, before anything else looks at the text. What
 * exceeds a bound, and what YAML forbids anywhere, throws a `PolicyFault` at once; other errors are noted in `problems`.
 */
export function readDocument(text: string, problems: Problems): CST.Document | undefined {
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden !== null) {
    const { index } = forbidden
    const at = { start: index, end: index + 1 }
    problems.fatal(at, 'control characters are not allowed', CONTROL_ADVICE)
  }
  let document: CST.Document | undefined
  for (const token of tokensOf(text, problems)) {
    if (token.type !== 'document') checkBetweenDocuments(token, problems)
    else if (document === undefined) document = token
    else {
      problems.fatal(
        spanOf(token.start[0] ?? token),
        'Multiple YAML documents encountered. Only a single document is permitted per policy.',
        'Load each document on its own, or leave out the --- between them',
      )
    }
  }
  return document
}

const CONTROL_ADVICE = String.raw`Write it as an escape in double quotes, for example "\t"`

function* tokensOf(text: string, problems: Problems): Generator<CST.Token, void> {
  const parser = new Parser()
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    checkLexeme(lexeme, parser.offset, problems)
    yield* parser.next(lexeme)
    if (++count > MAX_TOKENS) {
      const message = `a policy can have ${MAX_TOKENS} tokens at most`
      problems.fatal(before(parser.offset), message, 'Load the policy in parts')
    }
    // The stack also holds the document and the scalar being read.
    if (parser.stack.length > MAX_DEPTH + 2) {
      const message = `a policy can nest ${MAX_DEPTH} levels deep at most`
      problems.fatal(before(parser.offset), message, TOO_DEEP)
    }
  }
  yield* parser.end()
}

const before = (offset: number): { start: number; end: number } => ({
  start: Math.max(0, offset - 1),
  end: offset,
})

function checkLexeme(lexeme: string, offset: number, problems: Problems): void {
  if (lexeme.length <= MAX_SCALAR || /^[ #\r\n]/.test(lexeme)) return
  problems.fatal(
    { start: offset, end: offset + lexeme.length },
    `a scalar can have ${MAX_SCALAR} characters at most; this one has ${lexeme.length}`,
    'Keep large values as secrets',
  )
}

/** Directives, the end mark and whatever the parser could not place. */
function checkBetweenDocuments(token: CST.Token, problems: Problems): void {
  if (isBlank(token) || token.type === 'byte-order-mark') return
  if (token.type === 'directive') {
    if (!token.source.startsWith('%YAML ')) addSyntaxError(problems, spanOf(token), 'badDirective')
  } else if (token.type === 'doc-end') {
    for (const rest of token.end ?? []) {
      if (!isBlank(rest)) addSyntaxError(problems, spanOf(rest), 'unexpected')
    }
  } else addSyntaxError(problems, spanOf(token), 'unexpected')
}

/** Whether a token separates others and means nothing. */
export const isBlank = (token: CST.Token): boolean =>
  token.type === 'space' || token.type === 'comment' || token.type === 'newline'
