import type { Readable, Writable } from 'node:stream'

/** What a command of an operator needs from where it runs. */
export interface AdminSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** For what a command prints. */
  readonly stdout: Writable
  /** For everything that is said to a person. */
  readonly stderr: Writable
}

/** One line from the standard input, without its line break. */
export async function readLine({ stdin }: AdminSurroundings): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
