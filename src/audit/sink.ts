import { setTimeout as delay } from 'node:timers/promises'
import type { AuditEvent } from '#app/audit.ts'
import type { Log } from '#lib/log.ts'
import { openChannel } from './channel.ts'
import type { Channel } from './channel.ts'
import { printRecord } from './record.ts'
import type { AuditTarget } from './target.ts'

/** Where audit events go besides the database. */
export interface AuditSink {
  /** Takes events and returns at once; what cannot be kept waiting is lost, counted and reported in the log. */
  readonly write: (events: readonly AuditEvent[]) => void
  /** How many lines left. */
  readonly sent: number
  /** How many lines were lost. */
  readonly lost: number
  /** How many lines wait to leave. */
  readonly waiting: number
  /** Sends what waits, for up to two seconds. */
  close(): Promise<void>
}

/** The bounds of a sink, for tests. */
export interface SinkLimits {
  /** How many lines may wait. */
  readonly waiting?: number
  /** How long one batch may take, in milliseconds. */
  readonly sendMs?: number
}

const PER_SEND = 500
const FIRST_PAUSE_MS = 100
const LAST_PAUSE_MS = 5000
const CLOSE_MS = 2000
/** How often a loss is reported at the most, in milliseconds. */
const REPORT_MS = 10_000

/** A sink that writes RFC 5424 lines to `target`, which it opens again for as long as it takes. */
export const openSink = (target: AuditTarget, log: Log, limits: SinkLimits = {}): AuditSink =>
  new LineSink(() => openChannel(target), log, limits)

class LineSink implements AuditSink {
  readonly #open: () => Promise<Channel>
  readonly #log: Log
  readonly #room: number
  readonly #sendMs: number
  readonly #closing = new AbortController()
  #lines: string[] = []
  #channel: Channel | undefined
  #pumping: Promise<void> | undefined
  #pause = FIRST_PAUSE_MS
  #reportedAt = Number.NEGATIVE_INFINITY
  sent = 0
  lost = 0

  constructor(open: () => Promise<Channel>, log: Log, limits: SinkLimits) {
    this.#open = open
    this.#log = log
    this.#room = limits.waiting ?? 20_000
    this.#sendMs = limits.sendMs ?? 10_000
  }

  get waiting(): number {
    return this.#lines.length
  }

  readonly write = (events: readonly AuditEvent[]): void => {
    if (events.length === 0) return
    const room = Math.max(this.#room - this.#lines.length, 0)
    this.#lines.push(...events.slice(0, room).map(printRecord))
    if (events.length > room) this.#lose(events.length - room)
    this.#pumping ??= this.#pump()
  }

  async close(): Promise<void> {
    const deadline = setTimeout(() => this.#closing.abort(), CLOSE_MS)
    await this.#pumping
    clearTimeout(deadline)
    if (this.#lines.length > 0) this.#lose(this.#lines.length)
    this.#lines = []
    await this.#channel?.close()
  }

  /** Sends batch after batch until none waits. A batch that fails stays and is tried again. */
  async #pump(): Promise<void> {
    /* oxlint-disable no-await-in-loop -- one batch follows the other */
    while (this.#lines.length > 0 && !this.#closing.signal.aborted) {
      const batch = this.#lines.slice(0, PER_SEND)
      try {
        await this.#send(batch)
        this.#lines.splice(0, batch.length)
        this.sent += batch.length
        this.#pause = FIRST_PAUSE_MS
      } catch (error) {
        if (this.#pause === FIRST_PAUSE_MS)
          this.#log.warn('the audit log does not take lines', { error })
        await this.#restore()
      }
    }
    /* oxlint-enable no-await-in-loop */
    // At once, so that no line comes between the last look at them and this.
    this.#pumping = undefined
  }

  async #send(records: readonly string[]): Promise<void> {
    this.#channel ??= await this.#opened()
    await this.#within(this.#channel.send(records))
  }

  async #opened(): Promise<Channel> {
    const opening = this.#open()
    try {
      return await this.#within(opening)
    } catch (error) {
      // A channel that opens too late is of no use; why it did not open is in `error`.
      opening.then((late) => late.close()).catch(() => undefined)
      throw error
    }
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = (): void => reject(new Error('the audit log did not answer in time'))
    const timer = setTimeout(late, this.#sendMs)
    this.#closing.signal.addEventListener('abort', late, { once: true })
    try {
      return await Promise.race([work, promise])
    } finally {
      clearTimeout(timer)
      this.#closing.signal.removeEventListener('abort', late)
    }
  }

  /** Gives up the channel and waits a little longer each time. */
  async #restore(): Promise<void> {
    const channel = this.#channel
    this.#channel = undefined
    await channel?.close().catch((error: unknown) => this.#log.debug('closing failed', { error }))
    // Cut short when the sink closes.
    await delay(this.#pause, undefined, { signal: this.#closing.signal, ref: false }).catch(
      () => undefined,
    )
    this.#pause = Math.min(this.#pause * 2, LAST_PAUSE_MS)
  }

  #lose(lines: number): void {
    this.lost += lines
    const now = performance.now()
    if (now - this.#reportedAt < REPORT_MS) return
    this.#reportedAt = now
    this.#log.error('audit lines were lost; the database has them', { lost: this.lost })
  }
}
