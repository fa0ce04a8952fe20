import type { DirectoryEntry } from '#app/directory.ts'
import type { Attribute } from '#domain/attestation.ts'

/** What is known of people besides their name in the directory, and as what. */
const KNOWN: Readonly<Record<string, string>> = {
  uid: 'ldap.uid',
  mail: 'ldap.mail',
  memberof: 'ldap.group',
}

/** What a directory is asked to tell of somebody. Not all give `memberOf` unless it is asked for. */
export const ASKED: readonly string[] = ['uid', 'mail', 'memberOf']

/** What a directory says of somebody who has proved the password. */
export const attributesOf = ({ dn, attributes }: DirectoryEntry): readonly Attribute[] => [
  { name: 'ldap.dn', values: [dn], source: SOURCE },
  ...Object.entries(KNOWN).flatMap(([asked, name]) => {
    const values = attributes.get(asked) ?? []
    return values.length === 0 ? [] : [{ name, values, source: SOURCE }]
  }),
]

const SOURCE = 'directory'
