import type { Readable, Writable } from 'node:stream'

/** What a command of an operator needs from where it runs. */
export interface AdminSurroundings {
  /** Who is called: `conjurctl` has the standard values, and shows the names, of a Conjur server. */
  readonly name: 'strongroom admin' | 'conjurctl'
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** For what a command prints. */
  readonly stdout: Writable
  /** For everything that is said to a person. */
  readonly stderr: Writable
  /** Aborted when a command that goes on for ever is asked to stop; whoever does not call it is stopped at once. */
  readonly stopAsked: () => AbortSignal
}

/** All of the standard input, without the line break at its end. */
export async function readLine({ stdin }: Pick<AdminSurroundings, 'stdin'>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
