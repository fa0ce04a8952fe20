import { AndFilter, EqualityFilter, Filter, FilterParser, OrFilter } from 'ldapts'
import type { DirectoryEntry } from '#app/directory.ts'
import { refused } from './refusal.ts'

/** What stands for the login in a template. */
const LOGIN = '%s'

/** A filter with a place for the login, which is all that it leaves to whoever logs in. */
export interface UserFilter {
  /** As RFC 4515 writes it: what means something there is escaped in the login, so it stays one value (attack `template-metachar`). */
  of(login: string): string
  /** The attributes that the login is compared with, in lower case. */
  readonly attributes: readonly string[]
  /**
   * Whether an entry that was found has the login exactly as it was given. A directory takes `ALICE` and `alice` for one, and pads and folds more than
   * that; for us they are two (attack `aliases`).
   */
  spells(entry: DirectoryEntry, login: string): boolean
}

/** The filter of a template. Throws `unauthorized` when it is none, or does not compare an attribute with the login. */
export function userFilter(template: string): UserFilter {
  const namings = namingsIn(parsed(template))
  if (namings.length === 0) {
    throw refused('CONJ00037E The filter template does not compare an attribute with %s')
  }
  return {
    of: (login) => template.replaceAll(LOGIN, () => Filter.escape(login)),
    attributes: [...new Set(namings.map(({ attribute }) => attribute))],
    spells: ({ attributes }, login) =>
      namings.some(({ attribute, value }) =>
        attributes.get(attribute)?.includes(value.replaceAll(LOGIN, () => login)),
      ),
  }
}

function parsed(template: string): Filter {
  try {
    return FilterParser.parseString(template)
  } catch (cause) {
    throw refused('CONJ00037E The filter template is not a filter', { cause })
  }
}

/** A comparison with the login. */
interface Naming {
  readonly attribute: string
  readonly value: string
}

/** What is below a `not` names nobody. */
function namingsIn(filter: Filter): readonly Naming[] {
  if (filter instanceof AndFilter || filter instanceof OrFilter) {
    return filter.filters.flatMap(namingsIn)
  }
  if (!(filter instanceof EqualityFilter)) return []
  const value = filter.value.toString()
  return value.includes(LOGIN) ? [{ attribute: filter.attribute.toLowerCase(), value }] : []
}
