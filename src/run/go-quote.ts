const SHORT: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
}

/** What Go escapes in a string: all but letters, marks, numbers, punctuation, symbols and the space. */
const ESCAPED = /["\\]|(?! )[\p{C}\p{Z}]/gu

/** `text` as a string literal of Go, the way Summon quotes values (reference/broker-run-cli.md C.6). */
export const goQuote = (text: string): string => `"${text.replaceAll(ESCAPED, escape)}"`

function escape(character: string): string {
  const short = SHORT[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${hex(code, 2)}`
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}

const hex = (code: number, width: number): string => code.toString(16).padStart(width, '0')
