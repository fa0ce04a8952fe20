import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { processStat } from './process-stat.ts'

const FORWARDED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGTSTP',
] as const satisfies readonly NodeJS.Signals[]

/** What a terminal sends to every process in its foreground, so that the child has it already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGINT',
  'SIGQUIT',
  'SIGWINCH',
  'SIGTSTP',
])

/** What asks a program to end. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

/** Keeps signals from ending this process and passes them on to its child. */
export interface Forwarding {
  /** Names the child. What arrives earlier in the same turn of the event loop reaches it, too. */
  to(child: Pick<ChildProcess, 'kill'>): void
  /** Whether a signal has asked for the end. */
  askedToEnd(): boolean
  /** Gives the signals their usual effect again. */
  stop(): void
}

/**
 * Passes the signals that reach this process on to its child, once each. When we are in the foreground of a terminal, the child,
 * which shares our process group, had the terminal's signals from the terminal itself. To be called before there is
 * anything that must not outlive this process.
 */
export function forwardSignals(): Forwarding {
  let child: Pick<ChildProcess, 'kill'> | undefined
  let asked = false
  const handle = (signal: NodeJS.Signals): void => {
    asked ||= ENDING.has(signal)
    if (!(FROM_TERMINAL.has(signal) && isInForeground())) child?.kill(signal)
    // The shell that started us waits until we stop as well; the handler has taken the place of that effect.
    if (signal === 'SIGTSTP') process.kill(process.pid, 'SIGSTOP')
  }
  const signals = FORWARDED.filter((signal) => signal in constants.signals)
  for (const signal of signals) process.on(signal, handle)
  return {
    to(started) {
      child = started
    },
    askedToEnd: () => asked,
    stop() {
      for (const signal of signals) process.removeListener(signal, handle)
    },
  }
}

function isInForeground(): boolean {
  const own = processStat('self')
  if (own === undefined) return process.stdin.isTTY
  return own.terminal !== 0 && own.group === own.foregroundGroup
}
