import type { Directories, Directory, DirectoryEntry } from '#app/directory.ts'
import { ASKED } from './attributes.ts'
import { refused } from './refusal.ts'
import type { LdapSettings } from './settings.ts'

/** Somebody who says that a name is theirs. */
export interface PasswordClaim {
  /** The name as a directory has it. */
  readonly login: string
  readonly password: string
  /** Counts an attempt, and tells whether it may be made. */
  readonly mayTry: () => Promise<boolean>
}

/** The result codes that matter (RFC 4511 appendix A). */
const SUCCESS = 0

/**
 * The entry of the person whose password it is: the only one that is found under the name, and by whose own distinguished name the directory takes the
 * password, so that nothing a caller writes becomes part of one. Throws `unauthorized` alike for an unknown name, a wrong password and a
 * lock; each asks the directory as often, so that the time does not tell them apart (attack `timing`). An attempt is counted when
 * the directory has been found to answer: one that is down locks nobody out.
 */
export const proveBy = (
  directories: Directories,
  settings: LdapSettings,
  { login, password, mayTry }: PasswordClaim,
): Promise<DirectoryEntry> =>
  directories.visit(settings.place, async (directory) => {
    const entry = await findOne(directory, settings, login)
    if (!(await mayTry())) {
      throw refused('CONJ00002E Invalid credentials: locked after failed logins')
    }
    const code = await directory.bind(entry?.dn ?? nobodyBelow(settings.base), password)
    if (entry !== undefined && code === SUCCESS) return entry
    const why = entry === undefined ? 'not one person has this name' : `result code ${code}`
    throw refused(`CONJ00002E Invalid credentials: ${why}`)
  })

/** A name that nobody has. */
const nobodyBelow = (base: string): string => `cn=strongroom-nobody,${base}`

/** The only entry that is found; `undefined` when there are others too, or it spells the name otherwise. */
async function findOne(
  directory: Directory,
  settings: LdapSettings,
  login: string,
): Promise<DirectoryEntry | undefined> {
  await introduce(directory, settings)
  const { base, filter } = settings
  const [entry, ...others] = await directory.find({
    base,
    filter: filter.of(login),
    attributes: [...new Set([...ASKED, ...filter.attributes])],
  })
  const isTheOne = others.length === 0 && entry !== undefined && filter.spells(entry, login)
  return isTheOne && entry.dn !== '' ? entry : undefined
}

/** Says as whom the directory is searched, if as anybody. Throws `unauthorized` when it does not believe that. */
export async function introduce(
  directory: Directory,
  { searcher }: Pick<LdapSettings, 'searcher'>,
): Promise<void> {
  if (searcher === undefined) return
  const code = await directory.bind(searcher.dn, searcher.password)
  if (code !== SUCCESS) {
    throw refused(
      `CONJ00002E The directory refuses bind_dn and bind-password (result code ${code})`,
    )
  }
}
