/** How much a log line matters; a log shows its own level and what matters more. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The levels from chatty to silent. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Facts that go with a line. Never a secret, a token, a key, a body or a full URL. */
export type LogFacts = Readonly<Record<string, unknown>>

/** Writes lines for operators. */
export type Log = Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>

/** How lines are written. */
export type LogFormat = 'json' | 'text'

/** The log in the wanted format; see {@link jsonLog} and {@link textLog}. */
export const openLog = (
  format: LogFormat,
  level: LogLevel,
  write: (line: string) => void,
  now: () => Date,
): Log => (format === 'json' ? jsonLog(level, write, now) : textLog(level, write, now))

/** A log for reading: `2026-01-02T03:04:05.678Z WARN message name=value …`, values that are no plain words as JSON. */
export function textLog(level: LogLevel, write: (line: string) => void, now: () => Date): Log {
  return logOf(level, (lineLevel, message, facts) => {
    const pairs = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${printFact(value)}`)
    const head = `${now().toISOString()} ${lineLevel.toUpperCase().padEnd(5)} ${printFact(message)}`
    write(`${head}${pairs.join('')}\n`)
  })
}

/** Never more than one line, and never what a terminal would obey. */
function printFact(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, showError)
  return /[\p{Cc}\u2028\u2029]/u.test(text) ? JSON.stringify(text) : text
}

/** A log of JSON lines `{"at","level","message",…facts}`; errors among the facts show name, message, code, stack and cause. */
export function jsonLog(level: LogLevel, write: (line: string) => void, now: () => Date): Log {
  return logOf(level, (lineLevel, message, facts) => {
    const line = { at: now().toISOString(), level: lineLevel, message, ...facts }
    write(`${JSON.stringify(line, showError)}\n`)
  })
}

function logOf(
  level: LogLevel,
  writeLine: (level: LogLevel, message: string, facts: LogFacts) => void,
): Log {
  const from = LOG_LEVELS.indexOf(level)
  const writer =
    (lineLevel: LogLevel) =>
    (message: string, facts: LogFacts = {}): void => {
      if (LOG_LEVELS.indexOf(lineLevel) >= from) writeLine(lineLevel, message, facts)
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
