import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { failureCodes, Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import type { Folder } from './folder.ts'

/** What holds the keys never makes code from text, and opens no debugger. */
const HARDENED = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--disable-sigusr1',
]

/** A server that does not stop by then is killed, in milliseconds. */
const STOP_MS = 20_000

/** The server of the tutorial: a process of its own, which also ends when this one does, however that ends. */
export interface TutorialServer extends AsyncDisposable {
  readonly url: string
  /** Whether it has ended by itself. */
  readonly hasEnded: () => boolean
}

/** How it is started. */
export interface ServerStart {
  /** The program. */
  readonly program: string
  readonly folder: Folder
  readonly environment: Readonly<Record<string, string>>
  /** Whether the data of an earlier tutorial is removed first. */
  readonly isAnew: boolean
  readonly signal: AbortSignal
  /** Called when another tutorial must be waited for. */
  readonly onWait: () => void
}

/**
 * Starts the server and resolves when it serves. It is told to end when this process is gone, and by {@link TutorialServer}'s disposal. Throws what it
 * failed with, and `unavailable` when it says nothing; its log then has the rest.
 */
export async function startTutorialServer(start: ServerStart): Promise<TutorialServer> {
  const child = forked(start)
  const end = (): void => void (child.connected && child.disconnect())
  if (start.signal.aborted) end()
  start.signal.addEventListener('abort', end)
  const url = await firstWord(child, start)
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    url,
    hasEnded,
    async [Symbol.asyncDispose]() {
      start.signal.removeEventListener('abort', end)
      if (hasEnded()) return
      const gone = once(child, 'exit')
      end()
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await gone
      clearTimeout(late)
    },
  }
}

function forked({ program, folder, environment, isAnew }: ServerStart): ChildProcess {
  const log = openSync(folder.log, 'a', 0o600)
  try {
    return fork(program, [folder.data, ...(isAnew ? ['--anew'] : [])], {
      cwd: folder.path,
      env: environment,
      execArgv: HARDENED,
      stdio: ['ignore', log, log, 'ipc'],
      // A session of its own: Ctrl-C is for what the person runs.
      detached: true,
    })
  } finally {
    closeSync(log)
  }
}

function firstWord(child: ChildProcess, { folder, onWait }: ServerStart): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  child.on('message', (message: unknown) => {
    const said = typeof message === 'object' && message !== null ? { ...message } : {}
    if ('waiting' in said) onWait()
    else if ('url' in said && typeof said.url === 'string') resolve(said.url)
    else reject(toldFailure(said))
  })
  child.once('exit', () => reject(serverEnded(folder)))
  child.once('error', reject)
  return promise
}

/** What is to be said when it has. */
export const serverEnded = ({ log }: Pick<Folder, 'log'>): Failure =>
  new Failure('unavailable', 'the server of the tutorial has ended', {
    hint: `${log} may say why; the next start goes on here`,
  })

function toldFailure(said: Readonly<Record<string, unknown>>): Failure {
  const { code, message, hint } = said
  return new Failure(
    isFailureCode(code) ? code : 'corrupt',
    typeof message === 'string' ? message : 'the server of the tutorial makes no sense',
    typeof hint === 'string' ? { hint } : {},
  )
}

const isFailureCode = (code: unknown): code is FailureCode =>
  typeof code === 'string' && Object.hasOwn(failureCodes, code)
