import { addRoute, createRouter, findRoute } from 'rou3'
import { Failure } from '#lib/failure.ts'
import type { Route } from './route.ts'

/** A route that serves a request, with the names of its path bound and percent-decoded. */
export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a request. */
export interface Router {
  /**
   * The route for `method` and the undecoded `path`; HEAD is served by GET. `undefined` when there is none; throws `bad_request` for a
   * path that is not well encoded.
   */
  find(method: string, path: string): Match | undefined
}

/** A router over the route table. Two routes of the same method and path are a bug and fail at start. */
export function createRoutes(routes: readonly Route[]): Router {
  const router = createRouter<Route>()
  const seen = new Set<string>()
  const remembered = new Map<string, Match>()
  for (const row of routes) {
    const key = `${row.method} ${row.path}`
    if (seen.has(key)) throw new Error(`two routes for ${key}`)
    seen.add(key)
    addRoute(router, row.method, row.path, row)
  }
  const find = (method: string, path: string): Match | undefined => {
    const found = findRoute(router, method, path)
    return found && { route: found.data, params: decodeAll(found.params ?? {}) }
  }
  return {
    find: (method, path) =>
      method === 'GET' || method === 'HEAD' ? findAgain(path) : find(method, path),
  }

  /** Programs ask for the same secrets over and over: what was found for a path is remembered. */
  function findAgain(path: string): Match | undefined {
    const known = remembered.get(path)
    if (known !== undefined) return known
    const match = find('GET', path)
    if (match === undefined || path.length > LONG) return match
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(path, match)
    return match
  }
}

/** How many paths are remembered, each up to so many characters: a megabyte or two. */
const REMEMBERED = 5000
const LONG = 200

/** INVARIANT: a path is decoded once, after it was split, so an encoded slash never makes a segment. */
function decodeAll(encoded: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  try {
    for (const name of Object.keys(encoded)) params[name] = decodeURIComponent(encoded[name] ?? '')
  } catch (error) {
    throw new Failure('bad_request', 'the path is not well percent-encoded', { cause: error })
  }
  return params
}
