/** How much a log line matters; a log shows its own level and what matters more. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The levels from chatty to silent. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Facts that go with a line. Never a secret, a token, a key, a body or a full URL. */
export type LogFacts = Readonly<Record<string, unknown>>

/** Writes lines for operators. */
export type Log = Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>

/** A log of JSON lines `{"at","level","message",…facts}`; errors among the facts show name, message, code, stack and cause. */
export function jsonLog(level: LogLevel, write: (line: string) => void, now: () => Date): Log {
  const from = LOG_LEVELS.indexOf(level)
  const writer =
    (lineLevel: LogLevel) =>
    (message: string, facts: LogFacts = {}): void => {
      if (LOG_LEVELS.indexOf(lineLevel) < from) return
      const line = { at: now().toISOString(), level: lineLevel, message, ...facts }
      write(`${JSON.stringify(line, showError)}\n`)
    }
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  }
}

/** The stack holds code positions and the message, which by our rule holds no secret (SECURITY.md). */
function showError(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  const { name, message, stack, cause } = value
  const code = 'code' in value ? { code: value.code } : {}
  return { name, message, ...code, stack, ...(cause === undefined ? {} : { cause }) }
}
