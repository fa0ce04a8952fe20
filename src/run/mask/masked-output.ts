import { writev } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Masker } from './masker.ts'

/** How much may wait for the reader of the output, in bytes. */
const MOST_WAITING = 1024 * 1024

/** How long to wait for a reader that takes nothing at the moment, in milliseconds. */
const RETRY_MS = 5

/**
 * Writes a stream to an open file as `masker` lets it through, until it ends. When the reader of the file goes away, the stream is
 * closed, so that whoever writes to it learns of that as without us.
 */
export function writeMasked(stream: Readable, masker: Masker, file: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const output = openOutput(file, (error) => {
    stream.destroy()
    if (error === undefined) resolve()
    else reject(error)
  })
  stream.on('data', (chunk: Buffer) => {
    const isFull = output.add(masker.push(chunk), () => stream.resume())
    if (isFull) stream.pause()
  })
  stream.once('end', () => output.end(masker.end(), resolve))
  stream.once('error', reject)
  return promise
}

interface Output {
  /** Writes buffers after those before; answers whether to wait for `drained` with more. */
  add(buffers: readonly Buffer[], drained: () => void): boolean
  /** Writes the last buffers. */
  end(buffers: readonly Buffer[], done: () => void): void
}

/**
 * Writes in order, and together what comes while a write is under way, which takes fewer calls. A write never holds this process up, so that it
 * can pass signals on. `broken` is called when no more can be written, with an error unless the reader just went away.
 */
function openOutput(file: number, broken: (error?: Error) => void): Output {
  let waiting: Buffer[] = []
  let size = 0
  let isWriting = false
  let whenWritten: () => void = () => undefined

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
    size -= count
    if (size > 0) write()
    else whenWritten()
  }
  const add: Output['add'] = (buffers, drained) => {
    for (const buffer of buffers) {
      waiting.push(buffer)
      size += buffer.length
    }
    whenWritten = drained
    if (size > 0 && !isWriting) write()
    return size > MOST_WAITING
  }
  return {
    add,
    end(buffers, done) {
      add(buffers, done)
      if (size === 0) done()
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
