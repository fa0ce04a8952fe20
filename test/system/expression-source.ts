import { globSync, readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'

/** A regular expression in our sources. */
export interface FoundExpression {
  /** `file:line`. */
  readonly place: string
  readonly source: string
  readonly flags: string
}

/** Every regular expression that is written in the sources of a folder. */
export function expressionsIn(folder: string): readonly FoundExpression[] {
  return globSync(`${folder}/**/*.ts`)
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8')
      const found: FoundExpression[] = []
      collect(parseAst(text, { lang: 'ts' }), (start, { pattern, flags }) => {
        const line = text.slice(0, start).split('\n').length
        found.push({ place: `${file}:${line}`, source: pattern, flags })
      })
      return found
    })
}

interface Literal {
  readonly pattern: string
  readonly flags: string
}

/** Tells of every literal in a tree of syntax, of which it knows no more than that. */
function collect(node: unknown, tell: (start: number, literal: Literal) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, tell)
    return
  }
  if (typeof node !== 'object' || node === null) return
  if ('regex' in node && isLiteral(node.regex) && 'start' in node) {
    tell(Number(node.start), node.regex)
    return
  }
  for (const child of Object.values(node)) collect(child, tell)
}

const isLiteral = (value: unknown): value is Literal =>
  typeof value === 'object' && value !== null && 'pattern' in value && 'flags' in value
