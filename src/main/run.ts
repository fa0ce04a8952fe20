import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { readTextFile } from '#client/private-file.ts'
import { describeError } from '#client/report.ts'
import { run } from '#run/run.ts'
import { openOwnClient, say, show } from './own-client.ts'
import { VERSION } from './version.ts'

/** `strongroom run` or, under the name `summon`, a stand-in for Summon, with the arguments after its name; resolves to its exit code. */
export const main = (argv: readonly string[], name = 'run'): Promise<number> =>
  run(argv, {
    environment: process.env,
    folder: process.cwd(),
    version: VERSION,
    readText: readTextFile,
    list,
    standardFolders: standardFolders(),
    takesUnnamed: name === 'summon',
    cacheFolder: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'strongroom'),
    print: (text) => void process.stdout.write(text),
    show,
    say,
    tell: (error) => show(describeError(error)),
    client: openOwnClient,
  })

function list(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

/** Where Summon looks for providers (reference/broker-run-cli.md C.4): also beside the program that was started. */
function standardFolders(): readonly string[] {
  const own = dirname(process.argv[1] ?? process.execPath)
  return ['/usr/local/lib/summon', join(own, 'Providers'), join(own, '..', 'lib', 'summon')]
}
