import { describeError } from '#client/report.ts'
import { provide } from '#run/provider-program.ts'
import { openOwnClient, show } from './own-client.ts'
import { VERSION } from './version.ts'

/** `summon-strongroom`, the provider for the original Summon, with the arguments after its name; resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> =>
  provide(argv, {
    version: VERSION,
    stdin: process.stdin,
    stdout: process.stdout,
    client: openOwnClient,
    tell: (error) => show(describeError(error)),
  })
