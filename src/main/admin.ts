import { runAdmin } from './admin/program.ts'
import { serverArguments } from './admin/server-arguments.ts'
import { endWithReader } from './reader-gone.ts'
import { main as serve } from './server.ts'

/** `strongroom admin` with the arguments after it, or conjurctl; resolves to the exit code. */
export const main = (argv: readonly string[]): Promise<number> => {
  const { env, stdin, stdout, stderr } = process
  const [first, ...rest] = argv
  if (first === 'server') return serve(serverArguments(rest))
  endWithReader()
  return runAdmin(argv, { environment: env, stdin, stdout, stderr })
}
