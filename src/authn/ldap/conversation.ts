import type { Duplex } from 'node:stream'
import { ExtendedResponse, SearchEntry, SearchReference } from 'ldapts'
import type { BindRequest, ExtendedRequest, SearchRequest } from 'ldapts'
import { garbled } from './frames.ts'
import { openInbox, type Message } from './inbox.ts'

/** What it answers to a question: the result code of RFC 4511 4.1.9, and what it found. */
export interface Reply {
  readonly code: number
  readonly entries: readonly SearchEntry[]
}

/** Questions to a directory and its answers, one after the other. */
export interface Conversation {
  /** Throws `unreachable` when the answer is none, or is too long, or the directory hangs up. */
  ask(question: BindRequest | ExtendedRequest | SearchRequest): Promise<Reply>
  /** The rest of the stream is for others: throws `unreachable` when the directory has said more than it was asked. */
  leave(): void
}

/**
 * A conversation over a stream, of which at most `maxBytes` are read. The messages are those of the library; its client is not used, because it
 * takes many messages that come at once by calling itself as often, and keeps what came before TLS.
 */
export function converse(stream: Duplex, maxBytes: number): Conversation {
  const inbox = openInbox(stream, maxBytes)
  return {
    async ask(question) {
      stream.write(question.write())
      const entries: SearchEntry[] = []
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- an answer comes message by message
        const message = await inbox.next()
        if (message.messageId !== question.messageId) throw unasked(message)
        if (message instanceof SearchEntry) entries.push(message)
        else if (!(message instanceof SearchReference)) return { code: message.status, entries }
      }
    },
    leave: () => inbox.close(),
  }
}

/** The only message that may come unasked is a notice that the conversation ends (RFC 4511 4.4.1). */
const unasked = (message: Message): Error =>
  garbled(
    message instanceof ExtendedResponse && message.messageId === 0
      ? `ends the conversation (${message.status})`
      : 'answers what was not asked',
  )
