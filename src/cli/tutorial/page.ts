import { styleText } from 'node:util'
import { printable } from '#client/printable.ts'

/** How the tutorial shows things. */
export interface Page {
  readonly title: (text: string) => void
  readonly blank: () => void
  /** A paragraph. */
  readonly say: (text: string) => void
  /** A remark on what was shown. */
  readonly note: (text: string) => void
  /** A command line, which may have several lines. */
  readonly command: (line: string) => void
  /** What a file holds or a command printed, as it is but for what would move the terminal. */
  readonly quote: (text: string) => void
  readonly good: (text: string) => void
  readonly missing: (text: string) => void
}

/** No line is longer, but for those of others. */
export const WIDTH = 80

const INDENT = '  '

type Style = Parameters<typeof styleText>[0]

/** A page that is written to `write`, with colours or without. */
export function openPage(write: (text: string) => void, hasColours: boolean): Page {
  const styled = (style: Style, text: string): string =>
    hasColours ? styleText(style, text, { validateStream: false }) : text
  const lines = (style: Style | undefined, texts: readonly string[]): void => {
    for (const text of texts) {
      write(`${style === undefined || text === '' ? text : styled(style, text)}\n`)
    }
  }
  return {
    title: (text) => lines(['bold', 'cyan'], ['', text]),
    blank: () => lines(undefined, ['']),
    say: (text) => lines(undefined, ['', ...wrapped(text, INDENT)]),
    note: (text) => lines('dim', wrapped(text, INDENT)),
    command: (line) =>
      lines(
        'yellow',
        line
          .split('\n')
          .map((text, index) => (index === 0 ? `${INDENT}$ ${text}` : `${INDENT}> ${text.trim()}`)),
      ),
    quote: (text) =>
      lines(
        undefined,
        printable(text)
          .trimEnd()
          .split('\n')
          .map((line) => (line === '' ? '' : `${INDENT}${INDENT}${line}`)),
      ),
    good: (text) => lines('green', wrapped(`ok: ${text}`, INDENT)),
    missing: (text) => lines('magenta', wrapped(`not yet: ${text}`, INDENT)),
  }
}

/** A text in lines of at most {@link WIDTH}, broken between words. */
export function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(indent + word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Whether to use colours: on a terminal that has some, unless NO_COLOR says no (no-color.org). */
export const wantsColours = (
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean => isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
