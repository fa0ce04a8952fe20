import type { Call } from './transport.ts'

/** What the JSON `text` says; `undefined` when it is not JSON, without the parser's error, which would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A call with `body` as JSON. */
export const jsonCall = (method: Call['method'], path: string, body: unknown): Call => ({
  method,
  path,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})
