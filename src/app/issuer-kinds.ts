/** What an issuer proves itself with to the other side, by name. Some of it is secret. */
export type IssuerData = ReadonlyMap<string, string>

/** One secret that is to be made. */
export interface IssueOrder {
  readonly data: IssuerData
  /** What the annotations of the variable say beyond issuer, method and life: those below `dynamic/`, without that prefix. */
  readonly parameters: ReadonlyMap<string, string>
  /** In seconds. */
  readonly ttl: number
  /** A name under which the other side records who it was for: 2 to 32 characters of `A-Z a-z 0-9 _ + = , . @ -`. */
  readonly session: string
}

/** What is wrong with a parameter of a variable. */
export interface ParameterFault {
  readonly parameter: string
  readonly message: string
}

/** One way in which a kind of issuer makes secrets. */
export interface IssueMethod {
  /** As messages print it: `federation token`. */
  readonly printed: string
  /** The bounds of a life, in seconds. */
  readonly minTtl: number
  readonly maxTtl: number
  /** What is wrong with the parameters of a variable; they are checked when policy is loaded, and again before they are used. */
  faults(parameters: ReadonlyMap<string, string>): readonly ParameterFault[]
  /**
   * Makes a secret: JSON, whose bytes belong to the caller. Throws `unprocessable_entity` when the other side refuses, `unavailable`
   * when it does not answer, `corrupt` when what it answers is not what was asked for. No message holds a secret.
   */
  issue(order: IssueOrder): Promise<Buffer>
}

/** A kind of issuer: an adapter, one line in the table of src/issuers/table.ts. */
export interface IssuerKind {
  /** Its name in the API: `aws`. */
  readonly type: string
  /** The members of its data that nobody is ever shown. */
  readonly secretMembers: ReadonlySet<string>
  readonly methods: ReadonlyMap<string, IssueMethod>
  /** The data that a client gave; throws `unprocessable_entity`, without repeating a value, when it is not what the kind needs. */
  readData(given: ReadonlyMap<string, unknown>): IssuerData
}

/** The kinds that this server has, by type. */
export type IssuerKinds = ReadonlyMap<string, IssuerKind>
