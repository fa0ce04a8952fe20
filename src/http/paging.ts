import type { Page, PageQuery } from '#app/page.ts'
import { Failure } from '#lib/failure.ts'
import { withHeader } from './answer.ts'
import type { Answer } from './answer.ts'

// Lists come in pages by `limit` and `offset`, as clients of the family ask for them, or by `page_token`: empty for the first page, then what
// the header X-Next-Page of the answer before says, until there is none. Only the second way is stable under changes.

/** A larger page that clients of the family ask for by habit, and get (reference/conjur-api.md 1.8). */
const HABITUAL_PAGE = 10_000

/** How many items an offset alone asks for. */
const PAGE_OF_OFFSET = 10

/** The most that a limit can say. */
export const UNLIMITED = 999_999_999

/** The longest token that is taken, in characters: that of the longest id. */
const MAX_TOKEN = 4096

/**
 * The page that a query asks for, at most `maxPage` items unless they are only counted. Throws `unprocessable_entity` with the literal texts of
 * reference/conjur-api.md 1.8 for a limit or an offset that is none, `argument_error` for a `page_token` that is none of ours.
 */
export function pageIn(query: URLSearchParams, maxPage: number): PageQuery {
  const offset = whole(query.get('offset'))
  const limit = whole(query.get('limit'))
  mustBePage(offset, limit)
  if (limit !== undefined && limit > maxPage && limit !== HABITUAL_PAGE && !query.has('count')) {
    throw invalid(`'Limit' parameter must not exceed ${maxPage}`)
  }
  const after = keyIn(query)
  return {
    offset: offset ?? 0,
    limit: limit ?? (offset === undefined ? maxPage : PAGE_OF_OFFSET),
    ...(after === undefined ? {} : { after }),
  }
}

function mustBePage(offset = 0, limit = 1): void {
  if (!(limit > 0)) {
    throw invalid("'limit' contains an invalid value. 'limit' must be a positive integer.")
  }
  if (Number.isNaN(offset)) {
    throw invalid(
      "'offset' contains an invalid value. 'offset' must be an integer greater than or equal to 0.",
    )
  }
}

/** A whole number from its digits; `undefined` when absent, `NaN` when it is not one. */
function whole(digits: string | null): number | undefined {
  if (digits === null) return undefined
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN
}

const invalid = (message: string): Failure => new Failure('unprocessable_entity', message)

/** A token is a key in other letters and proves nothing: it only narrows down what its bearer sees anyway. */
function keyIn(query: URLSearchParams): string | undefined {
  const token = query.get('page_token')
  if (token === null) return undefined
  if (query.has('offset')) {
    throw new Failure('argument_error', '`page_token` and `offset` exclude each other')
  }
  const key = Buffer.from(token, 'base64url').toString('utf8')
  if (token.length > MAX_TOKEN || tokenOf(key) !== token) {
    throw new Failure('argument_error', '`page_token` is not the token of a page')
  }
  return key
}

const tokenOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url')

/** `answer` with the token of the next page, when there is one. */
export const withNextPage = (answer: Answer, { next }: Page<unknown>): Answer =>
  next === undefined ? answer : withHeader(answer, 'X-Next-Page', tokenOf(next))
