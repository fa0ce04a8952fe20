import type { Duplex } from 'node:stream'
import { MessageParser } from 'ldapts'
import type { Failure } from '#lib/failure.ts'
import { garbled, mustBeWhole, sizeOfFirst } from './frames.ts'

/** A message of a directory, as the library reads it: one of its classes. */
export interface Message {
  readonly messageId: number
  /** The result code, of those that have one. */
  readonly status: number
}

/** The messages that come in, in their order. */
export interface Inbox {
  /** Throws `unreachable` when what comes is no message or too much, or nothing comes any more. One call at a time. */
  next(): Promise<Message>
  /** What comes from now on is for others. Throws `unreachable` when something has come that nobody took. */
  close(): void
}

/** Takes the bytes of a stream, at most `maxBytes` of them, and makes messages of them when they are asked for. */
export function openInbox(stream: Duplex, maxBytes: number): Inbox {
  const heap = openHeap()
  let size = 0
  let end: Failure | undefined
  let wake: (() => void) | undefined
  const stop = (failure: Failure): void => {
    end ??= failure
    wake?.()
  }
  const onData = (chunk: Buffer): void => {
    size += chunk.length
    if (size > maxBytes) {
      stop(garbled(`says more than ${maxBytes} bytes`))
      stream.destroy()
      return
    }
    heap.add(chunk)
    wake?.()
  }
  const onError = (cause: Error): void => stop(garbled('cannot be reached any more', cause))
  const onClose = (): void => stop(garbled('hangs up'))
  stream.on('data', onData).on('error', onError).on('close', onClose).on('end', onClose)

  return {
    async next() {
      for (;;) {
        const message = heap.take()
        if (message !== undefined) return messageIn(message)
        if (end !== undefined) throw end
        // oxlint-disable-next-line no-await-in-loop -- a message comes piece by piece
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close() {
      stream.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose)
      if (!heap.isEmpty()) throw garbled('says more than it was asked')
    },
  }
}

/** Bytes that have come and were not taken. */
interface Heap {
  add(piece: Buffer): void
  /** The first message, once all of it is there. Throws `unreachable` for what is none. */
  take(): Buffer | undefined
  isEmpty(): boolean
}

/** Pieces are joined when there may be a message in them: who sends byte by byte must not have all of them copied each time. */
function openHeap(): Heap {
  let pieces: Buffer[] = []
  let held = 0
  let wanted = 1
  return {
    add(piece) {
      pieces.push(piece)
      held += piece.length
    },
    take() {
      if (held < wanted) return undefined
      const joined = onePiece(pieces)
      const length = sizeOfFirst(joined)
      const isThere = length !== undefined && length <= held
      const taken = isThere ? length : 0
      pieces = [joined.subarray(taken)]
      held -= taken
      wanted = isThere ? 1 : (length ?? held + 1)
      return isThere ? joined.subarray(0, taken) : undefined
    },
    isEmpty: () => held === 0,
  }
}

const onePiece = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)

function messageIn(bytes: Buffer): Message {
  mustBeWhole(bytes)
  const parser = new MessageParser()
  const messages: Message[] = []
  const errors: Error[] = []
  parser.on('message', (message) => messages.push(message))
  parser.on('error', (error) => errors.push(error))
  parser.read(bytes, new Map())
  const [message] = messages
  if (message === undefined) throw garbled('answers with something that is not LDAP', errors[0])
  return message
}
