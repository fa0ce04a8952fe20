import type { Annotated } from '#app/authenticator.ts'
import { exactly } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { restrictionsIn } from '#domain/restrictions.ts'
import type { Restriction } from '#domain/restrictions.ts'
import { refused } from '#authn/jwt/refusal.ts'
import {
  IDENTITY,
  IDENTITY_KIND,
  PRINCIPAL,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  SYSTEM_ASSIGNED,
} from './attributes.ts'
import { folded } from './resource-id.ts'

/** The restrictions that every role must have, in either spelling: identities have the same names everywhere else. */
const REQUIRED = { 'subscription-id': SUBSCRIPTION, 'resource-group': RESOURCE_GROUP } as const

/** Of which a token can have one at most. */
const IDENTITIES = { 'user-assigned-identity': IDENTITY, 'system-assigned-identity': PRINCIPAL }

const ATTRIBUTES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...REQUIRED, ...IDENTITIES }),
)

/**
 * What a role demands of a managed identity in Conjur's spelling (reference/conjur-api.md 6.7). Throws `unauthorized` when an annotation is
 * unknown or empty, when both kinds of identity are demanded, and when the subscription or the resource group is not demanded at all.
 */
export function restrictionsOn(
  { annotations, stated }: Annotated,
  service: string,
): readonly Condition[] {
  const restrictions = restrictionsIn(annotations, {
    type: 'authn-azure',
    service,
    known: [...ATTRIBUTES.keys()],
    refusesEmpty: true,
  })
  const conditions = [...restrictions.values()].flatMap(conditionsOf)
  const demanded = new Set([...conditions, ...stated].map(({ attribute }) => attribute))
  for (const [name, attribute] of Object.entries(REQUIRED)) {
    if (!demanded.has(attribute)) {
      throw refused(`CONJ00057E The role does not have the required constraint ${name}`)
    }
  }
  const identities = Object.keys(IDENTITIES)
  if (identities.every((name) => restrictions.has(name))) {
    throw refused(`CONJ00055E The role must not have ${identities.join(' and ')} together`)
  }
  return conditions
}

const CODES = { missing: 'CONJ00049E', failed: 'CONJ00049E' }

/** The principal of an identity that is part of a resource counts, and not that of another kind (reference/conjur-api.md 6.7). */
function conditionsOf({ name, value, statedBy }: Restriction): readonly Condition[] {
  const attribute = ATTRIBUTES.get(name)
  if (attribute === undefined) throw new Error(`${name} stands for no attribute`)
  const condition = exactly(attribute, folded(value), statedBy, CODES)
  return attribute === PRINCIPAL
    ? [exactly(IDENTITY_KIND, SYSTEM_ASSIGNED, statedBy, CODES), condition]
    : [condition]
}
