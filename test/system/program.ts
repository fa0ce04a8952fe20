import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buffer, text } from 'node:stream/consumers'

/** How a program ended. */
export interface End {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a program printed and how it ended. */
export interface Transcript extends End {
  readonly stdout: string
  readonly stderr: string
}

/** How a program is started. */
export interface Start {
  readonly environment: Record<string, string>
  readonly folder?: string
  readonly input?: string | Buffer
}

const HARDENED = ['--disallow-code-generation-from-strings', '--disable-proto=throw']

/** The arguments of node that start one of our programs from its source. */
export function programArguments(
  name: 'cli' | 'run' | 'provider',
  argv: readonly string[],
): readonly string[] {
  const url = new URL(`../../src/main/${name}.ts`, import.meta.url)
  const script = `const { main } = await import(${JSON.stringify(url.href)}); process.exitCode = await main(process.argv.slice(1))`
  return [...HARDENED, '--input-type=module', '-e', script, '--', ...argv]
}

/** Starts one of our programs from its source. */
export const startProgram = (
  name: 'cli' | 'run' | 'provider',
  argv: readonly string[],
  { environment, folder }: Start,
): ChildProcess =>
  spawn(process.execPath, programArguments(name, argv), {
    env: environment,
    cwd: folder ?? fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'pipe',
    // A session of its own, so that no terminal of the test's sends signals to it.
    detached: true,
  })

/** How a program ends; to be called before it does. */
export function endOf(child: ChildProcess): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>()
  child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
  return promise
}

/** The transcript of a program that was started. */
export async function transcriptOf(
  child: ChildProcess,
  input: string | Buffer = '',
): Promise<Transcript> {
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes')
  const ended = endOf(child)
  // A program may end without having read its input.
  stdin.on('error', () => undefined)
  stdin.end(input)
  const [out, err, end] = await Promise.all([buffer(stdout), text(stderr), ended])
  return { ...end, stdout: out.toString(), stderr: err }
}

/** Runs one of our programs to its end. */
export const runProgram = (
  name: 'cli' | 'run' | 'provider',
  argv: readonly string[],
  start: Start,
): Promise<Transcript> => transcriptOf(startProgram(name, argv, start), start.input)

/** The words as one line for the shell, which gives its place to the program. */
export const shellLine = (words: readonly string[]): string =>
  `exec ${words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`

/** What is typed after a question: a text, or what the screen makes of it. */
export type TypedAnswer = readonly [
  question: string,
  typed: string | ((screen: string) => string | Promise<string>),
]

/** How a program on a terminal ended, and what the screen showed. */
export interface Screen {
  readonly exitCode: number | null
  readonly screen: string
}

/** {@link runLineOnTerminal} of one of our programs. */
export const runOnTerminal = (
  name: 'cli' | 'run' | 'provider',
  argv: readonly string[],
  environment: Record<string, string>,
  answers: Iterable<TypedAnswer>,
): Promise<Screen> =>
  runLineOnTerminal(
    shellLine([process.execPath, ...programArguments(name, argv)]),
    { environment },
    answers,
  )

/** Runs a line of the shell on a terminal that script(1) makes, and types each answer, once, when the screen ends with its question. */
export async function runLineOnTerminal(
  line: string,
  { environment, folder }: Omit<Start, 'input'>,
  answers: Iterable<TypedAnswer>,
): Promise<Screen> {
  const script = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...environment, TERM: 'dumb', SHELL: '/bin/sh' },
    cwd: folder,
    detached: true,
  })
  const ended = endOf(script)
  const waiting = [...answers]
  let screen = ''
  for await (const chunk of script.stdout as AsyncIterable<Buffer>) {
    screen += chunk.toString()
    const shown = screen
    const answer = waiting.find(([question]) => shown.endsWith(question))
    if (answer === undefined) continue
    waiting.splice(waiting.indexOf(answer), 1)
    const [, typed] = answer
    const reply = typeof typed === 'string' ? typed : await typed(screen)
    script.stdin.write(`${reply}\r`)
  }
  return { exitCode: (await ended).exitCode, screen }
}
