/** Values and when they were fetched. */
export interface KeptValues {
  /** Milliseconds of the clock. */
  readonly fetchedAt: number
  readonly values: ReadonlyMap<string, Buffer>
}

/** The text of kept values, to be sealed. */
export const printKept = ({ fetchedAt, values }: KeptValues): string =>
  JSON.stringify({
    fetchedAt,
    values: [...values].map(([id, value]) => [id, value.toString('base64')]),
  })

/** The values that a text holds; `undefined` when it holds none. */
export function parseKept(text: string): KeptValues | undefined {
  const kept: unknown = JSON.parse(text)
  if (typeof kept !== 'object' || kept === null) return undefined
  if (!('fetchedAt' in kept) || !('values' in kept)) return undefined
  const { fetchedAt, values } = kept
  if (typeof fetchedAt !== 'number' || !Array.isArray(values) || !values.every(isPair)) {
    return undefined
  }
  return {
    fetchedAt,
    values: new Map(values.map(([id, value]) => [id, Buffer.from(value, 'base64')])),
  }
}

const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
