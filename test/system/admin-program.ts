import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runAdmin } from '../../src/main/admin/program.ts'

/** How a command of an operator ended, and what it printed. */
export interface AdminRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `strongroom admin` in this process. */
export async function admin(
  environment: Readonly<Record<string, string>>,
  argv: readonly string[],
  input = '',
): Promise<AdminRun> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = [text(stdout), text(stderr)] as const
  const exitCode = await runAdmin(argv, {
    environment,
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
  })
  stdout.end()
  stderr.end()
  const [out, err] = await Promise.all(printed)
  return { exitCode, stdout: out, stderr: err }
}
