import { openLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import type { Settings } from './settings.ts'

/** What the settings say of a log. */
type LogSettings = Pick<Settings, 'logFormat' | 'logLevel'>

/** A log whose level and form can be changed while others hold it. */
export interface LiveLog {
  readonly log: Log
  /** From now on lines are as these settings say. */
  use(settings: LogSettings): void
}

/** The log of a program on its standard error stream. */
export function openLiveLog(settings: LogSettings): LiveLog {
  let current = logFor(settings)
  return {
    log: {
      debug: (...line) => current.debug(...line),
      info: (...line) => current.info(...line),
      warn: (...line) => current.warn(...line),
      error: (...line) => current.error(...line),
    },
    use(next) {
      current = logFor(next)
    },
  }
}

const logFor = ({ logFormat, logLevel }: LogSettings): Log =>
  openLog(
    logFormat,
    logLevel,
    (line) => process.stderr.write(line),
    () => new Date(),
  )
