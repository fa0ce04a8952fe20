/** The shapes of the bodies about issuers (reference/conjur-api.md 1.11). */

/** An issuer. */
export interface IssuerBody {
  readonly id: string
  readonly account: string
  readonly type: string
  /** In seconds. */
  readonly max_ttl: number
  /** What is secret of it is masked. */
  readonly data: Readonly<Record<string, string>>
  readonly created_at: string
  readonly modified_at: string
}

/** The body of `POST /issuers/:account`. */
export interface NewIssuerBody {
  readonly id: string
  readonly type: string
  readonly max_ttl: number
  readonly data: unknown
}

/** The body of `PATCH /issuers/:account/:id`. */
export type IssuerUpdateBody = Partial<Pick<NewIssuerBody, 'max_ttl' | 'data'>>

/** `GET /issuers/:account`. */
export interface IssuerListBody {
  readonly issuers: readonly IssuerBody[]
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether `value` is an issuer. */
export const isIssuer = (value: unknown): value is IssuerBody =>
  isMembers(value) &&
  typeof value['id'] === 'string' &&
  typeof value['type'] === 'string' &&
  typeof value['max_ttl'] === 'number' &&
  isMembers(value['data'])

/** Whether `value` is a list of issuers. */
export const isIssuerList = (value: unknown): value is IssuerListBody =>
  isMembers(value) && Array.isArray(value['issuers']) && value['issuers'].every(isIssuer)
