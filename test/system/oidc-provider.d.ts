/** As much of the library as the tests use, which brings no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  /** An account, and what may be said of it. */
  interface Account {
    readonly accountId: string
    claims(): Readonly<Record<string, unknown>>
  }

  export class Provider {
    constructor(
      issuer: string,
      configuration: {
        readonly clients: readonly Readonly<Record<string, unknown>>[]
        readonly claims: Readonly<Record<string, readonly string[]>>
        readonly scopes: readonly string[]
        readonly conformIdTokenClaims: boolean
        readonly findAccount: (context: unknown, id: string) => Account
        readonly features: { readonly devInteractions: { readonly enabled: boolean } }
        readonly pkce: { readonly required: () => boolean }
        readonly cookies: { readonly keys: readonly string[] }
        readonly ttl: Readonly<Record<string, number>>
      },
    )
    callback(): RequestListener
  }
}
