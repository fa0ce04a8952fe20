import type { Client } from '#client/client.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import type { ImportEntry } from './import/entries.ts'
import type { ImportFormat } from './import/format-names.ts'
import { detectedFormat, parseImport } from './import/formats.ts'
import { readInput } from './input.ts'

interface ImportInput {
  readonly file: string
  readonly branch: string
  readonly format?: ImportFormat
  readonly dryRun?: true
  readonly policy?: true
  readonly from?: string
}

/** `strongroom import`: sets variables below a branch to the values of a file, or shows which it would set, or the policy that declares them. */
export async function importValues(context: CliContext, input: ImportInput): Promise<void> {
  const text = (await readInput(input.file, context)).toString()
  const format = input.format ?? detectedFormat(text)
  const all = await parseImport(text, format)
  const { entries, skipped } = withoutEmpty(all)
  for (const { id } of skipped) context.warn(`${quoted(id)} has no value and is left out`)
  const ids = entries.map(({ id }) => idIn(input.branch, id))
  if (input.policy === true) {
    const statements = entries.map(({ id }) => `- !variable ${scalar(id)}\n`).join('')
    return context.show({ data: ids, plain: statements })
  }
  if (input.dryRun === true) {
    return context.show({ data: ids, plain: ids.map((id) => `${id}\n`).join('') })
  }
  const start = startOf(ids, input.from)
  const set = await context.withClient((client) =>
    setAll(context, client, entries.slice(start), ids.slice(start)),
  )
  return context.show({ data: set, plain: `Values added: ${set.length}\n` })
}

/** The server refuses empty values, and an assignment without one says that there is none. */
function withoutEmpty(all: readonly ImportEntry[]): {
  readonly entries: readonly ImportEntry[]
  readonly skipped: readonly ImportEntry[]
} {
  const { true: skipped = [], false: entries = [] } = Object.groupBy(all, ({ value }) =>
    value.length === 0 ? 'true' : 'false',
  )
  return { entries, skipped }
}

const idIn = (branch: string, id: string): string => (branch === 'root' ? id : `${branch}/${id}`)

function startOf(ids: readonly string[], from: string | undefined): number {
  const start = from === undefined ? 0 : ids.indexOf(from)
  if (start === -1) throw new Failure('usage', `${quoted(from ?? '')} is not in the file`)
  return start
}

/** One after the other in the order of the file, so that where it stopped says what is done. */
async function setAll(
  context: CliContext,
  client: Client,
  entries: readonly ImportEntry[],
  ids: readonly string[],
): Promise<readonly string[]> {
  for (const [index, { value }] of entries.entries()) {
    const id = ids[index] ?? ''
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the order of the file
      await client.setSecret(id, value)
    } catch (error) {
      throw stoppedAt(error, id, index)
    }
    context.say(`strongroom: ${id} is set`)
  }
  return ids
}

function stoppedAt(error: unknown, id: string, done: number): unknown {
  if (!(error instanceof Failure)) return error
  const declare = error.code === 'not_found' ? 'declare it, as --policy shows, then ' : ''
  return new Failure(error.code, `${quoted(id)} is not set: ${error.message}`, {
    cause: error,
    hint: `${done} of the values are set; ${declare}go on with --from ${id}`,
  })
}

/** What YAML would take for something other than a text, or that has to be in quotes. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|[yn])$)[A-Za-z_][\w./-]*$/i

const scalar = (id: string): string => (PLAIN.test(id) ? id : JSON.stringify(id))
