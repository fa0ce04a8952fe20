/**
 * A client process of the bench: `node bench/load.ts '<LoadPlan as JSON>'`, or `@FILE` that holds it, prints a {@link LoadResult} as JSON. It
 * speaks HTTP/1.1 over raw sockets with one request under way on each, so that on a small machine it takes as little as possible from what it measures.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What is asked for, how and how long. */
export interface LoadPlan {
  readonly host: string
  readonly port: number
  /** The server's certificate, PEM; absent for plain HTTP. */
  readonly caPem?: string
  /** GET unless said otherwise. */
  readonly method?: 'GET' | 'POST'
  readonly paths: readonly string[]
  readonly body?: string
  /** Each with the path of its place, instead of `body`. */
  readonly bodies?: readonly string[]
  /** Every request is sent once, by as many connections as there are, instead of for a time. */
  readonly isOnce?: true
  /** Whether answers other than 200 are what is expected. */
  readonly mayFail?: true
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly warmSeconds: number
  readonly seconds: number
  /** Requests a second that arrive whether or not the server keeps up (open loop); absent: as fast as answers come (closed loop). */
  readonly rate?: number
}

/** What came of it. Latencies in milliseconds; in an open loop they count from when a request should have been sent. */
export interface LoadResult {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly failures: number
}

class Connection {
  readonly #socket: Socket
  #left = 0
  #done: ((status: number) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  static open({ host, port, caPem }: LoadPlan): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const ready = (): void => resolve(new Connection(socket))
      const socket =
        caPem === undefined
          ? connect({ host, port, noDelay: true }, ready)
          : connectTls({ host, port, ca: caPem }, ready)
      socket.setNoDelay(true)
      socket.once('error', reject)
    })
  }

  /** Sends a request and calls `done` with the status once the whole answer is there. */
  send(request: Buffer, done: (status: number) => void): void {
    this.#done = done
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }

  #status = 0

  #take(chunk: Buffer): void {
    let body = chunk.length
    if (this.#left === 0) {
      const head = chunk.indexOf('\r\n\r\n')
      const text = chunk.toString('latin1', 0, head)
      this.#status = Number(text.slice(9, 12))
      this.#left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      body = chunk.length - head - 4
    }
    this.#left -= body
    if (this.#left > 0) return
    this.#left = 0
    this.#done?.(this.#status)
  }
}

function requestsOf(plan: LoadPlan): readonly Buffer[] {
  const { host, port, method = 'GET', paths, headers, bodies = [] } = plan
  return paths.map((path, index) => {
    const body = bodies[index] ?? plan.body
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const lines = Object.entries({ Host: `${host}:${port}`, ...headers, ...length })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`)
  })
}

class Tally {
  readonly #latencies: number[] = []
  #failures = 0
  counting = false

  add(startedAt: number, status: number): void {
    if (!this.counting) return
    this.#latencies.push(performance.now() - startedAt)
    if (status !== 200) this.#failures += 1
  }

  result(seconds: number): LoadResult {
    const sorted = Float64Array.from(this.#latencies).toSorted()
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
    return {
      perSecond: sorted.length / seconds,
      p50: at(0.5),
      p99: at(0.99),
      failures: this.#failures,
    }
  }
}

/** Every connection asks again as soon as it is answered. */
function closedLoop(
  connections: readonly Connection[],
  requests: readonly Buffer[],
  tally: Tally,
): () => void {
  let next = 0
  let stopped = false
  const ask = (connection: Connection): void => {
    if (stopped) return
    const request = requests[(next += 1) % requests.length]
    const startedAt = performance.now()
    if (request === undefined) return
    connection.send(request, (status) => {
      tally.add(startedAt, status)
      ask(connection)
    })
  }
  for (const connection of connections) ask(connection)
  return () => (stopped = true)
}

/** Every request once; resolves when the last is answered. */
function onceEach(
  connections: readonly Connection[],
  requests: readonly Buffer[],
  tally: Tally,
): Promise<void> {
  let next = 0
  let open = requests.length
  return new Promise((resolve) => {
    const ask = (connection: Connection): void => {
      const request = requests[next]
      next += 1
      if (request === undefined) return
      const startedAt = performance.now()
      connection.send(request, (status) => {
        tally.add(startedAt, status)
        open -= 1
        if (open === 0) resolve()
        ask(connection)
      })
    }
    for (const connection of connections) ask(connection)
  })
}

/** Requests fall due at a steady rate; one that finds every connection busy waits, and its waiting counts. */
function openLoop(
  connections: readonly Connection[],
  requests: readonly Buffer[],
  tally: Tally,
  rate: number,
): () => void {
  const idle = [...connections]
  const due: number[] = []
  let next = 0
  let stopped = false
  let planned = performance.now()
  const drain = (): void => {
    while (due.length > 0 && idle.length > 0) {
      const dueAt = due.shift()
      const connection = idle.pop()
      const request = requests[(next += 1) % requests.length]
      if (dueAt === undefined || connection === undefined || request === undefined) return
      connection.send(request, (status) => {
        tally.add(dueAt, status)
        idle.push(connection)
        drain()
      })
    }
  }
  const tick = (): void => {
    if (stopped) return
    const now = performance.now()
    for (; planned <= now; planned += 1000 / rate) due.push(planned)
    drain()
    // Not in a busy loop: on a small machine that would take from the server what it measures.
    setTimeout(tick, 1)
  }
  tick()
  return () => (stopped = true)
}

async function main(plan: LoadPlan): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => Connection.open(plan)),
  )
  const requests = requestsOf(plan)
  const tally = new Tally()
  if (plan.isOnce === true) {
    tally.counting = true
    const began = performance.now()
    await onceEach(connections, requests, tally)
    return tally.result((performance.now() - began) / 1000)
  }
  const stop =
    plan.rate === undefined
      ? closedLoop(connections, requests, tally)
      : openLoop(connections, requests, tally, plan.rate)
  await elapsed(plan.warmSeconds)
  tally.counting = true
  const startedAt = performance.now()
  await elapsed(plan.seconds)
  tally.counting = false
  const seconds = (performance.now() - startedAt) / 1000
  stop()
  for (const connection of connections) connection.close()
  return tally.result(seconds)
}

const elapsed = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000))

const [plan] = process.argv.slice(2)
if (plan === undefined) throw new Error('usage: node bench/load.ts PLAN')
const text = plan.startsWith('@') ? readFileSync(plan.slice(1), 'utf8') : plan
process.stdout.write(JSON.stringify(await main(JSON.parse(text) as LoadPlan)))
process.exit(0)
