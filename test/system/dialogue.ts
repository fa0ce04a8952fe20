import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { End } from './program.ts'
import { endOf, shellLine } from './program.ts'
import { childrenOf, eventually } from './processes.ts'

/** A program on a terminal that script(1) makes, and somebody who reads and types. */
export interface Dialogue {
  /** The process of the program itself. */
  readonly pid: number
  /** Everything that the screen has shown, without what moves the cursor. */
  readonly screen: () => string
  /** Waits until the screen has shown `text` since the last line was typed; gives what it has shown since then. */
  readonly until: (text: string) => Promise<string>
  /** Types a line, or keys as they are. */
  readonly type: (line: string) => void
  readonly press: (keys: string) => void
  readonly ended: Promise<End>
}

const PATIENCE_MS = 60_000

/** Starts a program on a terminal. */
export async function openDialogue(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<Dialogue> {
  const script = spawn('script', ['-qefc', shellLine(words), '/dev/null'], {
    cwd: folder,
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...environment },
    detached: true,
  })
  const ended = endOf(script)
  let shown = ''
  let from = 0
  script.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const screen = (): string => stripVTControlCharacters(shown).replaceAll('\r', '')
  const press = (keys: string): void => {
    from = screen().length
    script.stdin.write(keys)
  }
  const pid = await eventually('the program starts', PATIENCE_MS, () => {
    const { pid: parent } = script
    return parent === undefined ? undefined : childrenOf(parent)[0]
  })
  return {
    pid,
    screen,
    until: async (text) => {
      const isOver = ended.then(() => true)
      for (;;) {
        const since = screen().slice(from)
        if (since.includes(text)) return since
        const over = await Promise.race([isOver, delay(20).then(() => false)])
        if (over && !screen().slice(from).includes(text)) {
          throw new Error(`the program ended before it showed ${text}:\n${screen()}`)
        }
      }
    },
    type: (line) => press(`${line}\r`),
    press,
    ended,
  }
}
