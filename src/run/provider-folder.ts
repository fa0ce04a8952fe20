import { join, resolve } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'

/** Where to look for providers (reference/broker-run-cli.md C.4). */
export interface ProviderSearch {
  /** What was given with `-p`. */
  readonly named?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
  /** The folders in which Summon looks, in this order. */
  readonly standardFolders: readonly string[]
  /** Whether a provider in one of these is taken although nobody named it, as Summon does. */
  readonly takesUnnamed: boolean
  /** The names in a folder; `undefined` where there is none. */
  readonly list: (folder: string) => readonly string[] | undefined
}

/** Our own provider: naming it asks our own client, without a process between. */
const OWN = new Set(['strongroom', 'summon-strongroom'])

/**
 * The path of the provider to ask; `undefined` for our own client. Throws `configuration` when a provider is wanted and there is
 * none, or when nobody said which of several.
 */
export function findProvider(search: ProviderSearch): string | undefined {
  const name = given(search.named) ?? given(search.environment['SUMMON_PROVIDER'])
  if (name === undefined) return onlyProvider(search)
  if (OWN.has(name)) return undefined
  if (/[/\\]/.test(name)) return resolve(search.folder, name)
  return join(providerFolder(search), name)
}

/** The folder with providers; throws `configuration` when there is none. */
export function providerFolder(search: ProviderSearch): string {
  const folder = namedFolder(search) ?? standardFolder(search)
  if (folder !== undefined) return folder
  throw new Failure(
    'configuration',
    `No provider directory found. Please set the environment variable SUMMON_PROVIDER_PATH; looked in ${search.standardFolders.join(', ')}`,
    { hint: 'without -p the server is asked, which needs no provider' },
  )
}

const namedFolder = ({ environment }: ProviderSearch): string | undefined =>
  given(environment['SUMMON_PROVIDER_PATH'])

const standardFolder = ({ standardFolders, list }: ProviderSearch): string | undefined =>
  standardFolders.find((folder) => list(folder) !== undefined)

function onlyProvider(search: ProviderSearch): string | undefined {
  const named = namedFolder(search)
  const folder = named ?? (search.takesUnnamed ? standardFolder(search) : undefined)
  if (folder === undefined) return undefined
  const [only, ...others] = search.list(folder) ?? []
  if (others.length > 0) {
    throw new Failure(
      'configuration',
      `More than one provider found in ${quoted(folder)}, please specify one`,
      { hint: 'name it with -p, or with SUMMON_PROVIDER' },
    )
  }
  if (only !== undefined) return join(folder, only)
  if (named === undefined) return undefined
  throw new Failure('configuration', 'Could not resolve a provider!', {
    hint: `SUMMON_PROVIDER_PATH is ${quoted(folder)}, where there is none`,
  })
}

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
