import type { PageQuery } from '#app/page.ts'
import { invalid, shown } from './json-object.ts'

/** The most items that an answer of the v2 API lists (reference/conjur-api.md 1.12). */
const MOST = 1000

/** How many items an offset alone asks for. */
const PAGE_OF_OFFSET = 10

/** The stretch of a list that a query asks for; throws `unprocessable_entity` for numbers that cannot be. */
export function v2Page(query: URLSearchParams): PageQuery {
  const limit = whole('Limit', query.get('limit'), MOST)
  const offset = whole('Offset', query.get('offset'), Number.MAX_SAFE_INTEGER)
  return { offset: offset ?? 0, limit: limit ?? (offset === undefined ? MOST : PAGE_OF_OFFSET) }
}

function whole(name: string, digits: string | null, most: number): number | undefined {
  if (digits === null) return undefined
  if (!/^-?\d{1,15}$/.test(digits)) throw invalid(`${name} is not a number`)
  const value = Number(digits)
  if (value < 0) throw invalid(`${name} must be greater than or equal to 0`)
  if (value > most) throw invalid(`${name} must be less than or equal to ${most}`)
  return value
}

/** Throws `unprocessable_entity` when a query has other parameters than these. */
export function mustAskOnly(query: URLSearchParams, names: readonly string[] = []): void {
  const others = [...new Set(query.keys())].filter((name) => !names.includes(name))
  if (others.length > 0) throw invalid(`Unexpected parameters: ${others.map(shown).join(', ')}`)
}
