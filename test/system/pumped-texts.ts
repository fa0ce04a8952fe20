/**
 * Texts that make a bad regular expression slow: for every part of it that may repeat without end, a text that leads there, repeats that
 * part, and then goes on otherwise than the expression hopes. It understands as much of expressions as ours use.
 */
export function pumpsOf(source: string, flags: string): readonly Pump[] {
  const root = new ExpressionReader(source).read()
  const pumps: Pump[] = []
  const visitor = { flags: flags.replaceAll(/[gy]/g, ''), pumps }
  visit(root, '', visitor)
  return pumps
}

/** What is repeated, after what. */
export interface Pump {
  readonly prefix: string
  readonly unit: string
}

/** A part of an expression. */
interface Term {
  /** Of a character or a class of them. */
  readonly atom: string
  /** The alternatives of a group. */
  readonly group: readonly (readonly Term[])[] | undefined
  readonly min: number
  readonly endless: boolean
}

class ExpressionReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  /** The alternatives up to the end, or up to the end of a group. */
  read(): readonly (readonly Term[])[] {
    const alternatives: Term[][] = [[]]
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        alternatives.push([])
        this.#at += 1
      } else alternatives.at(-1)?.push(this.#term())
    }
    return alternatives
  }

  #term(): Term {
    const opening = this.#match(/\((?:\?(?:[:=!]|<[=!]|<\w+>))?/y)
    if (opening !== undefined) {
      const group = this.read()
      this.#at += 1
      const isLook = /\?<?[=!]$/.test(opening)
      return { atom: '', group: isLook ? [[]] : group, ...this.#quantifier() }
    }
    const atom =
      this.#match(
        /\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)|[^]/y,
      ) ?? ''
    return { atom, group: undefined, ...this.#quantifier() }
  }

  #quantifier(): Pick<Term, 'min' | 'endless'> {
    const text = this.#match(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y)
    if (text === undefined) return { min: 1, endless: false }
    if (text.startsWith('{')) {
      return { min: Number(/\d+/.exec(text)?.[0]), endless: text.includes(',}') }
    }
    return { min: text.startsWith('+') ? 1 : 0, endless: !text.startsWith('?') }
  }

  #match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at
    const [found] = sticky.exec(this.#source) ?? []
    this.#at += found?.length ?? 0
    return found
  }
}

interface Visitor {
  readonly flags: string
  readonly pumps: Pump[]
}

function visit(alternatives: readonly (readonly Term[])[], before: string, visitor: Visitor): void {
  for (const terms of alternatives) {
    let prefix = before
    for (const term of terms) {
      visitTerm(term, prefix, visitor)
      prefix += sample(term, visitor.flags)
    }
  }
}

function visitTerm(term: Term, before: string, visitor: Visitor): void {
  const { flags, pumps } = visitor
  const prefix = before + sample({ ...term, min: Math.max(0, term.min - 1) }, flags)
  if (term.group !== undefined) visit(term.group, prefix, visitor)
  if (term.endless) pumps.push(...unitsOf(term, flags).map((unit) => ({ prefix, unit })))
}

/** Characters of every sort that our expressions tell apart. */
const CHARACTERS = 'aAz09_-./:@=+#*%!"\'`\\ \t\n,;$()[]{}<>é\0'

function charactersOf(atom: string, flags: string): readonly string[] {
  if (atom === '^' || atom === '$' || atom === String.raw`\b`) return []
  const one = new RegExp(`^(?:${atom})$`, flags.replaceAll('m', ''))
  // What the expression names itself comes first.
  return [...new Set(atom + CHARACTERS)].filter((character) => one.test(character))
}

/** A short text that a term matches; empty for what matches nothing by itself. */
function sample({ atom, group, min }: Term, flags: string): string {
  if (min === 0) return ''
  const once =
    group === undefined
      ? (charactersOf(atom, flags)[0] ?? '')
      : (group[0] ?? []).map((term) => sample(term, flags)).join('')
  return once.repeat(min)
}

/** What a repetition may repeat: each of its characters, or each of its alternatives. */
function unitsOf({ atom, group }: Term, flags: string): readonly string[] {
  if (group === undefined) return charactersOf(atom, flags)
  // Of what may be left out, one is taken, or the repetition would repeat nothing.
  return group.map((terms) =>
    terms.map((term) => sample({ ...term, min: Math.max(1, term.min) }, flags)).join(''),
  )
}
