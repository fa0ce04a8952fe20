import { homedir } from 'node:os'
import { runCli } from '#cli/program.ts'
import { VERSION } from './version.ts'

/** The exit code of a program whose reader went away, as a shell shows the signal SIGPIPE. */
const READER_GONE = 141

/** `strongroom` with the arguments after its name; resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(READER_GONE)
    throw error
  })
  const { env, stdin, stdout, stderr } = process
  return runCli(argv, {
    environment: env,
    home: homedir(),
    version: VERSION,
    stdin,
    stdout,
    stderr,
  })
}
