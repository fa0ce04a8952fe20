import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { readInput } from './input.ts'
import type { Terminal } from './terminal.ts'

interface IdInput {
  readonly id: string
}

interface DataInput {
  readonly data?: string
  readonly file?: string
}

interface CreateInput extends IdInput, DataInput {
  readonly type: string
  readonly maxTtl: number
}

interface UpdateInput extends IdInput, DataInput {
  readonly maxTtl?: number
}

/** `strongroom issuer create`: what the issuer proves itself with comes from a file, the standard input or a person. */
export async function createIssuer(context: CliContext, input: CreateInput): Promise<void> {
  const { id, type, maxTtl } = input
  const data = (await dataFrom(context, input)) ?? (await askedFor(context, type))
  await context.withClient(async (client) =>
    context.show({ data: await client.createIssuer({ id, type, max_ttl: maxTtl, data }) }),
  )
}

/** `strongroom issuer update`. */
export async function updateIssuer(context: CliContext, input: UpdateInput): Promise<void> {
  const { id, maxTtl } = input
  const data = await dataFrom(context, input)
  const update = {
    ...(maxTtl === undefined ? {} : { max_ttl: maxTtl }),
    ...(data === undefined ? {} : { data }),
  }
  if (Object.keys(update).length === 0) {
    throw new Failure('usage', 'there is nothing to change', {
      hint: 'say --max-ttl, --file or both',
    })
  }
  await context.withClient(async (client) =>
    context.show({ data: await client.updateIssuer(id, update) }),
  )
}

/** `strongroom issuer get`. */
export const showIssuer = (context: CliContext, { id }: IdInput): Promise<void> =>
  context.withClient(async (client) => context.show({ data: await client.issuer(id) }))

/** `strongroom issuer list`. */
export const listIssuers = (context: CliContext): Promise<void> =>
  context.withClient(async (client) =>
    context.show({
      data: await client.issuers(),
      columns: ['id', 'type', 'max_ttl', 'modified_at'],
    }),
  )

/** `strongroom issuer delete`: the variables of the issuer go with it unless they are to be kept. */
export async function deleteIssuer(
  context: CliContext,
  { id, keepSecrets = false }: IdInput & { readonly keepSecrets?: boolean },
): Promise<void> {
  await context.withClient((client) => client.deleteIssuer(id, { keepSecrets }))
  await done(context, `The issuer '${id}' was deleted`, { id })
}

async function dataFrom(context: CliContext, { data, file }: DataInput): Promise<unknown> {
  if (data !== undefined && file !== undefined) {
    throw new Failure('usage', 'must specify at most one of --data and --file')
  }
  if (file !== undefined) return parsed((await readInput(file, context)).toString(), 'file')
  if (data === undefined) return undefined
  context.warn('data on the command line are visible to others; use --file')
  return parsed(data, 'flag')
}

/** The parser's own message is not told: it quotes the text, which holds a secret. */
function parsed(text: string, where: 'flag' | 'file'): unknown {
  try {
    const data: unknown = JSON.parse(text)
    return data
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Failure('usage', `Failed to parse 'data' ${where} JSON`)
  }
}

/** What a person is asked, by the kind of issuer; its data are the answers by name. */
const QUESTIONS: Readonly<
  Record<
    string,
    readonly { readonly name: string; readonly text: string; readonly isSecret?: true }[]
  >
> = {
  aws: [
    { name: 'access_key_id', text: 'Access key ID: ' },
    { name: 'secret_access_key', text: 'Secret access key: ', isSecret: true },
  ],
}

async function askedFor({ terminal }: CliContext, type: string): Promise<unknown> {
  if (terminal === undefined) {
    throw new Failure('usage', 'the data of the issuer are missing', {
      hint: 'with -f - they come from the standard input, as JSON',
    })
  }
  const questions = QUESTIONS[type.toLowerCase()]
  return questions === undefined
    ? parsed(await terminal.askHidden('Data of the issuer, as JSON: '), 'file')
    : answers(terminal, questions)
}

async function answers(
  terminal: Terminal,
  questions: NonNullable<(typeof QUESTIONS)[string]>,
): Promise<Readonly<Record<string, string>>> {
  const data: Record<string, string> = {}
  for (const { name, text, isSecret } of questions) {
    // One after the other, as a person answers.
    // oxlint-disable-next-line no-await-in-loop
    data[name] = await (isSecret === true ? terminal.askHidden(text) : terminal.ask(text))
  }
  return data
}
