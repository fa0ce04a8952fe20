import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runAdmin } from '../../src/main/admin/program.ts'
import type { AdminSurroundings } from '../../src/main/admin/surroundings.ts'

/** How a command of an operator ended, and what it printed. */
export interface AdminRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Who is called, and what stops a command that goes on for ever. */
export interface AdminCall {
  readonly name?: AdminSurroundings['name']
  readonly stop?: AbortSignal
  /** Gets everything that is said to a person, as it is said. */
  readonly hear?: (text: string) => void
}

/** Runs `strongroom admin` in this process. */
export async function admin(
  environment: Readonly<Record<string, string>>,
  argv: readonly string[],
  input = '',
  { name = 'strongroom admin', stop = new AbortController().signal, hear }: AdminCall = {},
): Promise<AdminRun> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = [text(stdout), text(stderr)] as const
  stderr.on('data', (chunk: Buffer) => hear?.(chunk.toString()))
  const exitCode = await runAdmin(argv, {
    name,
    environment,
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
    stopAsked: () => stop,
  })
  stdout.end()
  stderr.end()
  const [out, err] = await Promise.all(printed)
  return { exitCode, stdout: out, stderr: err }
}
