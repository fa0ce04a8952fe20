import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { MAX_DEPTH, MAX_LIMIT } from './policy-bounds.ts'

interface FetchInput {
  readonly branch: string
  readonly output: string
  readonly depth: number
  readonly limit: number
  readonly file?: string
}

/** `strongroom policy fetch`: the policy that is in effect, as a text that loads it. */
export async function fetchPolicy(context: CliContext, input: FetchInput): Promise<void> {
  const { branch, depth, limit, file } = input
  const form = checked(input)
  await context.withClient(async (client) => {
    const answered = await client.fetchPolicy({ branch, form, depth, limit })
    const text = answered.endsWith('\n') ? answered : `${answered}\n`
    if (file === undefined) {
      context.print(text)
      return
    }
    await write(file, text)
    context.print(`Policy has been fetched and saved to ${file}\n`)
    context.warn('it holds what you can see, which need not be all that is there')
  })
}

function checked({ output, depth, limit }: FetchInput): 'yaml' | 'json' {
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
