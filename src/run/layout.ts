import { Failure, quoted } from '#lib/failure.ts'
import { fillCommand } from './command-line.ts'
import type { EnvFileFormat, Variable } from './env-file.ts'
import { renderEnvFile } from './env-file.ts'
import { renderFile } from './file-formats.ts'
import type { PlannedFile } from './plan.ts'
import type { PushedContent } from './pushed-files.ts'
import type { SecretEntry } from './secret-entry.ts'
import { fillTemplate } from './template/render.ts'
import type { Values } from './values.ts'

/** What the child is to get. */
export interface Plan {
  readonly entries: readonly SecretEntry[]
  readonly files: readonly PlannedFile[]
  /** The command as it was given. */
  readonly command: readonly string[]
  readonly envFileFormat: EnvFileFormat
  /** The section that was read; the child finds its name in `SUMMON_ENV`. */
  readonly section?: string
}

/** All that the child gets, made up and not yet written. */
export interface Layout {
  /** The variables over those that the child inherits. */
  readonly variables: readonly Variable[]
  readonly command: readonly string[]
  /** Files for the child alone, by their names in the folder of the run. */
  readonly secretFiles: ReadonlyMap<string, Uint8Array>
  readonly pushedFiles: readonly PushedContent[]
}

const ENV_FILE = 'env-file'

/**
 * What the child gets with these values; entries without one are left out. `pathOf` says where the file of a name in the folder of the run will be.
 * Throws `configuration` for a value that cannot be where it is wanted, before anything is written.
 */
export function layOut(plan: Plan, values: Values, pathOf: (name: string) => string): Layout {
  const secretFiles = new Map<string, Uint8Array>()
  const toFile = (value: Uint8Array, name: string): string => {
    secretFiles.set(name, value)
    return pathOf(name)
  }
  const variables = variablesOf(plan, values, toFile)
  const command = fillCommand(plan.command, {
    envFile: () => toFile(Buffer.from(renderEnvFile(variables, plan.envFileFormat)), ENV_FILE),
    keys: variables.map(([key]) => key),
    paths: variables.flatMap(([key, path]) =>
      plan.entries.some((entry) => entry.key === key && entry.toFile) ? [path] : [],
    ),
  })
  const pushedFiles = plan.files.map((file, at) => ({
    file,
    content: contentOf(file, values, (value, name) => toFile(value, `file-${at + 1}-${name}`)),
  }))
  return { variables, command, secretFiles, pushedFiles }
}

type ToFile = (value: Uint8Array, name: string) => string

function variablesOf(plan: Plan, values: Values, toFile: ToFile): readonly Variable[] {
  const variables = plan.entries.flatMap((entry, at): readonly Variable[] => {
    const value = values.get(entry)
    if (value === undefined) return []
    if (entry.toFile) return [[entry.key, toFile(value, `secret-${at + 1}`)]]
    return [[entry.key, environmentText(entry.key, value)]]
  })
  if (plan.section === undefined) return variables
  return [...variables.filter(([key]) => key !== 'SUMMON_ENV'), ['SUMMON_ENV', plan.section]]
}

function contentOf(file: PlannedFile, values: Values, toFile: ToFile): Buffer {
  const { entries, format } = file.spec
  const secrets = entries.flatMap((entry, at): readonly (readonly [string, Buffer])[] => {
    const value = values.get(entry)
    if (value === undefined) return []
    return [[entry.key, entry.toFile ? Buffer.from(toFile(value, `${at + 1}`)) : value]]
  })
  if (file.template !== undefined) return fillTemplate(file.template, new Map(secrets), file.path)
  const texts = secrets.map(([alias, value]) => [alias, fileText(alias, value, file.path)] as const)
  return Buffer.from(renderFile(format, texts))
}

function environmentText(key: string, value: Buffer): string {
  if (isText(value)) return value.toString()
  throw new Failure(
    'configuration',
    `the value for ${quoted(key)} is binary, which no environment variable can hold`,
    { hint: `give the child a file instead: ${key}: !var:file ID` },
  )
}

function fileText(alias: string, value: Buffer, path: string): string {
  if (isText(value)) return value.toString()
  throw new Failure(
    'configuration',
    `the value for ${quoted(alias)} is binary, which the file ${quoted(path)} cannot hold`,
    { hint: `use a template with {{ secret "${alias}" | b64enc }}` },
  )
}

/** A byte that is not UTF-8 would reach the child as another one. */
const isText = (value: Buffer): boolean =>
  !value.includes(0) && Buffer.from(value.toString()).equals(value)
