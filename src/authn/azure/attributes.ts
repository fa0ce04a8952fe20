import type { Attribute } from '#domain/attestation.ts'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { folded, isGuid, managedResourceIn, printResource, resourceIn } from './resource-id.ts'
import type { ResourceId } from './resource-id.ts'

/** What identities are called by as attributes. */
export const SUBSCRIPTION = 'azure.subscription'
export const RESOURCE_GROUP = 'azure.resource-group'
export const IDENTITY = 'azure.identity'
export const IDENTITY_KIND = 'azure.identity.kind'
export const PRINCIPAL = 'azure.principal'

/** Both kinds of a managed identity: one of its own, which resources are given, and one that is part of a resource. */
export const USER_ASSIGNED = 'user-assigned'
export const SYSTEM_ASSIGNED = 'system-assigned'

/** What identities are that are resources themselves. */
const USER_ASSIGNED_TYPE = 'microsoft.managedidentity/userassignedidentities'

const told = (name: string, value: string): Attribute => ({
  name,
  values: [value],
  source: 'token',
})

/**
 * What a token of `tenant` says of the managed identity that it was given to, in lower case. Throws `unauthorized` when it is that of no
 * managed identity, and when it is of another tenant whatever its issuer.
 */
export function attributesIn(claims: JsonObject, tenant: string): readonly Attribute[] {
  if (folded(mustHave(claims, 'tid')) !== tenant) {
    throw refused(
      "CONJ00015E Failed to verify the token: its 'tid' is not the tenant of provider-uri",
    )
  }
  const principal = folded(mustHave(claims, 'oid'))
  if (!isGuid(principal)) {
    throw refused("CONJ00051E The claim 'oid' of the token is not the id of a principal")
  }
  const managed = managedResourceIn(mustHave(claims, 'xms_mirid'))
  return [
    told('azure.tenant', tenant),
    told(SUBSCRIPTION, managed.subscription),
    told(RESOURCE_GROUP, managed.resourceGroup),
    told(PRINCIPAL, principal),
    ...identityAttributes(managed, resourceIn(claimAt(claims, 'xms_az_rid'))),
  ]
}

/** An identity that is part of a resource has the name of that, and so none by which it could be taken for another. */
function identityAttributes(managed: ResourceId, bearer: string | undefined): readonly Attribute[] {
  if (`${managed.provider}/${managed.type}` !== USER_ASSIGNED_TYPE) {
    return [told(IDENTITY_KIND, SYSTEM_ASSIGNED), told('azure.resource', printResource(managed))]
  }
  return [
    told(IDENTITY_KIND, USER_ASSIGNED),
    told(IDENTITY, managed.name),
    ...(bearer === undefined ? [] : [told('azure.resource', bearer)]),
  ]
}

function mustHave(claims: JsonObject, name: string): string {
  const value = claimAt(claims, name)
  if (typeof value === 'string' && value !== '') return value
  throw refused(`CONJ00051E The token lacks the claim '${name}', or it is not a text`)
}
