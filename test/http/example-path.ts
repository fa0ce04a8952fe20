import { ACCOUNT } from './harness.ts'

/** What stands for the names of a route's path; a segment that is its own kind of thing needs one that exists. */
export type PathValues = Readonly<Record<string, string>>

const USUAL: PathValues = {
  account: ACCOUNT,
  authenticator: 'authn-jwt',
  id: 'db',
  kind: 'variable',
  login: 'alice',
  name: 'ci',
  path: 'ops/members',
  service: 'ci',
  token: '0123456789abcdef',
  type: 'jwt',
}

/** The path of a route with every name filled in, raw: by `values`, or by something usual. */
export const examplePath = (pattern: string, values: PathValues = {}): string =>
  pattern.replaceAll(
    /(?:\*\*)?:(\w+)/g,
    (_, name: string) => values[name] ?? USUAL[name] ?? `some-${name}`,
  )

/** The kind that the routes of a resource take: those of roles take no variables. */
export const kindFor = (pattern: string): PathValues =>
  pattern.startsWith('/roles/') ? { kind: 'group', id: 'ops' } : {}
