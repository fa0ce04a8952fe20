import type { IssuerData } from './issuer-kinds.ts'
import type { StoredIssuer } from './issuer-store.ts'
import type { Vault } from './vault.ts'

type Place = Pick<StoredIssuer, 'policy' | 'type'>

/** INVARIANT: no other issuer opens it, nor one of another kind, which might show as harmless what is secret. */
const contextOf = ({ policy, type }: Place): readonly string[] => ['issuer', policy, type]

/** Seals the data of an issuer for it alone. */
export function sealIssuerData(vault: Vault, place: Place, data: IssuerData): Uint8Array {
  const text = Buffer.from(JSON.stringify(Object.fromEntries(data)), 'utf8')
  const sealed = vault.seal(contextOf(place), text)
  text.fill(0)
  return sealed
}

/** The data of an issuer; throws `corrupt` when it was altered, or sealed for another one. */
export function openIssuerData(
  vault: Vault,
  { sealedData, ...place }: Pick<StoredIssuer, 'policy' | 'type' | 'sealedData'>,
): IssuerData {
  const text = vault.open(contextOf(place), sealedData)
  const members: unknown = JSON.parse(text.toString('utf8'))
  text.fill(0)
  // What the vault opens is what was sealed above: an object whose members are texts.
  if (typeof members !== 'object' || members === null) throw new Error('no data were sealed')
  return new Map(Object.entries(members).map(([name, value]) => [name, String(value)]))
}
