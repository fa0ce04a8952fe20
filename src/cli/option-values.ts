import { InvalidArgumentError } from 'commander'

/** A whole number that is not negative; commander reports anything else. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** A list separated by commas, without the white space around its elements. */
export const commaList = (text: string): readonly string[] =>
  text.split(',').map((element) => element.trim())

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60 }
const MAX_SECONDS = 600

/** A duration from 1 second to 10 minutes, such as `30s` or `2m`, in milliseconds; commander reports anything else. */
export function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,4})([sm])$/.exec(text) ?? []
  const seconds = Number(amount) * (UNITS[unit] ?? 0)
  if (!(seconds >= 1 && seconds <= MAX_SECONDS)) {
    throw new InvalidArgumentError('It must be a duration from 1s to 10m.')
  }
  return seconds * 1000
}

const SPAN = /^(?:(?<hours>\d{1,6})h)?(?:(?<minutes>\d{1,8})m)?(?:(?<seconds>\d{1,9})s)?$/

/** A span of time such as `10m` or `1h30m`, in milliseconds; commander reports anything else. */
export function spanMs(text: string): number {
  const { hours = '0', minutes = '0', seconds = '0' } = SPAN.exec(text)?.groups ?? {}
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  if (total > 0) return total * 1000
  throw new InvalidArgumentError('It must be a duration such as 10m or 1h30m.')
}

/** A whole number of either sign; commander reports anything else. */
export function integer(text: string): number {
  if (!/^-?\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}
