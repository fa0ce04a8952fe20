import { printable } from '#client/printable.ts'
import { Failure } from '#lib/failure.ts'
import { runProvider } from './provider-process.ts'
import { streamInput, streamValues } from './provider-stream.ts'
import type { Resolve } from './values.ts'

/** How many processes of a provider may run at a time. */
const WIDTH = 8

/** How much is shown of what a provider says of a failure, in UTF-16 code units. */
const MAX_MESSAGE = 1000

/**
 * Asks a provider of Summon's: first all ids in one process, and when it knows no such mode, each in a process of its own. What
 * it refuses concerns one id; a provider that cannot be started, does not end or prints without end is thrown.
 */
export const providerValues =
  (path: string, timeoutMs: number): Resolve =>
  async (ids) => {
    const input = streamInput(ids)
    if (input !== undefined) {
      const output = await runProvider({ path, args: [], input, timeoutMs, lines: ids.length })
      const values = streamValues(ids, output)
      if (values !== undefined) return values
    }
    return oneByOne(path, timeoutMs, ids)
  }

async function oneByOne(
  path: string,
  timeoutMs: number,
  ids: readonly string[],
): ReturnType<Resolve> {
  const outcomes = new Map<string, Buffer | Failure>()
  for (let start = 0; start < ids.length; start += WIDTH) {
    const stretch = ids.slice(start, start + WIDTH)
    // oxlint-disable-next-line no-await-in-loop -- a bounded number of processes at a time
    const found = await Promise.all(stretch.map((id) => outcomeOf(path, timeoutMs, id)))
    for (const [at, outcome] of found.entries()) outcomes.set(stretch[at] ?? '', outcome)
  }
  return outcomes
}

async function outcomeOf(path: string, timeoutMs: number, id: string): Promise<Buffer | Failure> {
  const { stdout, stderr, fault } = await runProvider({ path, args: [id], timeoutMs })
  if (fault === undefined) return withoutLineBreak(stdout)
  const said = printable(stderr.trim().slice(0, MAX_MESSAGE))
  return new Failure('not_found', said === '' ? fault : `${fault}: ${said}`)
}

/** A program that prints a value as a line means the value, not the line. */
function withoutLineBreak(value: Buffer): Buffer {
  if (value.at(-1) !== 0x0a) return value
  return value.subarray(0, value.at(-2) === 0x0d ? -2 : -1)
}

const DEFAULT_TIMEOUT_SECONDS = 60

/** How long a provider may take, in milliseconds: the whole seconds of `CONJUR_HTTP_TIMEOUT`, or a minute for anything else. */
export function providerTimeout(setting: string | undefined): number {
  const seconds = Number(setting)
  const isValid = Number.isSafeInteger(seconds) && seconds > 0 && seconds <= 86_400
  return (isValid ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1000
}
