import type { OutboundSocket, OutboundSockets } from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { KubernetesAccess } from './access.ts'
import {
  CHANNEL,
  END_OF_STDIN,
  EXEC_PROTOCOLS,
  execProtocol,
  fromProcess,
  toStdin,
} from './exec-channels.ts'
import { listAt, textAt } from './object.ts'
import { refused } from './refusal.ts'

/** A container of a pod. */
export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** What a shell is to do. */
export interface ExecScript {
  /** It ends with `exit`, because before version 5 of the protocol its input has no end. */
  readonly text: string
  /** What it prints as its last line when it did all that it was to do. */
  readonly proof: string
}

/** How long the shell may take, in milliseconds. */
export interface ExecOptions {
  readonly timeoutMs: number
}

/**
 * Runs a script with the `sh` of a container, over a WebSocket, and resolves once it is known to have succeeded: the API server says so, where
 * the protocol that it speaks can tell that, and the script's own last line. Throws `unauthorized` with a code of reference/conjur-api.md 1.14
 * when it did not, and when nobody can tell.
 */
export type Exec = (
  access: KubernetesAccess,
  target: ExecTarget,
  script: ExecScript,
  options: ExecOptions,
) => Promise<void>

/** Runs scripts over the outbound port. */
export const execOver =
  (sockets: OutboundSockets): Exec =>
  async (access, target, script, { timeoutMs }) => {
    using socket = await opened(sockets, access, target, timeoutMs)
    const protocol = execProtocol(socket.protocol)
    socket.send(toStdin(Buffer.from(script.text)))
    if (protocol.endsInput) socket.send(END_OF_STDIN)
    const heard = await hear(socket, protocol.tellsStatus)
    mustHaveSucceeded(heard, script, protocol.tellsStatus)
  }

function pathOf({ namespace, pod, container }: ExecTarget): string {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' })
  query.set('command', 'sh')
  return `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`
}

async function opened(
  sockets: OutboundSockets,
  { url, token, caPem }: KubernetesAccess,
  target: ExecTarget,
  timeoutMs: number,
): Promise<OutboundSocket> {
  try {
    return await sockets.open(`${url}${pathOf(target)}`, {
      purpose: 'kubernetes',
      headers: { authorization: `Bearer ${token}` },
      protocols: EXEC_PROTOCOLS,
      timeoutMs,
      ...(caPem === undefined ? {} : { caPem }),
    })
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code === 'unavailable') throw cause
    throw refused(`CONJ00071E The WebSocket to the pod cannot be opened: ${cause.message}`, cause)
  }
}

/** What came of a process. */
interface Heard {
  readonly stdout: string
  readonly stderr: string
  /** What came on the channel of the end; empty when nothing did. */
  readonly status: string
}

/** The most that is kept of each stream, in bytes: what it printed first is what tells. */
const KEPT = 16 * 1024

async function hear(socket: OutboundSocket, tellsStatus: boolean): Promise<Heard> {
  const streams = new Map<number, Uint8Array[]>()
  try {
    for await (const message of socket.messages) {
      const { channel, bytes } = mustBeKnown(message)
      keep(streams, channel, bytes)
      // Nothing comes after it, and an API server may be slow to close.
      if (channel === CHANNEL.status && tellsStatus && bytes.byteLength > 0) break
    }
  } catch (error) {
    throw refusalFor(error)
  }
  const text = (channel: number): string =>
    Buffer.concat(streams.get(channel) ?? [])
      .subarray(0, KEPT)
      .toString('utf8')
  return {
    stdout: text(CHANNEL.stdout),
    stderr: text(CHANNEL.stderr),
    status: text(CHANNEL.status),
  }
}

/** The API server ends the streams of the process one by one (version 5). */
function mustBeKnown(message: Uint8Array): {
  readonly channel: number
  readonly bytes: Uint8Array
} {
  const heard = fromProcess(message)
  if (heard !== undefined && KNOWN.has(heard.channel)) return heard
  const channel = heard?.channel ?? 'none'
  throw refused(`CONJ00073E The pod answered on the unexpected channel ${channel}`)
}

const KNOWN: ReadonlySet<number> = new Set([
  CHANNEL.stdout,
  CHANNEL.stderr,
  CHANNEL.status,
  CHANNEL.close,
])

function keep(streams: Map<number, Uint8Array[]>, channel: number, bytes: Uint8Array): void {
  const kept = streams.get(channel) ?? []
  const size = kept.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (size < KEPT) kept.push(bytes)
  streams.set(channel, kept)
}

function refusalFor(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code === 'unauthorized') return error
  const isLate = error.code === 'unavailable'
  return isLate
    ? refused('CONJ00033E The command in the pod did not end in time', error)
    : refused(`CONJ00072E The command in the pod was cut off: ${error.message}`, error)
}

function mustHaveSucceeded(
  { stdout, stderr, status }: Heard,
  { proof }: ExecScript,
  tellsStatus: boolean,
): void {
  const complaint = tellsStatus ? complaintIn(status) : status
  if (complaint !== '') {
    throw refused(`CONJ00072E The command in the pod failed: ${quoted(`${complaint} ${stderr}`)}`)
  }
  if (stdout.trimEnd().split('\n').at(-1) !== proof) {
    throw refused(`CONJ00072E The command in the pod did not end: ${quoted(stderr || stdout)}`)
  }
}

/** What is wrong by the `Status` of the API server, in a few words; empty when nothing is. */
function complaintIn(text: string): string {
  const status = parsed(text)
  const outcome = textAt(status, 'status')
  if (outcome === 'Success') return ''
  if (outcome !== 'Failure') return 'the API server did not say how it ended'
  const code = listAt(status, 'details', 'causes').find(
    (cause) => textAt(cause, 'reason') === 'ExitCode',
  )
  return code === undefined
    ? (textAt(status, 'message') ?? textAt(status, 'reason') ?? 'for an unknown reason')
    : `exit code ${textAt(code, 'message') ?? 'unknown'}`
}

function parsed(text: string): unknown {
  try {
    const status: unknown = JSON.parse(text)
    return status
  } catch {
    // Whoever asked says that there is no status.
    return undefined
  }
}
