/** A directory, and how the connection to it is protected. */
export interface DirectoryPlace {
  /** A name or an address; of IPv6, in brackets. */
  readonly host: string
  readonly port: number
  /** TLS from the first byte, TLS that is asked for in the clear (RFC 4511 4.14), or none. */
  readonly protection: 'ssl' | 'start_tls' | 'plain'
  /** The only authorities that may vouch for the directory, PEM; the usual ones when absent. */
  readonly caPem?: string
}

/** Somebody or something that a directory knows. */
export interface DirectoryEntry {
  /** Its distinguished name. */
  readonly dn: string
  /** By name, in lower case. Values that are no text are left out. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

/** What is looked for, in the whole tree below `base`. */
export interface DirectorySearch {
  readonly base: string
  /** As RFC 4515 writes it. */
  readonly filter: string
  /** What the entries are to tell. */
  readonly attributes: readonly string[]
}

/** A directory that is spoken to. */
export interface Directory {
  /**
   * Says who we are, by a simple bind (RFC 4511 4.2), and resolves to the result code: 0 when the directory believes it. Whoever binds with an
   * empty name or password is believed by the protocol to be nobody, so neither is sent: throws a bug for them.
   */
  bind(dn: string, password: string): Promise<number>
  /** The entries that match, at most two of them; referrals are not followed. Throws `unreachable` with the result code when it cannot be told. */
  find(search: DirectorySearch): Promise<readonly DirectoryEntry[]>
}

/** The only way out of the server to directories (LDAP), with limits on address, size and time. */
export interface Directories {
  /**
   * What `talk` makes of a directory; the connection is its own and ends with it. Throws what `talk` throws, `unreachable` when the directory cannot be reached, is not who it
   * should be, or does not answer in time, and `forbidden` when its address is not one we call.
   */
  visit<Result>(
    place: DirectoryPlace,
    talk: (directory: Directory) => Promise<Result>,
  ): Promise<Result>
}
