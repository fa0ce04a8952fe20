/** The signals that end the tutorial. Ctrl-C is one only where nobody can type it to a command. */
const SIGNALS = ['SIGTERM', 'SIGHUP'] as const

/** A request to stop. */
export interface StopAsked extends Disposable {
  /** Aborted when it was asked. */
  readonly signal: AbortSignal
  /** Ends this process by the signal that asked, if one did; to be called when everything else has ended. */
  readonly obey: () => void
}

/** Listens for requests to stop, so that the server is stopped before this process is. */
export function stopAsked(isInteractive: boolean): StopAsked {
  const stopping = new AbortController()
  let asked: NodeJS.Signals | undefined
  const stop = (signal: NodeJS.Signals): void => {
    asked ??= signal
    stopping.abort()
  }
  const signals = isInteractive ? SIGNALS : ([...SIGNALS, 'SIGINT'] as const)
  for (const signal of signals) process.on(signal, stop)
  const unlisten = (): void => {
    for (const signal of signals) process.off(signal, stop)
  }
  return {
    signal: stopping.signal,
    obey: () => {
      unlisten()
      if (asked !== undefined) process.kill(process.pid, asked)
    },
    [Symbol.dispose]: unlisten,
  }
}
