import { Failure, quoted } from '#lib/failure.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** The longest that a timer of Node can wait, in milliseconds: 24 days. */
const LONGEST = 2 ** 31 - 1

/** `500ms`, `30s`, `5m`, `12h` or `1d` in milliseconds; throws `usage` for anything else, for nothing and for more than 24 days. */
export function parseDuration(flag: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})([a-z]{1,2})$/.exec(text) ?? []
  const duration = Number(amount) * (Object.hasOwn(UNITS, unit) ? (UNITS[unit] ?? 0) : 0)
  if (duration > 0 && duration <= LONGEST) return duration
  throw new Failure('usage', `the flag ${quoted(flag)} needs a duration, not ${quoted(text)}`, {
    hint: 'write it as 500ms, 30s, 5m, 12h or 1d',
  })
}
