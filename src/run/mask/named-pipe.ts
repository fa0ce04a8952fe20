import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'

/** A pipe of the system's own kind. */
export interface NamedPipe {
  /** The open file to write to, which its user closes. */
  readonly input: number
  /** The open file to read from, without waiting. */
  readonly output: number
}

/**
 * A pipe made at `path`, where it is not left; `undefined` where the system has no mkfifo(1). What Node calls a pipe is a socket, which a
 * program cannot open again as `/dev/stdout`.
 */
export function makeNamedPipe(path: string): NamedPipe | undefined {
  const { error, status } = spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' })
  if (error !== undefined || status !== 0) return undefined
  try {
    const output = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    const input = fs.openSync(path, fs.constants.O_WRONLY)
    return { input, output }
  } finally {
    fs.rmSync(path, { force: true })
  }
}
