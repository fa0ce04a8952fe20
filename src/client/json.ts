/** What the JSON `text` says; `undefined` when it is not JSON, without the parser's error, which would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
