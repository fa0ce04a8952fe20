/** What the server calls others for; the settings may say for each which hosts that may be. */
export const OUTBOUND_PURPOSES = [
  'signing-keys',
  'oidc',
  'kubernetes',
  'aws',
  'issuers',
  'ldap',
  'revocation-lists',
] as const

/** One of {@link OUTBOUND_PURPOSES}. */
export type OutboundPurpose = (typeof OUTBOUND_PURPOSES)[number]

/** The only way out of the server: HTTP(S) with limits on address, size and time, and no redirects. */
export interface Outbound {
  /**
   * The body of the page at `url`, whose status must be 200. Throws `unreachable` when it cannot be had, or `forbidden` when the
   * address is not one we call.
   */
  get(
    url: string,
    options: { readonly purpose: OutboundPurpose; readonly caPem?: string },
  ): Promise<Uint8Array>
  /** The answer to a request, whatever its status; a redirect is an answer like others. Throws like {@link Outbound.get}. */
  send(url: string, request: OutboundRequest): Promise<OutboundAnswer>
}

/** What is asked of a server. */
export interface OutboundRequest {
  readonly purpose: OutboundPurpose
  /** GET without a body and POST with one, unless it says otherwise. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** A request that carries `authorization` goes out over HTTPS alone. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** The only authorities that may vouch for the server; the usual ones when absent. */
  readonly caPem?: string
}

/** What a server that was called says. */
export interface OutboundAnswer {
  readonly status: number
  /** What the body is, in the words of the server that was called; absent where it does not say. */
  readonly contentType?: string
  readonly body: Uint8Array
}

/** The way out for conversations, beside {@link Outbound} and with the same limits on where they lead. */
export interface OutboundSockets {
  /**
   * A WebSocket to the server at `url`, which begins with `https:`, once it is open. Throws `unreachable` when the server refuses or cannot be
   * reached, `forbidden` when the address is not one we call.
   */
  open(url: string, request: SocketRequest): Promise<OutboundSocket>
}

/** What a conversation is to be. */
export interface SocketRequest extends Pick<OutboundRequest, 'purpose' | 'headers' | 'caPem'> {
  /** The subprotocols that we speak, the best first; the server takes one of them. */
  readonly protocols: readonly string[]
  /** For the whole conversation. */
  readonly timeoutMs: number
}

/** A conversation; disposing of it ends it. */
export interface OutboundSocket extends Disposable {
  /** The subprotocol that the server took. */
  readonly protocol: string
  send(message: Uint8Array): void
  /** What the server says until it closes. Throws `unreachable` when it is cut off or says too much, `unavailable` when its time is over. */
  readonly messages: AsyncIterable<Uint8Array>
}
