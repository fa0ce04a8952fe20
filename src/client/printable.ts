/**
 * `text` with control and format characters shown as `\u…`, so that what a server or a stranger wrote cannot move the
 * terminal it is printed on. Line breaks stay.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === '\n'
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
