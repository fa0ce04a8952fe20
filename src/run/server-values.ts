import type { Client } from '#client/client.ts'
import type { FailureCode } from '#lib/failure.ts'
import { Failure } from '#lib/failure.ts'
import type { Resolve } from './values.ts'

/** The refusals that concern single variables; the batch does not say which. */
const PARTIAL: ReadonlySet<FailureCode> = new Set([
  'forbidden',
  'mfa_required',
  'not_found',
  'argument_error',
  'unprocessable_entity',
])

/** How many variables are asked for at a time when each is asked for by itself. */
const WIDTH = 8

/**
 * Looks variables up on the server, all in one request. Only when the server refuses that, which it does as a whole, each is
 * asked for by itself, to learn which ones are missing and to serve those that may be ignored.
 */
export const serverValues =
  (client: Pick<Client, 'secret' | 'secrets'>): Resolve =>
  async (ids) => {
    try {
      return await client.secrets(ids)
    } catch (error) {
      if (!isPartial(error)) throw error
      return oneByOne(client, ids)
    }
  }

async function oneByOne(
  client: Pick<Client, 'secret'>,
  ids: readonly string[],
): ReturnType<Resolve> {
  const outcomes = new Map<string, Buffer | Failure>()
  for (let start = 0; start < ids.length; start += WIDTH) {
    const stretch = ids.slice(start, start + WIDTH)
    // oxlint-disable-next-line no-await-in-loop -- a bounded number of requests at a time
    const found = await Promise.all(stretch.map((id) => outcomeOf(client, id)))
    for (const [id, outcome] of found) outcomes.set(id, outcome)
  }
  return outcomes
}

async function outcomeOf(
  client: Pick<Client, 'secret'>,
  id: string,
): Promise<readonly [string, Buffer | Failure]> {
  try {
    return [id, await client.secret(id)]
  } catch (error) {
    if (isPartial(error)) return [id, error]
    throw error
  }
}

const isPartial = (error: unknown): error is Failure =>
  error instanceof Failure && PARTIAL.has(error.code)
