import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** What is done with what a source gives. */
export interface Sink {
  /** The memory of `chunk` is lent: it holds other bytes some time after `giveBack` was called. */
  readonly take: (chunk: Buffer, giveBack: () => void) => void
  readonly end: () => void
  readonly fail: (error: Error) => void
}

/** Bytes that come in chunks. */
export interface Source {
  /** Gives all chunks to `sink`, as long as it does not keep too many. */
  start(sink: Sink): void
  /** Gives no more; whoever writes to it learns of that. */
  close(): void
}

/** How much may be lent at a time, in bytes. */
const MOST_LENT = 1024 * 1024

/** The chunks of a stream, which nobody else reads. */
export function sourceOfStream(stream: Readable): Source {
  let lent = 0
  return {
    start({ take, end, fail }) {
      stream.on('data', (chunk: Buffer) => {
        lent += chunk.length
        if (lent > MOST_LENT) stream.pause()
        take(chunk, () => {
          lent -= chunk.length
          if (lent <= MOST_LENT) stream.resume()
        })
      })
      stream.once('end', end).once('error', fail)
    },
    close: () => void stream.destroy(),
  }
}

/** What a pipe holds on Linux, in bytes. */
const CHUNK = 64 * 1024

/**
 * The chunks that are read from an open end of a pipe, which is closed with the source. They come in the same few pieces of memory over and over:
 * to make new ones costs more than all else that is done with the bytes.
 */
export function sourceOfPipe(file: number): Source {
  const memory = openMemory()
  let socket: Socket | undefined
  return {
    start({ take, end, fail }) {
      let chunk = memory.next()
      let isWaiting = false
      const opened = new Socket({
        fd: file,
        readable: true,
        writable: false,
        onread: {
          buffer: () => (chunk = memory.next()),
          callback(size) {
            const whole = chunk
            take(whole.subarray(0, size), () => {
              memory.giveBack(whole)
              if (isWaiting) opened.resume()
              isWaiting = false
            })
            isWaiting = !memory.isPlenty()
            return !isWaiting
          },
        },
      })
      socket = opened
      opened.once('end', end).once('error', fail).resume()
    },
    close: () => void socket?.destroy(),
  }
}

/** Pieces of memory, made when they are first needed. */
interface Memory {
  next(): Buffer
  giveBack(piece: Buffer): void
  /** Whether two more can be had: one is needed as soon as another was filled. */
  isPlenty(): boolean
}

function openMemory(): Memory {
  const free: Buffer[] = []
  let unmade = MOST_LENT / CHUNK
  return {
    next() {
      const used = free.pop()
      if (used !== undefined) return used
      unmade -= 1
      return Buffer.allocUnsafeSlow(CHUNK)
    },
    giveBack: (piece) => void free.push(piece),
    isPlenty: () => free.length + unmade > 1,
  }
}
