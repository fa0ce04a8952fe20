/** Where audit lines go. */
export type AuditTarget =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file' | 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | TlsTarget

/** A collector that speaks syslog over TLS (RFC 5425). Its certificate must name `host`. */
export interface TlsTarget extends TlsFiles {
  readonly kind: 'tls'
  readonly host: string
  readonly port: number
}

/** The files of a TLS connection, PEM. They are read at every new connection, so they may be renewed in place. */
export interface TlsFiles {
  /** Who vouches for the collector; the roots that Node knows when absent. */
  readonly ca?: string
  /** What is shown to a collector that asks who we are; both or neither. */
  readonly cert?: string
  readonly key?: string
}
