/** `text` without the `character`s at its end; linear, which an expression that looks for them from every place is not. */
export function withoutEnd(text: string, character: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1
  return text.slice(0, end)
}
