const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

const ESCAPE = /\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0-7]{3}|[^])/gi

/** The text that a string or character literal of Go, with its quotes, stands for; `undefined` for an escape that there is not. */
export function unquoteGo(literal: string): string | undefined {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('`')) return inner
  let isWhole = true
  const text = inner.replaceAll(ESCAPE, (escape) => {
    const found = meaningOf(escape.slice(1))
    isWhole &&= found !== undefined
    return found ?? ''
  })
  return isWhole ? text : undefined
}

/** What an escape without its backslash means: an octal number, a hexadecimal one after its letter, or a letter. */
function meaningOf(escape: string): string | undefined {
  if (escape.length === 1) return SIMPLE[escape]
  const isOctal = /^[0-7]/.test(escape)
  const code = Number.parseInt(isOctal ? escape : escape.slice(1), isOctal ? 8 : 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
