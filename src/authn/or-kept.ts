import { Failure } from '#lib/failure.ts'

/**
 * What `fetched` brings within `patience` milliseconds, else `kept`, so that a provider which hangs or fails holds nobody up who has something
 * to go on with. Whoever fetches keeps the fault, and tells it once what is kept is too old.
 */
export async function orKept<T>(fetched: Promise<T>, kept: T, patience: number): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>()
  const timer = setTimeout(resolve, patience, kept)
  try {
    return await Promise.race([fetched, late])
  } catch (error) {
    if (error instanceof Failure) return kept
    throw error
  } finally {
    clearTimeout(timer)
  }
}
