import { V2_TYPE } from '#http/v2.ts'
import type { Schema } from './schema.ts'

/** What there is to say about a route beyond what its row says: everything that a client must know to call it (docs/reference/openapi.json). */
export interface Operation {
  /** Unique among all operations; the word of the Conjur API where it has one. */
  readonly id: string
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  /** The path as clients fill it in, where the pattern of the route leaves the form of its rest to the handler. */
  readonly path?: string
  /** How callers prove who they are, where the access of the route does not say it. */
  readonly security?: 'basic' | 'hostFactoryToken'
  /** Parts of the path about which there is more to say than usual, by name. */
  readonly params?: Readonly<Record<string, Described>>
  readonly query?: Readonly<Record<string, QueryParameter>>
  readonly headers?: Readonly<Record<string, Described>>
  readonly body?: RequestBody
  /** What it answers when it does what it is asked to, by status. */
  readonly answers: Readonly<Record<number, SuccessAnswer>>
  /** When it refuses, by status, besides what holds for all routes of its access. */
  readonly refusals?: Readonly<Partial<Record<RefusalStatus, string>>>
  /** Whether it answers from what it knows itself, so that neither a database nor anything else can fail it. */
  readonly isConstant?: true
}

/** A value with what it means. */
export interface Described {
  readonly description: string
  readonly schema: Schema
}

/** A parameter of a query. */
export interface QueryParameter extends Described {
  readonly isRequired?: true
}

/** A body that an operation takes. */
export interface RequestBody {
  readonly description: string
  /** What it may be, by media type. */
  readonly content: Readonly<Record<string, Schema>>
  /** Whether the request is refused without one. */
  readonly isRequired: boolean
}

/** What an operation answers. Without content there is no body. */
export interface SuccessAnswer {
  readonly description: string
  /** What the body may be, by media type. */
  readonly content?: Readonly<Record<string, Schema>>
  /** Headers beyond those of every answer, by name. */
  readonly headers?: Readonly<Record<string, AnswerHeader>>
}

/** A header of an answer. */
export interface AnswerHeader extends Described {
  /** Whether every answer has it. */
  readonly isRequired: boolean
}

/** The statuses with which requests are refused, or fail. */
export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 406
  | 409
  | 413
  | 422
  | 429
  | 500
  | 501
  | 503

/** What operations are sorted by, and what is said about each sort. */
export const TAGS = {
  status: 'Whether the server lives, can serve, and what it offers.',
  authentication: 'Logging in, access tokens, and credentials.',
  'second factors': 'Authenticator apps, passkeys and recovery codes of people, and proving them.',
  authenticators: 'The authenticators by which workloads are recognised.',
  secrets: 'Values of variables.',
  resources: 'What policy declares, and who may do what to it.',
  roles: 'Who holds which role.',
  policies: 'Loading policy, and what is in effect.',
  branches: 'Policies as places in a tree, and members of groups (v2).',
  'host factories': 'Tokens by which hosts are made without policy.',
  'public keys': 'SSH keys of users.',
  certificates: 'Certificates for hosts.',
  issuers: 'What makes the values of dynamic variables.',
  accounts: 'Accounts of one server.',
  audit: 'The trail of who did what.',
} as const

/** The sort of an operation. */
export type Tag = keyof typeof TAGS

/** A value with what it means. */
export const described = (description: string, schema: Schema): Described => ({
  description,
  schema,
})

/** An answer of JSON. */
export const jsonAnswer = (
  description: string,
  schema: Schema,
  headers?: SuccessAnswer['headers'],
): SuccessAnswer => contentAnswer(description, { 'application/json': schema }, headers)

/** An answer of JSON in the v2 API. */
export const v2Answer = (
  description: string,
  schema: Schema,
  headers?: SuccessAnswer['headers'],
): SuccessAnswer => contentAnswer(description, { [V2_TYPE]: schema }, headers)

/** An answer of plain text. */
export const textAnswer = (description: string, schema: Schema): SuccessAnswer =>
  contentAnswer(description, { 'text/plain': schema })

/** An answer of several media types. */
export const contentAnswer = (
  description: string,
  content: Readonly<Record<string, Schema>>,
  headers?: SuccessAnswer['headers'],
): SuccessAnswer => ({ description, content, ...(headers && { headers }) })

/** An answer without a body. */
export const emptyAnswer = (description: string): SuccessAnswer => ({ description })

/** A body of JSON. */
export const jsonBody = (description: string, schema: Schema, isRequired = true): RequestBody => ({
  description,
  content: { 'application/json': schema },
  isRequired,
})

/** Parameters in a body, as a form or as JSON, whose members may stand in the query instead. */
export const parametersBody = (schema: Schema): RequestBody => ({
  description:
    'Parameters as a form or as a JSON object; each may stand in the query instead, and a body of another type is not looked at.',
  content: { 'application/x-www-form-urlencoded': schema, 'application/json': schema },
  isRequired: false,
})
