import { accountOf, parseIdIn, type Id } from '#domain/id.ts'
import type { Annotated } from '#app/authenticator.ts'
import type { Attribute, Condition } from '#domain/attestation.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { claimAt, isClaimPath } from '#authn/jwt/claim-path.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { isJsonObject, parseStrictObject, type JsonObject } from '#authn/jwt/strict-json.ts'

// Groups of a provider never give a role to anybody: policy does, and groups confirm it (docs/adr/0011). So whatever a provider says, or
// whoever takes it over, nobody gets more than policy gave them.

/** Which claim lists groups, and which of them confirm which role. */
export interface GroupSettings {
  readonly claim: string
  /** The groups that confirm a role, by role; absent when groups confirm none. */
  readonly confirmed: ReadonlyMap<Id, readonly string[]> | undefined
}

/** The attribute that the groups are. */
export const GROUPS = 'oidc.groups'

/** The settings about groups; throws `unauthorized` when they are malformed. */
export function groupSettingsOf(
  account: string,
  declared: ReadonlyMap<string, string>,
): GroupSettings {
  const claim = declared.get('groups-claim') ?? 'groups'
  if (!isClaimPath(claim)) {
    throw refused('CONJ00129E The value of groups-claim is not the path of a claim')
  }
  const text = declared.get('group-roles')
  return { claim, confirmed: text === undefined ? undefined : confirmedIn(account, text) }
}

function confirmedIn(account: string, text: string): ReadonlyMap<Id, readonly string[]> {
  const pairs = Object.entries(objectIn(text)).flatMap(([group, roles]) =>
    (Array.isArray(roles) ? roles : [roles]).map((role) => ({
      group,
      role: roleIn(account, role),
    })),
  )
  if (pairs.length === 0) throw refused('CONJ00129E The value of group-roles names no group')
  const byRole = Map.groupBy(pairs, ({ role }) => role)
  return new Map(Array.from(byRole, ([role, some]) => [role, some.map(({ group }) => group)]))
}

function objectIn(text: string): JsonObject {
  try {
    return parseStrictObject(Buffer.from(text))
  } catch {
    // The complaint of the parser would quote the setting.
    throw refused('CONJ00129E The value of group-roles is not a JSON object')
  }
}

function roleIn(account: string, role: unknown): Id {
  if (typeof role !== 'string') throw notRole('something that is no text')
  try {
    const id = parseIdIn(account, role)
    if (accountOf(id) === account) return id
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
  throw notRole(quoted(role))
}

const notRole = (what: string): Failure =>
  refused(`CONJ00129E A role in group-roles is ${what}, and not KIND:ID of its account`)

/** What is known of the groups of whoever has these claims: nothing when the claim is not there, or lists something else than texts. */
export function groupsIn(claims: JsonObject, { claim }: GroupSettings): readonly Attribute[] {
  const value = claimAt(claims, claim)
  if (value === undefined || isJsonObject(value)) return []
  const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
  return [{ name: GROUPS, values, source: 'ID token' }]
}

const CODES = { missing: 'CONJ00057E', failed: 'CONJ00049E' }

/**
 * What a role must be confirmed to be: for each mapped role that it holds, one of the groups of that. Throws `unauthorized` for a
 * role that holds none of them: where groups are mapped, an instance lets nobody else in.
 */
export function confirmationsOf(
  { holds }: Pick<Annotated, 'holds'>,
  { confirmed }: GroupSettings,
): readonly Condition[] {
  if (confirmed === undefined) return []
  const conditions = [...confirmed]
    .filter(([role]) => holds?.(role) === true)
    .map(([role, groups]): Condition => ({
      attribute: GROUPS,
      statedBy: `group-roles for ${role}`,
      anyOf: groups.map((text) => ({ kind: 'text', text })),
      codes: CODES,
    }))
  if (conditions.length > 0) return conditions
  throw refused('CONJ00057E The role holds none of the roles that group-roles names')
}
