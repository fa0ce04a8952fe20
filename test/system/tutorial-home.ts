import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { temporaryFolder } from './database.ts'
import { openDialogue } from './dialogue.ts'
import type { Dialogue } from './dialogue.ts'
import { eventually, isAlive, postmasterOf } from './processes.ts'
import type { Transcript } from './program.ts'
import { transcriptOf } from './program.ts'

/** A home of somebody who starts the tutorial; nothing of it runs after the test, nor is it there. */
export interface TutorialHome extends AsyncDisposable {
  readonly path: string
  /** The tutorial's folder, in the home. */
  readonly folder: string
  /** The data of its server. */
  readonly data: string
  readonly environment: Readonly<Record<string, string>>
  /** The words after `node` that start it. */
  readonly words: (argv: readonly string[], program?: string) => readonly string[]
  /** Runs it to its end, without a terminal. */
  readonly run: (argv: readonly string[], program?: string) => Promise<Transcript>
  /** Starts it on a terminal. */
  readonly open: () => Promise<Dialogue>
  /** Waits until neither the server nor its database nor anything else of it runs. */
  readonly nothingLeft: () => Promise<true>
}

const PROGRAM = resolve('bin/strongroom.js')
const GONE_MS = 20_000

/** Makes a {@link TutorialHome}, whose owner has `own` in their environment. */
export async function tutorialHome(
  own: Readonly<Record<string, string>> = {},
): Promise<TutorialHome> {
  const home = await temporaryFolder()
  const folder = join(home.path, 'tutorial')
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home.path, ...own }
  const words: TutorialHome['words'] = (argv, program = PROGRAM) => [
    program,
    'tutorial',
    '--folder',
    folder,
    ...argv,
  ]
  const data = join(folder, 'server')
  const nothingLeft = (): Promise<true> =>
    eventually(
      'no process is left',
      GONE_MS,
      () => (postmasterOf(data) === undefined && processesIn(folder).length === 0) || undefined,
    )
  return {
    path: home.path,
    folder,
    data,
    environment,
    words,
    nothingLeft,
    run: (argv, program) =>
      transcriptOf(
        spawn(process.execPath, words(argv, program), {
          cwd: home.path,
          env: environment,
          stdio: 'pipe',
          detached: true,
        }),
      ),
    open: () => openDialogue([process.execPath, ...words([])], environment, home.path),
    async [Symbol.asyncDispose]() {
      await nothingLeft()
      await home[Symbol.asyncDispose]()
    },
  }
}

/** Every process that was started with the name of the folder. */
const processesIn = (folder: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isAlive(Number(name)))
    .filter((pid) => commandLineOf(pid).includes(folder))

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch (error) {
    // It ended meanwhile.
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}

/** The password in a login file of the tutorial. */
export const keyIn = (path: string): string =>
  /password (\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? assert.fail(path)

/** How many steps were found done. */
export const held = (screen: string): number => screen.match(/^ {2}ok: /gm)?.length ?? 0
