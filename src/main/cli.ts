import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { runCli } from '#cli/program.ts'
import type { ProgramPlaces } from '#cli/surroundings.ts'
import { endWithReader } from './reader-gone.ts'
import { VERSION } from './version.ts'

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Beside the bundle of this program, or in a checkout that was not built the sources. */
const PROGRAMS: ProgramPlaces = import.meta.url.endsWith('.ts')
  ? { launcher: place('../../bin/strongroom.js'), tutorialServer: place('tutorial-server.ts') }
  : { launcher: place('../bin/strongroom.js'), tutorialServer: place('tutorial-server.js') }

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
    programs: PROGRAMS,
  })
}
