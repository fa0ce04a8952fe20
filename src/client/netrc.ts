/** A login that `.netrc` keeps for a machine. */
export interface NetrcEntry {
  readonly machine: string
  readonly login: string
  readonly password: string
}

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

interface Pair {
  readonly keyword: string
  readonly value: string | undefined
  readonly start: number
  readonly end: number
}

/** An entry with its place in the text: from its first word to its last. */
interface Entry {
  /** `undefined` for `default` and for macros. */
  readonly machine: string | undefined
  readonly start: number
  end: number
  readonly members: Map<string, string>
}

/** The first entry for `machine` that has both a login and a password; `undefined` when there is none. */
export function findEntry(text: string, machine: string): NetrcEntry | undefined {
  const logins = entriesOf(text)
    .filter((entry) => entry.machine === machine)
    .map(({ members }) => ({
      machine,
      login: members.get('login') ?? '',
      password: members.get('password') ?? '',
    }))
  return logins.find(({ login, password }) => login !== '' && password !== '')
}

/** `text` without the entries for `machine`; everything else stays as it is. */
export function withoutEntry(text: string, machine: string): string {
  return entriesOf(text)
    .filter((entry) => entry.machine === machine)
    .reduceRight(
      (left, { start, end }) => left.slice(0, start) + left.slice(end).replace(/^[ \t]*\n/, ''),
      text,
    )
}

/**
 * `text` with `entry` instead of those that it had for that machine, at its start so that no `default` entry hides it. The
 * members must be without white space, which the format cannot express.
 */
export function withEntry(text: string, { machine, login, password }: NetrcEntry): string {
  return `machine ${machine}\n  login ${login}\n  password ${password}\n${withoutEntry(text, machine)}`
}

/** Whether `text` can stand in an entry. */
export const isNetrcToken = (text: string): boolean => /^[^\s\p{Cc}#][^\s\p{Cc}]*$/u.test(text)

const STARTS = new Set(['machine', 'default', 'macdef'])
const VALUED = new Set(['login', 'password', 'account'])

function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = []
  for (const { keyword, value, start, end } of pairsOf(text)) {
    if (STARTS.has(keyword)) entries.push({ machine: value, start, end, members: new Map() })
    const entry = entries.at(-1)
    if (entry === undefined) continue
    entry.end = end
    if (VALUED.has(keyword)) entry.members.set(keyword, value ?? '')
  }
  return entries
}

/**
 * Keywords with their values: a value may well read like a keyword.
 * @yields each keyword once, in order
 */
function* pairsOf(text: string): Generator<Pair> {
  const words = wordsOf(text).values()
  for (const { text: keyword, start, end } of words) {
    const hasValue = keyword === 'machine' || VALUED.has(keyword)
    const value = hasValue ? words.next().value : undefined
    yield { keyword, value: value?.text, start, end: value?.end ?? end }
  }
}

/** The words of `text` without those of comments; a macro with its body, up to an empty line, is one word. */
function wordsOf(text: string): readonly Word[] {
  const matches = text.matchAll(/macdef\s[^\n]*\n(?:[^\n]+(?:\n|$))*|(?<!\S)#[^\n]*|\S+/g)
  return [...matches]
    .filter(([word]) => !word.startsWith('#'))
    .map(({ 0: word, index }) => ({
      text: /^macdef\s/.test(word) ? 'macdef' : word,
      start: index,
      end: index + word.length,
    }))
}
