/** Which stretch of a list is asked for. */
export interface PageQuery {
  /** How many items are left out at the beginning. */
  readonly offset: number
  /** The most items of the page. */
  readonly limit: number
  /** Only items whose key comes after this one; `''` for the first page of a list that is read to its end. */
  readonly after?: string
}

/** A stretch of a list. */
export interface Page<Item> {
  /** How many items the whole list has. */
  readonly total: number
  readonly items: readonly Item[]
  /** The key after which the next page begins; absent at the end, and when the page was not asked for with `after`. */
  readonly next?: string
}

/**
 * The page of a list whose items are in the order of their keys, by code units. A page that begins after a key is stable: whatever comes
 * or goes between two requests, an item that is there all the time comes exactly once.
 */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  { offset, limit, after }: PageQuery,
): Page<Item> {
  const total = all.length
  if (after === undefined) return { total, items: all.slice(offset, offset + limit) }
  const first = all.findIndex((item) => keyOf(item) > after)
  const rest = first === -1 ? [] : all.slice(first)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  if (last === undefined || items.length === rest.length) return { total, items }
  return { total, items, next: keyOf(last) }
}
