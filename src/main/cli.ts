import { homedir } from 'node:os'
import { runCli } from '#cli/program.ts'
import { endWithReader } from './reader-gone.ts'
import { VERSION } from './version.ts'

/** `strongroom` with the arguments after its name; resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> => {
  endWithReader()
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
