import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse as parseYaml } from 'yaml'
import { Failure, quoted } from '#lib/failure.ts'
import { nearest } from '#lib/nearest.ts'
import { conjurVariable } from './conjur-variables.ts'
import { CONJUR_FILE, PREFIX, SETTINGS, STANDARD_FILE, variableOf } from './setting-table.ts'

/** Environment variables of ours that are not settings of the server. */
const FOREIGN = /^STRONGROOM_(?:TEST|IMPORT)_/

/** The prefix of the environment variables of a Conjur server. */
const CONJUR_PREFIX = 'CONJUR_'

/** What was said of a setting, and where. */
export interface Said {
  readonly value: string
  readonly where: string
}

/** What is taken before anything is said, and from where. */
export interface SourceOptions {
  /** The file of settings of a Conjur server. */
  readonly conjurFile?: string | undefined
  /** Standard values that differ from those of the table. */
  readonly standards?: Readonly<Record<string, string>>
}

/** Where a standard value comes from. */
export const DEFAULT = 'default'

/** Everything that was said of settings. */
export interface Sources {
  readonly said: ReadonlyMap<string, Said>
  /** What a Conjur server may understand and we do not. */
  readonly ignored: readonly string[]
}

/**
 * Everything that was said: flags override the environment, the environment our file, our file that of a Conjur server. Throws
 * `configuration`, naming the setting and where it stands, for one that is unknown, unless it was said to Conjur.
 */
export function readSources(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  { conjurFile = CONJUR_FILE, standards = {} }: SourceOptions = {},
): Sources {
  const flags = readFlags(argv)
  const variables = readEnvironment(environment)
  const config = flags.get('config') ?? variables.get('config')
  const conjur = readConjurFile(conjurFile)
  return {
    said: new Map([
      ...standardsSaid(standards),
      ...conjur.said,
      ...readFile(config),
      ...variables,
      ...flags,
    ]),
    ignored: [...conjur.ignored, ...ignoredVariables(environment)],
  }
}

const standardsSaid = (
  standards: Readonly<Record<string, string>>,
): readonly (readonly [string, Said])[] =>
  Object.entries(standards).map(([name, value]) => [name, { value, where: DEFAULT }])

function readFlags(argv: readonly string[]): ReadonlyMap<string, Said> {
  const options = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, { type: 'string' as const }]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  const said = new Map<string, Said>()
  for (const token of tokens) {
    if (token.kind !== 'option') {
      throw new Failure('configuration', 'the server takes no arguments but flags')
    }
    mustBeKnown(token.name, token.rawName)
    if (SETTINGS[token.name]?.secret === true) {
      throw new Failure('configuration', `${token.rawName} may not stand on a command line`, {
        hint: `every user of the machine can read it there; set ${variableOf(token.name)} instead`,
      })
    }
    if (token.value === undefined) {
      throw new Failure('configuration', `${token.rawName} needs a value`)
    }
    said.set(token.name, { value: token.value, where: token.rawName })
  }
  return said
}

function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>()
  const take = (name: string, variable: string): void => {
    const value = environment[variable]
    // A variable of white space is taken as unset (reference/conjur-api.md 1.1).
    if (value !== undefined && value.trim() !== '') said.set(name, { value, where: variable })
  }
  for (const [name, { aliases = [] }] of Object.entries(SETTINGS)) {
    for (const alias of aliases.toReversed()) take(name, alias)
    take(name, variableOf(name))
  }
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith(PREFIX) || FOREIGN.test(variable)) continue
    mustBeKnown(variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-'), variable)
  }
  return said
}

function ignoredVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set(Object.values(SETTINGS).flatMap(({ aliases = [] }) => aliases))
  return Object.keys(environment).filter((variable) => {
    if (known.has(variable) || environment[variable]?.trim() === '') return false
    const fate = conjurVariable(variable)
    return fate === undefined ? variable.startsWith(CONJUR_PREFIX) : fate.command !== true
  })
}

/** Names that Conjur knows and we do not are no mistake of whoever wrote the file. */
function readConjurFile(path: string): Sources {
  const text = readIfThere(path, undefined)
  const entries = text === undefined ? [] : Object.entries(parseFile(path, text))
  const said = new Map<string, Said>()
  const ignored: string[] = []
  for (const [key, value] of entries) {
    const where = `${key} in ${path}`
    const name = Object.keys(SETTINGS).find((known) => SETTINGS[known]?.conjurKey === key)
    if (name === undefined) ignored.push(where)
    else said.set(name, { value: printValue(value, where), where })
  }
  return { said, ignored }
}

/** The standard file may be missing; one that somebody named may not. */
function readFile(config: Said | undefined): ReadonlyMap<string, Said> {
  const path = config?.value ?? STANDARD_FILE
  const text = readIfThere(path, config)
  if (text === undefined) return new Map()
  const said = new Map<string, Said>()
  for (const [name, value] of Object.entries(parseFile(path, text))) {
    const where = `${name} in ${path}`
    mustBeKnown(name, where)
    if (name === 'config') {
      throw new Failure('configuration', `${path} cannot name another file of settings`)
    }
    said.set(name, { value: printValue(value, where), where })
  }
  return said
}

function readIfThere(path: string, config: Said | undefined): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && config === undefined) return undefined
    const named = config === undefined ? path : `${path} (from ${config.where})`
    throw new Failure('configuration', `cannot read the file of settings ${named}`, {
      cause: error,
    })
  }
}

function parseFile(path: string, text: string): Readonly<Record<string, unknown>> {
  let file: unknown
  try {
    file = parseYaml(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : ''
    throw new Failure('configuration', `${path} is not YAML: ${reason}`, { cause: error })
  }
  if (file === null || file === undefined) return {}
  if (typeof file === 'object' && !Array.isArray(file)) return { ...file }
  throw new Failure('configuration', `${path} is not a mapping of settings to values`)
}

function printValue(value: unknown, where: string): string {
  if (Array.isArray(value)) return value.map((item) => printValue(item, where)).join(',')
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new Failure('configuration', `${where} is neither a text, a number nor a list of them`)
}

function mustBeKnown(name: string, where: string): void {
  if (Object.hasOwn(SETTINGS, name)) return
  const close = nearest(name, Object.keys(SETTINGS))
  throw new Failure('configuration', `${quoted(where)} is not a setting`, {
    hint:
      close === undefined
        ? 'docs/reference/configuration.md lists the settings'
        : `did you mean ${close}?`,
  })
}
