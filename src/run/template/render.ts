import { Failure, quoted } from '#lib/failure.ts'
import type { TemplateData } from './evaluator.ts'
import { evaluate } from './evaluator.ts'
import type { Template } from './tree.ts'
import type { Value } from './value.ts'
import { bytesOf, textOfBytes } from './value.ts'

/** The secrets of a file, by their aliases. */
export type Secrets = ReadonlyMap<string, Uint8Array>

/** What stands for every value when a template is only tried. */
const REDACTED = Buffer.from('REDACTED')

/** Throws `configuration` for a template that fails with the aliases that a file has. */
export function tryTemplate(template: Template, aliases: readonly string[]): void {
  evaluate(template, dataOf(new Map(aliases.map((alias) => [alias, REDACTED]))))
}

/**
 * The content of the file at `path`. What a value holds is never taken for template, and a failure, which may depend on a
 * value, says nothing but that there was one.
 */
export function fillTemplate(template: Template, secrets: Secrets, path: string): Buffer {
  try {
    return Buffer.from(evaluate(template, dataOf(secrets)), 'latin1')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(
      'configuration',
      `failed to execute template, with secret values, on push to file ${quoted(path)}`,
      { hint: 'a value may be missing, binary, or not what a function of the template expects' },
    )
  }
}

function dataOf(secrets: Secrets): TemplateData {
  const values = new Map(
    [...secrets]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([alias, value]) => [bytesOf(alias), Buffer.from(value).toString('latin1')] as const),
  )
  const records = [...values].map(([alias, value]) => [alias, recordOf(alias, value)] as const)
  return {
    root: {
      kind: 'record',
      members: new Map<string, Value>([
        ['SecretsArray', records.map(([, record]) => record)],
        ['SecretsMap', { kind: 'map', members: new Map(records) }],
      ]),
    },
    secret(alias) {
      const value = values.get(alias)
      if (value !== undefined) return value
      throw new Failure(
        'configuration',
        `secret alias ${quoted(textOfBytes(alias))} not present in specified secrets for file`,
      )
    },
  }
}

const recordOf = (alias: string, value: string): Value => ({
  kind: 'record',
  members: new Map([
    ['Alias', alias],
    ['Value', value],
  ]),
})
