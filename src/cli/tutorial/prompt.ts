import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Place } from '#cli/completion/places.ts'
import { complete } from './complete.ts'
import type { Ask } from './walk.ts'

/** The terminal on which it is asked. */
export interface PromptStreams {
  readonly stdin: Readable
  readonly stdout: Writable
  /** Ends the wait: nobody answers then. */
  readonly signal: AbortSignal
}

/**
 * Asks for one line after the other, with history and completion. Between two questions the terminal belongs to whatever runs there. Lines that
 * came at once, such as pasted ones, are the answers to the questions that follow.
 */
export function openPrompt(streams: PromptStreams, places: readonly Place[]): Ask {
  const waiting: string[] = []
  let history: string[] = []
  return async (prompt, step) => {
    const pasted = waiting.shift()
    if (pasted !== undefined) {
      streams.stdout.write(`${prompt}${pasted}\n`)
      return pasted
    }
    const { stdin, stdout, signal } = streams
    if (signal.aborted) return undefined
    const lines = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      history,
      removeHistoryDuplicates: true,
      completer: (line: string) => complete(line, step, places),
    })
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const leave = (): void => resolve(undefined)
    signal.addEventListener('abort', leave)
    lines.on('line', (line) => {
      waiting.push(line)
      resolve(undefined)
    })
    lines.on('history', (entries) => (history = entries))
    lines.on('SIGINT', () => {
      if (lines.line === '') leave()
      else clear(lines)
    })
    lines.once('close', leave)
    lines.setPrompt(prompt)
    lines.prompt()
    // It resolves after all that came at once was read.
    await promise
    signal.removeEventListener('abort', leave)
    lines.close()
    const line = waiting.shift()
    if (line === undefined) stdout.write('\n')
    return line
  }
}

/** Ctrl-C takes back what was typed, as in a shell. */
function clear(lines: Interface): void {
  lines.write(null, { ctrl: true, name: 'e' })
  lines.write(null, { ctrl: true, name: 'u' })
}
