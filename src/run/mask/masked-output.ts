import { writev } from 'node:fs'
import type { Masker } from './masker.ts'
import type { Source } from './source.ts'

/** How long to wait for a reader that takes nothing at the moment, in milliseconds. */
const RETRY_MS = 5

/**
 * Writes what comes from `source` to an open file as `masker` lets it through, until it ends. When the reader of the file goes away, the source
 * is closed, so that whoever writes to it learns of that as without us.
 */
export function writeMasked(source: Source, masker: Masker, file: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const output = openOutput(file, (error) => {
    source.close()
    if (error === undefined) resolve()
    else reject(error)
  })
  source.start({
    take: (chunk, giveBack) => output.add(masker.push(chunk), giveBack),
    end: () => output.add(masker.end(), resolve),
    fail: reject,
  })
  return promise
}

interface Output {
  /** Writes buffers after those before, and calls `written` when they and all before them are. */
  add(buffers: readonly Buffer[], written: () => void): void
}

/** What is to be called when so many bytes of all were written. */
interface Mark {
  readonly at: number
  readonly written: () => void
}

/**
 * Writes in order, and together what comes while a write is under way, which takes fewer calls. A write never holds this process up, so that it
 * can pass signals on. `broken` is called when no more can be written, with an error unless the reader just went away.
 */
function openOutput(file: number, broken: (error?: Error) => void): Output {
  let waiting: Buffer[] = []
  let marks: Mark[] = []
  let added = 0
  let gone = 0
  let isWriting = false

  const write = (): void => {
    isWriting = true
    writev(file, waiting, (error, count) => {
      isWriting = false
      if (error?.code === 'EPIPE') broken()
      // Somebody has made the file non-blocking, and its reader takes nothing now.
      else if (error?.code === 'EAGAIN') setTimeout(write, RETRY_MS)
      else if (error !== null) broken(error)
      else written(count)
    })
  }
  const written = (count: number): void => {
    waiting = after(waiting, count)
    gone += count
    const passed = marks.filter(({ at }) => at <= gone)
    marks = marks.slice(passed.length)
    for (const mark of passed) mark.written()
    if (added > gone && !isWriting) write()
  }
  return {
    add(buffers, whenWritten) {
      for (const buffer of buffers) {
        waiting.push(buffer)
        added += buffer.length
      }
      if (added === gone) {
        whenWritten()
        return
      }
      marks.push({ at: added, written: whenWritten })
      if (!isWriting) write()
    },
  }
}

/** What is left of buffers of which `count` bytes were written. */
function after(buffers: readonly Buffer[], count: number): Buffer[] {
  let left = count
  return buffers.flatMap((buffer) => {
    const rest = buffer.subarray(Math.min(left, buffer.length))
    left -= buffer.length - rest.length
    return rest.length === 0 ? [] : [rest]
  })
}
