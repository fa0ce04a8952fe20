/** Times and durations as ISO 8601 writes them. */

const TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:T(?<hours>\d{2}):(?<minutes>\d{2})(?::(?<seconds>\d{2}(?:\.\d{1,9})?))?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * The time that `text` states: a date, or a date and a time of day with or without seconds, in UTC unless it has a zone. `undefined` when it
 * is none, or names a day that does not exist.
 */
export function parseTime(text: string): Date | undefined {
  const { date, hours = '00', minutes = '00', seconds = '00', zone } = TIME.exec(text)?.groups ?? {}
  if (date === undefined || !isDay(date)) return undefined
  const time = new Date(`${date}T${hours}:${minutes}:${seconds.slice(0, 6)}${zoneOf(zone)}`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  const time = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date)
}

/** A zone in the one spelling that JavaScript reads: `+02` and `+0200` are `+02:00`. */
function zoneOf(zone = 'Z'): string {
  if (zone.toUpperCase() === 'Z') return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`
}

/** `time` to the second, in UTC: `2050-12-31T00:00:00Z`. */
export const printSeconds = (time: Date): string => time.toISOString().replace(/\.\d{3}Z$/, 'Z')

const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/

const DAY = 86_400

/** In the order in which {@link DURATION} finds them. A year is 365 days and a month its twelfth, whenever it begins. */
const SECONDS = [365 * DAY, (365 * DAY) / 12, 7 * DAY, DAY, 3600, 60, 1] as const

/** The seconds of a duration such as `P6M`, `P1DT12H` or `PT90M`; `undefined` when it is none, or has no length. */
export function parseDuration(text: string): number | undefined {
  const amounts = DURATION.exec(text)?.slice(1)
  if (amounts === undefined) return undefined
  const total = SECONDS.reduce((sum, unit, index) => sum + unit * Number(amounts[index] ?? 0), 0)
  return total > 0 ? total : undefined
}
