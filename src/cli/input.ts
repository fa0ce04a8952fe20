import { open } from 'node:fs/promises'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import type { CliSurroundings } from './surroundings.ts'

type Input = Pick<CliSurroundings, 'stdin'>

/** The most that is read of a file or of the standard input, in bytes: more than the server takes. */
const MAX_INPUT = 64 * 1024 * 1024

/** The bytes of a file, or of the standard input for `-`; throws `usage` when the file cannot be read, `too_large` beyond 64 MiB. */
export async function readInput(path: string, input: Input): Promise<Buffer> {
  if (path === '-') return readAll(input.stdin)
  try {
    await using file = await open(path)
    return await readAll(file.createReadStream({ autoClose: false }))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('usage', `cannot read ${quoted(path)}`, { cause: error })
  }
}

/** The standard input as one line: a final line break does not belong to it. */
export const readLine = async ({ stdin }: Input): Promise<string> =>
  (await readAll(stdin)).toString().replace(/\r?\n$/, '')

/** Whether a person agreed; anything but a yes is a no. */
export const isYes = (text: string): boolean => /^y(?:es)?$/i.test(text.trim())

/** A secret that a person types without seeing it, or that comes on the standard input. */
export const askSecret = (context: CliContext, question: string): Promise<string> =>
  context.terminal === undefined ? readLine(context) : context.terminal.askHidden(question)

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_INPUT) throw new Failure('too_large', 'the input is too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
