import { readFileSync, readlinkSync } from 'node:fs'

/** What the kernel says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly group: number
  /** 0 without a controlling terminal. */
  readonly terminal: number
  /** The process group in the foreground of that terminal. */
  readonly foregroundGroup: number
  /** Clock ticks after boot: with the process id, the name of one process for good. */
  readonly startTime: string
}

/** Reads the text of `/proc/PID/stat`, where a program's name in parentheses may hold anything. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    group: Number(fields[2]),
    terminal: Number(fields[4]),
    foregroundGroup: Number(fields[5]),
    startTime: fields[19] ?? '',
  }
}

/** The kernel's record of a process; `undefined` when it does not run or the system has no `/proc`. */
export function processStat(pid: number | 'self'): ProcessStat | undefined {
  const text = fromProc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return text === undefined ? undefined : parseProcessStat(text)
}

/** The number of the space in which process ids are unique, `0` when the system does not say. */
export const processSpace = (): string =>
  /\d+/.exec(fromProc(() => readlinkSync('/proc/self/ns/pid')) ?? '')?.[0] ?? '0'

function fromProc(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    // ENOENT: no such process or no /proc; ESRCH: it ended while being read; EACCES: hidden, so not ours.
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
