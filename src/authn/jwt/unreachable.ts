import { Failure } from '#lib/failure.ts'
import { refused } from './refusal.ts'

/** The refusal `told` of a call that failed; what the provider did is for the trail, and a bug stays one. */
export function unreachable(told: string, error: unknown): unknown {
  if (!(error instanceof Failure) || error.code === 'unavailable') return error
  const late = isTimeout(error) ? 'CONJ00010E The provider did not answer in time' : told
  return refused(`${late}: ${error.message}`, { cause: error.cause })
}

function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'TimeoutError' || isTimeout(error.cause)
}
