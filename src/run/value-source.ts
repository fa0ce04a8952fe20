import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import type { RunOptions } from './arguments.ts'
import { openCopy } from './fallback/copy.ts'
import type { Fallback } from './fallback/fallback.ts'
import { openFallback } from './fallback/fallback.ts'
import { findProvider } from './provider-folder.ts'
import { providerTimeout, providerValues } from './provider-values.ts'
import type { OwnClient, RunSurroundings } from './surroundings.ts'
import type { Resolve } from './values.ts'

/** Where the values of variables come from. */
export interface ValueSource {
  /** The name of the provider, or of our own client. */
  readonly name: string
  readonly resolve: Resolve
  /** The same, without any fallback. */
  readonly refresh: Resolve
  /** When the values were fetched that stand in for the server's; `undefined` for its own. */
  staleSince(): Date | undefined
  /** From now on nobody is asked for anything: the terminal is the command's. */
  leaveTerminal(): void
  close(): void
}

/**
 * The provider that was named, or else our own client, which connects when it is first asked. Throws `usage` for a provider with a fallback:
 * what a provider fails with does not tell an outage from a refusal.
 */
export function openValueSource(options: RunOptions, surroundings: RunSurroundings): ValueSource {
  const { provider: named, fallbackMaxAgeMs } = options
  const provider = findProvider({ ...surroundings, ...(named === undefined ? {} : { named }) })
  if (provider === undefined) return ownSource(options, surroundings)
  if (fallbackMaxAgeMs !== undefined) {
    throw new Failure('usage', 'there is no --fallback for a provider', {
      hint: 'leave out -p and SUMMON_PROVIDER, so that the server itself is asked',
    })
  }
  const timeout = providerTimeout(surroundings.environment['CONJUR_HTTP_TIMEOUT'])
  const resolve = providerValues(provider, timeout)
  return {
    name: provider,
    resolve,
    refresh: resolve,
    staleSince: () => undefined,
    leaveTerminal: () => undefined,
    close: () => undefined,
  }
}

function ownSource(
  { debug, fallbackMaxAgeMs }: RunOptions,
  surroundings: RunSurroundings,
): ValueSource {
  let client: OwnClient | undefined
  let fallback: Fallback | undefined
  const open = async (): Promise<OwnClient> => (client ??= await surroundings.client({ debug }))
  const ask: Resolve = async (ids) => (await open()).resolve(ids)
  const kept = async (ids: readonly string[], maxAgeMs: number): Promise<Fallback> => {
    if (fallback !== undefined) return fallback
    const purpose = JSON.stringify([await (await open()).whose(), ids.toSorted()])
    const copy = openCopy(join(surroundings.cacheFolder, 'fallback'), purpose)
    const mayKeep = async (): Promise<boolean> => !(await (await open()).hasFactor())
    fallback = openFallback({ copy, mayKeep, maxAgeMs, now: Date.now, say: surroundings.say }, ask)
    return fallback
  }
  return {
    name: 'strongroom',
    resolve: async (ids) =>
      fallbackMaxAgeMs === undefined ? ask(ids) : (await kept(ids, fallbackMaxAgeMs)).resolve(ids),
    refresh: async (ids) =>
      fallbackMaxAgeMs === undefined ? ask(ids) : (await kept(ids, fallbackMaxAgeMs)).refresh(ids),
    staleSince: () => fallback?.staleSince(),
    leaveTerminal: () => client?.leaveTerminal(),
    close: () => client?.close(),
  }
}
