import assert from 'node:assert/strict'
import type { Directories, DirectoryEntry, DirectoryPlace } from '#app/directory.ts'
import type { Failure } from '#lib/failure.ts'

/** What everybody has as their password. */
export const PASSWORD = 'c4n4ry-p4ssw0rd'
/** As whom it is searched. */
export const SEARCHER = { dn: 'cn=reader,dc=x', password: 'c4n4ry-r34d3r' }
/** The group of everybody. */
export const STAFF = 'cn=staff,dc=x'

/** A directory in which everybody has {@link PASSWORD}, which notes what it was asked. */
export interface FakeDirectory extends Directories {
  readonly visited: DirectoryPlace[]
  /** The names of those who bound, and whether it succeeded. */
  readonly bound: (readonly [dn: string, code: number])[]
  /** The entries that are found, by the filter. */
  readonly people: Map<string, readonly DirectoryEntry[]>
  /** What happens to every visit from now on. */
  failing: Failure | undefined
}

/** Somebody, with what is to be otherwise than usual. */
export const entry = (
  uid: string,
  more: Readonly<Record<string, readonly string[]>> = {},
): DirectoryEntry => ({
  dn: `uid=${uid},dc=x`,
  attributes: new Map(
    Object.entries({ uid: [uid], memberof: [STAFF], mail: [`${uid}@x.example`], ...more }),
  ),
})

/** The filter that finds a login. */
export const filterFor = (login: string): string => `(&(objectClass=posixAccount)(uid=${login}))`

/** A {@link FakeDirectory} with some people. */
export function fakeDirectory(): FakeDirectory {
  const visited: DirectoryPlace[] = []
  const bound: (readonly [string, number])[] = []
  const logins = ['alice', 'fenced', 'outsider', 'picky', 'admin', 'host/job', 'stranger']
  const people = new Map(logins.map((login) => [filterFor(login), [entry(login)]]))
  const directory: FakeDirectory = {
    visited,
    bound,
    people,
    failing: undefined,
    async visit(place, talk) {
      visited.push(place)
      if (directory.failing !== undefined) throw directory.failing
      return talk({
        async bind(dn, password) {
          const isRight =
            dn === SEARCHER.dn ? password === SEARCHER.password : password === PASSWORD
          const isThere =
            dn === SEARCHER.dn || [...people.values()].flat().some((one) => one.dn === dn)
          const code = isRight && isThere ? 0 : 49
          bound.push([dn, code])
          return code
        },
        find: async ({ base, filter }) => {
          assert.equal(base, 'dc=x')
          return people.get(filter) ?? []
        },
      })
    },
  }
  return directory
}
