import { Failure } from '#lib/failure.ts'
import type { RunOptions } from './arguments.ts'
import { parseRunArguments } from './arguments.ts'
import type { DebugFacts } from './debug-line.ts'
import { debugLine } from './debug-line.ts'
import type { Plan } from './layout.ts'
import { findSecrets } from './locate.ts'
import { filesBase, memoryFolders } from './memory-folder.ts'
import { planFiles } from './plan.ts'
import { providerFolder } from './provider-folder.ts'
import { providerVersions } from './provider-versions.ts'
import { checkPlace } from './pushed-files.ts'
import { sweepPushedFiles } from './pushed-journal.ts'
import { runPlan } from './run-plan.ts'
import { sweepSecretFiles } from './secret-files.ts'
import { parseSecrets } from './secrets-file.ts'
import type { RunSurroundings } from './surroundings.ts'
import { USAGE } from './usage.ts'
import type { ValueSource } from './value-source.ts'
import { openValueSource } from './value-source.ts'
import type { Fetched } from './values.ts'
import { fetchValues } from './values.ts'

/** The exit code of our own failures, as Summon has it: the codes of the child are all taken. */
const FAILED = 127

/**
 * `strongroom run`: starts a command with the secrets of a secrets file, and answers with its exit code. When a secret cannot be
 * had, no command is started, the reason goes to the standard error stream and the exit code is 127.
 */
export async function run(argv: readonly string[], surroundings: RunSurroundings): Promise<number> {
  try {
    const options = parseRunArguments(argv)
    if (options.help) return shown(surroundings, USAGE)
    if (options.version) return shown(surroundings, `${surroundings.version}\n`)
    if (options.allProviderVersions) return await showVersions(surroundings)
    if (options.command.length === 0) {
      throw new Failure('usage', 'Enter a subprocess to run!', {
        hint: 'see `strongroom run --help`',
      })
    }
    return await runWithSecrets(options, surroundings)
  } catch (error) {
    surroundings.tell(error)
    return FAILED
  }
}

function shown({ print }: RunSurroundings, text: string): number {
  print(text)
  return 0
}

async function showVersions(surroundings: RunSurroundings): Promise<number> {
  const folder = providerFolder(surroundings)
  const text = await providerVersions(folder, surroundings.list(folder) ?? [])
  return shown(surroundings, text)
}

async function runWithSecrets(options: RunOptions, surroundings: RunSurroundings): Promise<number> {
  sweep(surroundings)
  const debug = (message: string, facts: DebugFacts): void => {
    if (options.debug) surroundings.show(debugLine(new Date(), message, facts))
  }
  const plan = makePlan(options, surroundings, debug)
  const source = openValueSource(options, surroundings)
  try {
    const fetchFrom = (resolve: ValueSource['resolve']): Promise<Fetched> =>
      fetchValues(entriesOf(plan), resolve, options)
    const fetched = await firstFetch(plan, source, fetchFrom, debug)
    // Told even though they may be missing: the command may now see a value that its environment already had.
    for (const { failure } of fetched.ignored) surroundings.tell(failure)
    source.leaveTerminal()
    const ending = await runPlan({
      plan,
      options,
      surroundings,
      values: fetched.values,
      staleSince: source.staleSince(),
      refetch: () => fetchFrom(source.refresh),
    })
    if (ending.kind === 'not-started') surroundings.tell(ending.failure)
    return ending.exitCode
  } finally {
    source.close()
  }
}

/** What an earlier run left concerns no one but its user: the command starts even when it cannot be removed. */
function sweep({ environment, tell }: RunSurroundings): void {
  for (const base of new Set([filesBase(environment).path, ...memoryFolders(environment)])) {
    try {
      sweepSecretFiles(base, sweepPushedFiles)
    } catch (error) {
      tell(error)
    }
  }
}

function makePlan(
  options: RunOptions,
  { folder, readText }: RunSurroundings,
  debug: (message: string, facts: DebugFacts) => void,
): Plan {
  const { where, text } = findSecrets(options, folder, readText)
  debug('Loading summon configuration', { filename: where })
  const { entries, files } = parseSecrets(text, { ...options, where })
  const planned = planFiles(files, folder)
  for (const file of planned) checkPlace(file)
  return {
    entries,
    files: planned,
    command: options.command,
    envFileFormat: options.envFileFormat,
    ...(options.environment === undefined ? {} : { section: options.environment }),
  }
}

const entriesOf = ({ entries, files }: Plan): Plan['entries'] => [
  ...entries,
  ...files.flatMap(({ spec }) => spec.entries),
]

async function firstFetch(
  plan: Plan,
  { name: provider, resolve }: ValueSource,
  fetchFrom: (resolve: ValueSource['resolve']) => Promise<Fetched>,
  debug: (message: string, facts: DebugFacts) => void,
): Promise<Fetched> {
  const variables = entriesOf(plan).filter(({ from }) => from.kind === 'variable')
  debug('Fetching secrets', { count: variables.length, provider })
  for (const { key } of variables) debug('Fetching secret', { name: key, provider })
  return fetchFrom(async (ids) => {
    const found = await resolve(ids)
    for (const { key, from } of variables) {
      const outcome = from.kind === 'variable' ? found.get(from.id) : undefined
      if (outcome instanceof Failure) {
        debug('Error fetching secret', { name: key, error: outcome.message })
      }
    }
    return found
  })
}
