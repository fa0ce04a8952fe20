import { readFile } from 'node:fs/promises'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliSurroundings } from './surroundings.ts'

type Input = Pick<CliSurroundings, 'stdin'>

/** The bytes of a file, or of the standard input for `-`; throws `usage` when the file cannot be read. */
export async function readInput(path: string, input: Input): Promise<Buffer> {
  if (path === '-') return readAll(input)
  try {
    return await readFile(path)
  } catch (error) {
    throw new Failure('usage', `cannot read ${quoted(path)}`, { cause: error })
  }
}

/** The standard input as one line: a final line break does not belong to it. */
export const readLine = async (input: Input): Promise<string> =>
  (await readAll(input)).toString().replace(/\r?\n$/, '')

async function readAll({ stdin }: Input): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
