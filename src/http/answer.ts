/** What a route answers. Headers are name and value in turn, as `node:http` takes them cheapest. */
export interface Answer {
  readonly status: number
  readonly type?: string
  readonly body?: string | Uint8Array
  readonly headers?: readonly string[]
}

const JSON_TYPE = 'application/json; charset=utf-8'
const TEXT_TYPE = 'text/plain; charset=utf-8'

/** An answer of JSON. */
export const json = (status: number, body: unknown): Answer =>
  jsonText(status, JSON.stringify(body))

/** An answer of JSON that is printed already. */
export const jsonText = (status: number, body: string): Answer => ({
  status,
  type: JSON_TYPE,
  body,
})

/** An answer of plain text. */
export const text = (status: number, body: string): Answer => ({ status, type: TEXT_TYPE, body })

/** An answer without a body. */
export const empty = (status: number): Answer => ({ status })

/** An answer of bytes as they are; they belong to the answer, which wipes them once they are on their way. */
export const bytes = (type: string, body: Uint8Array, headers: readonly string[] = []): Answer => ({
  status: 200,
  type,
  body,
  headers,
})

/** `answer` with one more header. */
export const withHeader = (answer: Answer, name: string, value: string): Answer => ({
  ...answer,
  headers: [...(answer.headers ?? []), name, value],
})
