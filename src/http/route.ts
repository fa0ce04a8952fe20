import type { Bound } from '#api/paths.ts'
import { Failure } from '#lib/failure.ts'
import type { Answer } from './answer.ts'
import type { Call } from './call.ts'
import type { Operation } from './openapi/operation.ts'
import type { Family } from './v2.ts'

/**
 * Who may call a route. `token`: the bearer of an access token, checked before the route runs. `basic`: the route itself checks
 * HTTP Basic credentials. `either`: one of the two. `open`: anybody, because the route authenticates, or tells nothing.
 */
export type Access = 'token' | 'basic' | 'either' | 'open'

/** One row of the route table: everything there is to say about a route. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** What clients are told of it. */
  readonly about: Operation
  readonly access: Access
  /** The most bytes of a body that are read. */
  readonly maxBody: number
  /** How it answers; a route of `v2` is refused to who does not accept that. */
  readonly family: Family
  readonly handle: (call: Call) => Promise<Answer>
}

/** What a route may have otherwise than usual. */
export interface RouteOptions {
  /** `token` unless said otherwise. */
  readonly access?: Access
  /** 64 KiB unless said otherwise. */
  readonly maxBody?: number
  /** `v1` unless said otherwise. */
  readonly family?: Family
}

/** A row of the route table, whose handler sees exactly the names that its path binds. There is none that is not described. */
export function route<const Path extends string>(
  method: Route['method'],
  path: Path,
  about: Operation,
  handle: (call: Call<Bound<Path>>) => Promise<Answer>,
  { access = 'token', maxBody = 64 * 1024, family = 'v1' }: RouteOptions = {},
): Route {
  return { method, path, about, access, maxBody, family, handle }
}

/** The failure of a request whose path, or whose query, belongs to no route. */
export const noSuchRoute = (): Failure => new Failure('not_found', 'there is no such route')
