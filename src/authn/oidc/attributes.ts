import type { Attribute } from '#domain/attestation.ts'
import { attributesIn as claimsIn } from '#authn/jwt/attributes.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { GROUPS, groupsIn, type GroupSettings } from './group-roles.ts'

/**
 * What an ID token says of its bearer: `oidc.sub`, `oidc.email` and so on, one for each claim like those of authn-jwt. `oidc.groups` are the
 * groups, in whichever claim they are; no other claim is taken for them.
 */
export function attributesIn(claims: JsonObject, groups: GroupSettings): readonly Attribute[] {
  const named = claimsIn(claims).map((attribute) => ({
    ...attribute,
    name: attribute.name.replace(/^jwt\./, 'oidc.'),
    source: 'ID token',
  }))
  return [...named.filter(({ name }) => name !== GROUPS), ...groupsIn(claims, groups)]
}
