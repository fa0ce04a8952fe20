/** Where audit lines go. */
export type AuditTarget =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file' | 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
