import { Command } from 'commander'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { readInput } from './input.ts'
import { commaList, wholeNumber } from './option-values.ts'

interface GetOptions extends GlobalOptions {
  readonly id: readonly string[]
  readonly version?: number
}

interface SetOptions extends GlobalOptions {
  readonly id: string
  readonly value?: string
  readonly file?: string
}

/** `strongroom variable get | set`. */
export const variableCommand = (context: CliContext): Command =>
  new Command('variable')
    .description('read and set secret values')
    .addCommand(
      serverCommand('get', 'show the value of a variable, or those of several as JSON')
        .requiredOption('-i, --id <ids>', 'the variable, or several separated by commas', commaList)
        .option('-v, --version <number>', 'a version, the newest when absent', wholeNumber)
        .action((options: GetOptions) => getVariables(context, options)),
    )
    .addCommand(
      serverCommand('set', 'add a value to a variable')
        .requiredOption('-i, --id <id>', 'the variable')
        .option('-f, --file <file>', 'a file with the value, - for the standard input')
        .option('-v, --value <value>', 'the value itself: others on this machine can see it')
        .action((options: SetOptions) => setVariable(context, options)),
    )

async function getVariables(context: CliContext, options: GetOptions): Promise<void> {
  const { id: ids, version } = options
  const [first = '', ...others] = ids
  if (others.length > 0 && version !== undefined) {
    throw new Failure('usage', 'version can not be used with multiple variables')
  }
  await context.withClient(options, async (client) => {
    if (others.length === 0) {
      const value = await client.secret(first, version === undefined ? {} : { version })
      context.print(Buffer.concat([value, Buffer.from('\n')]))
    } else {
      const values = await client.secrets(ids)
      context.printJson(
        Object.fromEntries([...values].map(([id, value]) => [id, textOf(id, value)])),
      )
    }
  })
}

function textOf(id: string, value: Buffer): string {
  const text = value.toString()
  if (!Buffer.from(text).equals(value)) {
    throw new Failure(
      'not_acceptable',
      `the value of ${quoted(id)} is binary, which JSON cannot hold`,
      {
        hint: 'get it by itself',
      },
    )
  }
  return text
}

async function setVariable(context: CliContext, options: SetOptions): Promise<void> {
  const value = await valueFrom(context, options)
  await context.withClient(options, (client) => client.setSecret(options.id, value))
  context.print('Value added\n')
}

async function valueFrom(
  context: CliContext,
  { id, value, file }: SetOptions,
): Promise<Uint8Array> {
  if (value !== undefined && file === undefined) {
    context.say('strongroom: warning: a value on the command line is visible to others; use --file')
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
