import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { isYes, readInput } from './input.ts'

interface GetInput {
  readonly id: readonly string[]
  readonly version?: number
  readonly raw?: true
}

interface IdInput {
  readonly id: string
}

interface SetInput extends IdInput {
  readonly value?: string
  readonly file?: string
}

/** `strongroom variable get`: one value as it is, several as JSON by the ids that were given. */
export async function getVariables(context: CliContext, input: GetInput): Promise<void> {
  const { id: ids, version, raw } = input
  const [first = '', ...others] = ids
  if (others.length > 0 && version !== undefined) {
    throw new Failure('usage', 'version can not be used with multiple variables')
  }
  await context.withClient(async (client) => {
    if (others.length > 0) {
      await context.show({ data: textsOf(await client.secrets(ids)) })
      return
    }
    const value = await client.secret(first, version === undefined ? {} : { version })
    await context.show({
      plain: raw === true ? value : Buffer.concat([value, Buffer.from('\n')]),
      // Not before it is asked for: a binary value can be shown as it is, but not as text.
      get data() {
        return textsOf(new Map([[first, value]]))
      },
    })
  })
}

const textsOf = (values: ReadonlyMap<string, Buffer>): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].map(([id, value]) => [id, textOf(id, value)]))

function textOf(id: string, value: Buffer): string {
  const text = value.toString()
  if (Buffer.from(text).equals(value)) return text
  const message = `the value of ${quoted(id)} is binary, which JSON cannot hold`
  throw new Failure('not_acceptable', message, { hint: 'get it by itself' })
}

/** `strongroom variable set`: adds a value, from a file, the standard input or a person. */
export async function setVariable(context: CliContext, input: SetInput): Promise<void> {
  const value = await valueFrom(context, input)
  await context.withClient((client) => client.setSecret(input.id, value))
  await done(context, 'Value added', { id: input.id })
}

async function valueFrom(context: CliContext, { id, value, file }: SetInput): Promise<Uint8Array> {
  if (value !== undefined && file === undefined) {
    context.warn('a value on the command line is visible to others; use --file')
    return Buffer.from(value)
  }
  if (file !== undefined && value === undefined) return readInput(file, context)
  if (value === undefined && context.terminal !== undefined) {
    return Buffer.from(await context.terminal.askHidden(`Value of ${id}: `))
  }
  throw new Failure('usage', 'must specify exactly one of --value or --file', {
    hint: 'with -f - the value comes from the standard input',
  })
}

/** `strongroom variable expire`: makes a value due for rotation. */
export async function expireVariable(context: CliContext, { id }: IdInput): Promise<void> {
  await context.withClient((client) => client.expireSecret(id))
  await done(context, 'Value expired', { id })
}

/** `strongroom variable clear`: removes all versions of a value, after a person confirmed it. */
export async function clearVariable(
  context: CliContext,
  { id, force }: IdInput & { readonly force?: true },
): Promise<void> {
  if (force !== true) await mustConfirm(context, id)
  await context.withClient((client) => client.clearSecret(id))
  await done(context, 'Value cleared', { id })
}

async function mustConfirm({ terminal }: CliContext, id: string): Promise<void> {
  const answer = await terminal?.ask(`Remove all versions of ${id}? [y/N] `)
  if (answer !== undefined && isYes(answer)) return
  throw new Failure('usage', `the value of ${quoted(id)} stays`, { hint: 'clear it with --force' })
}
