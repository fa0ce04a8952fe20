import type { Reading, Want } from '#app/store.ts'
import { type Line } from './line.ts'
import { bytesIn, type Cell, isPresent, numberIn, statement } from './statement.ts'

const EPOCH = statement('epoch', 'select epoch from clock')

/**
 * The lateral look-up walks the primary key backwards from its end: one row read a want. The ids come as one text, which both sides
 * take apart in less time than an array.
 */
const NEWEST = statement(
  'newest',
  `select clock.epoch, found.place, found.version, encode(found.sealed, 'hex')
   from clock left join (
     select want.place, newest.version, newest.sealed
     from unnest(string_to_array($1, chr(31))) with ordinality as want (resource, place)
     cross join lateral (
       select version, sealed from secret
       where secret.resource = want.resource
       order by version desc limit 1
     ) as newest
   ) as found on true`,
)

/** The same where some wants name a version. */
const VERSIONS = statement(
  'versions',
  `select clock.epoch, found.place, found.version, encode(found.sealed, 'hex')
   from clock left join (
     select want.place, newest.version, newest.sealed
     from unnest($1::text[], $2::integer[]) with ordinality as want (resource, version, place)
     cross join lateral (
       select version, sealed from secret
       where secret.resource = want.resource
         and secret.version between coalesce(want.version, 0) and coalesce(want.version, 2147483647)
       order by version desc limit 1
     ) as newest
   ) as found on true`,
)

/** What separates the ids in {@link NEWEST}: an id holds no control characters (src/domain/id.ts). */
const SEPARATOR = '\u001F'

const MAX_VERSION = 2_147_483_647

/** The current epoch and the values of `wants`, in one statement and so of one moment. */
export async function read(line: Line, wants: readonly Want[], ms: number): Promise<Reading> {
  if (wants.length === 0) return readingOf(await line.query(EPOCH, [], ms), 0)
  const resources = wants.map(({ resource }) => resource)
  if (wants.every(({ version }) => version === undefined)) {
    return readingOf(await line.query(NEWEST, [resources.join(SEPARATOR)], ms), wants.length)
  }
  const versions = wants.map(({ version }) => (version === undefined ? null : clamped(version)))
  return readingOf(await line.query(VERSIONS, [resources, versions], ms), wants.length)
}

/** No version is 0, so a number that cannot be one finds nothing instead of being an error of the database. */
const clamped = (version: number): number =>
  Number.isInteger(version) && version > 0 && version <= MAX_VERSION ? version : 0

function readingOf(rows: readonly Cell[][], length: number): Reading {
  const values = Array.from<Reading['values'][number]>({ length })
  for (const [, place, version, sealed] of rows) {
    if (isPresent(place)) {
      values[numberIn(place) - 1] = { version: numberIn(version), sealed: bytesIn(sealed) }
    }
  }
  return { epoch: numberIn(rows[0]?.[0]), values }
}
