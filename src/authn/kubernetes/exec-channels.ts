/** The first byte of a message says which stream of the process it belongs to (reference/kubernetes.md 6.5). */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const

/** Subprotocols of `exec`, the one that tells most first: the API server takes the first that it knows. */
export const EXEC_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const

/** What a subprotocol can do. */
export interface ExecProtocol {
  /** Whether the input can be ended without ending the connection. */
  readonly endsInput: boolean
  /** Whether the end of the process is told as an object; before, whatever comes on its channel is an error. */
  readonly tellsStatus: boolean
}

/** What the subprotocol can do that was agreed on. */
export const execProtocol = (name: string): ExecProtocol => ({
  endsInput: name === 'v5.channel.k8s.io',
  tellsStatus: name === 'v5.channel.k8s.io' || name === 'v4.channel.k8s.io',
})

/** A message for the process. */
export const toStdin = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(CHANNEL.stdin), bytes])

/** The message that ends the input. */
export const END_OF_STDIN: Uint8Array = Uint8Array.of(CHANNEL.close, CHANNEL.stdin)

/** A message of the process: which stream, and what it wrote; `undefined` when it has not even a channel. */
export function fromProcess(
  message: Uint8Array,
): { readonly channel: number; readonly bytes: Uint8Array } | undefined {
  const [channel] = message
  return channel === undefined ? undefined : { channel, bytes: message.subarray(1) }
}
