import { runAdmin } from './admin/program.ts'
import { serverCommand } from './admin/server-command.ts'
import type { AdminSurroundings } from './admin/surroundings.ts'
import { endWithReader } from './reader-gone.ts'

/** `strongroom admin`, or `conjurctl`, with the arguments after it; resolves to the exit code. */
export const main = (argv: readonly string[], calledAs = 'admin'): Promise<number> => {
  const { env, stdin, stdout, stderr } = process
  const surroundings: AdminSurroundings = {
    name: calledAs === 'conjurctl' ? 'conjurctl' : 'strongroom admin',
    environment: env,
    stdin,
    stdout,
    stderr,
    stopAsked,
  }
  const [first, ...rest] = argv
  if (first === 'server') return serverCommand(rest, surroundings)
  endWithReader()
  return runAdmin(argv, surroundings)
}

/** Whoever asks takes the signals that stop a program upon itself; a second one is not waited for. */
function stopAsked(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
    })
  }
  return stopping.signal
}
