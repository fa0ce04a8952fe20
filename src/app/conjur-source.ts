/**
 * The database of a Conjur server, as it is read to take it over (reference/conjur-api.md 5.1, 7.3). Ids and texts are as they
 * stand there, unchecked; bytes are encrypted under its data key, bound to the id that is named with them.
 */
export interface ConjurSource {
  /** The accounts that have a signing key, without the one for managing accounts. */
  accounts(): Promise<readonly string[]>
  /** The signing key of an account, as in {@link ConjurAccount}. Throws `not_found` when there is no such account. */
  signingKey(account: string): Promise<Uint8Array>
  /** Everything of an account but its secrets. */
  read(account: string): Promise<ConjurAccount>
  /** Up to some thousand secrets of an account after the given place, in the order of their places. */
  secrets(account: string, after?: ConjurPlace): Promise<readonly ConjurSecret[]>
}

/** A version of a secret: its place in the order in which they are read. */
export interface ConjurPlace {
  readonly resource: string
  readonly version: number
}

/** One version of a secret; the value is bound to the resource. */
export interface ConjurSecret extends ConjurPlace {
  readonly value: Uint8Array
  readonly expiresAt?: Date
}

/** What a row has that was loaded through a policy. */
interface Loaded {
  readonly policy?: string
}

/** What a role or a resource has besides. */
interface Created extends Loaded {
  readonly id: string
  readonly createdAt: Date
}

/** The rows of an account. */
export interface ConjurAccount {
  /** The signing key: PKCS #1, encrypted, bound to `authn:` and the account. */
  readonly signingKey: Uint8Array
  readonly roles: readonly Created[]
  readonly resources: readonly (Created & { readonly owner: string })[]
  readonly memberships: readonly (Loaded & {
    readonly role: string
    readonly member: string
    readonly admin: boolean
    readonly ownership: boolean
  })[]
  readonly permissions: readonly (Loaded & {
    readonly resource: string
    readonly role: string
    readonly privilege: string
  })[]
  readonly annotations: readonly (Loaded & {
    readonly resource: string
    readonly name: string
    readonly value: string
  })[]
  readonly credentials: readonly ConjurCredential[]
  readonly policyVersions: readonly {
    readonly policy: string
    readonly version: number
    readonly role: string
    readonly text: string
    readonly sha256: string
    readonly clientIp: string
    readonly createdAt: Date
    readonly finishedAt: Date
  }[]
  /** The webservices of authenticators that were switched on or off over the API. */
  readonly enablements: readonly { readonly resource: string; readonly enabled: boolean }[]
  readonly hostFactoryTokens: readonly ConjurToken[]
  /** How many issuers there are; they are not taken over. */
  readonly issuers: number
}

/** A host factory token, by its SHA-256. */
export interface ConjurToken {
  readonly digest: Uint8Array
  readonly factory: string
  readonly cidrs: readonly string[]
  readonly expiresAt: Date
}

/** How a role logs in; the key is encrypted, bound to the role. */
export interface ConjurCredential {
  readonly role: string
  readonly apiKey?: Uint8Array
  readonly hasPassword: boolean
  readonly expiresAt?: Date
  /** When the key was last replaced, where the server kept it. */
  readonly rotatedAt?: Date
  readonly restrictedTo: readonly string[]
}
