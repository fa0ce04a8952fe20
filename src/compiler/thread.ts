import { Worker } from 'node:worker_threads'
import { Failure } from '#lib/failure.ts'
import type { CompileInput, Desired } from '#policy/compile.ts'
import { received } from './sent-failure.ts'
import type { Reply, Request } from './serve.ts'
import { joinSlices } from './slices.ts'
import type { Slice } from './slices.ts'

/** What the thread may take. */
export interface ThreadLimits {
  /** How long reading one text may take, in milliseconds. */
  readonly compileMs: number
  /** How long the thread stays without work, in milliseconds; its memory goes with it. */
  readonly idleMs: number
  /** How much memory it may have for what lives longer than a moment, in MB. */
  readonly memoryMb: number
}

const USUAL: ThreadLimits = { compileMs: 60_000, idleMs: 30_000, memoryMb: 2048 }

/** Much is made and soon forgotten while a text is read: with less room for that it would be moved about all the time. */
const YOUNG_MB = 64

/** A thread that reads policies. */
export interface CompileThread {
  /**
   * Reads a text; one at a time, which the caller sees to. Throws what the reading throws, `unavailable` when it takes too long,
   * `too_large` when it takes too much memory: the thread is given up then, and the next text gets a new one.
   */
  compile(input: CompileInput): Promise<Desired>
  /** Ends the thread for good: a text that is being read fails with `unavailable`, and so does every later one. */
  close(): void
}

/** A thread that runs `program` as long as there is something to do. */
export function compileThread(program: URL, limits: Partial<ThreadLimits> = {}): CompileThread {
  const { compileMs, idleMs, memoryMb } = { ...USUAL, ...limits }
  let life: Life | undefined
  let isClosed = false
  const stopping = (): Failure => unavailable('the server is stopping')
  return {
    async compile(input) {
      if (isClosed) throw stopping()
      if (life?.isOver !== false) life = new Life(program, memoryMb)
      const current = life
      current.work(compileMs)
      try {
        return joinSlices(input, await slicesOf(current, input))
      } finally {
        current.rest(idleMs)
      }
    },
    close() {
      isClosed = true
      life?.end(stopping())
    },
  }
}

/** Asks for one slice after the other: between two of them this thread serves whoever waits for it. */
async function slicesOf(life: Life, input: CompileInput): Promise<readonly Slice[]> {
  const slices: Slice[] = []
  let reply = await life.ask({ kind: 'compile', input })
  while (reply.kind === 'slice') {
    slices.push(reply.slice)
    // oxlint-disable-next-line no-await-in-loop -- that it is not all at once is the point
    reply = await life.ask({ kind: 'next' })
  }
  if (reply.kind === 'failed') throw received(reply.failure)
  return slices
}

/** One life of the thread. */
class Life {
  readonly #worker: Worker
  #ended: Error | undefined
  #waiting: PromiseWithResolvers<Reply> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(program: URL, memoryMb: number) {
    this.#worker = new Worker(program, {
      name: 'policies',
      // It needs no environment, which may hold secrets.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
    })
    this.#worker.on('message', (reply: Reply) => this.#waiting?.resolve(reply))
    this.#worker.once('error', (error) => this.end(reasonOf(error)))
    this.#worker.once('exit', () => this.end(new Error('the thread ended')))
  }

  get isOver(): boolean {
    return this.#ended !== undefined
  }

  /** The reply to a request; rejects with the reason when the thread ends before. */
  async ask(request: Request): Promise<Reply> {
    if (this.#ended !== undefined) throw this.#ended
    this.#waiting = Promise.withResolvers()
    this.#worker.postMessage(request)
    return this.#waiting.promise
  }

  /** Begins a piece of work, which keeps the program alive and ends the thread when it is not done in time. */
  work(ms: number): void {
    this.#worker.ref()
    this.#endIn(ms, unavailable(`the policy could not be read within ${ms / 1000} seconds`))
  }

  /** Ends the work; the thread stays for a while, and does not keep the program alive. */
  rest(ms: number): void {
    this.#worker.unref()
    if (!this.isOver) this.#endIn(ms, new Error('the thread had nothing to do'))
  }

  /** Ends the thread, in the middle of whatever it does; does nothing when it has ended. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    clearTimeout(this.#timer)
    this.#waiting?.reject(reason)
    // Nothing depends on the moment at which it is gone; it never fails.
    void this.#worker.terminate()
  }

  #endIn(ms: number, reason: Error): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(reason), ms).unref()
  }
}

const unavailable = (message: string): Failure => new Failure('unavailable', message)

function reasonOf(error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new Failure('too_large', 'the policy takes more memory to read than it may', {
      hint: 'load it in parts',
    })
  }
  return new Error('the thread that reads policies failed', { cause: error })
}
