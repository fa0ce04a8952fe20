import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { Failure } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { wholeNumber } from './option-values.ts'

interface FetchOptions extends GlobalOptions {
  readonly branch: string
  readonly output: string
  readonly depth: number
  readonly limit: number
  readonly file?: string
}

/** The bounds that every server of the family has. */
const MAX_DEPTH = 64
const MAX_LIMIT = 100_000

/** `strongroom policy fetch`: the policy that is in effect, as a text that loads it. */
export const fetchCommand = (context: CliContext): Command =>
  serverCommand('fetch', 'show the policy that is in effect')
    .requiredOption('-b, --branch <branch>', 'the policy to show, root for all')
    .option('-o, --output <form>', 'yaml or json', 'yaml')
    .option('-D, --depth <number>', 'so many levels below the branch', wholeNumber, MAX_DEPTH)
    .option(
      '-l, --limit <number>',
      'fail when there are more resources, annotations and permissions',
      wholeNumber,
      MAX_LIMIT,
    )
    .option('-f, --file <file>', 'write it to a file')
    .action((options: FetchOptions) => fetchPolicy(context, options))

async function fetchPolicy(context: CliContext, options: FetchOptions): Promise<void> {
  const { branch, depth, limit, file } = options
  const form = checked(options)
  await context.withClient(options, async (client) => {
    const answered = await client.fetchPolicy({ branch, form, depth, limit })
    const text = answered.endsWith('\n') ? answered : `${answered}\n`
    if (file === undefined) {
      context.print(text)
      return
    }
    await write(file, text)
    context.print(`Policy has been fetched and saved to ${file}\n`)
    context.say(
      'strongroom: warning: it holds what you can see, which need not be all that is there',
    )
  })
}

function checked({ output, depth, limit }: FetchOptions): 'yaml' | 'json' {
  if (output !== 'yaml' && output !== 'json') {
    throw new Failure('usage', "output format must be 'yaml' or 'json'")
  }
  if (depth > MAX_DEPTH) {
    throw new Failure('usage', `depth must be less than or equal to ${MAX_DEPTH}`)
  }
  if (limit > MAX_LIMIT) {
    throw new Failure('usage', `limit must be less than or equal to ${MAX_LIMIT}`)
  }
  return output
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const message = isMissing ? `directory ${dirname(file)} does not exist` : `cannot write ${file}`
    throw new Failure('usage', message, { cause: error })
  }
}
