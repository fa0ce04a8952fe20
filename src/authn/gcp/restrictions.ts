import type { Annotated } from '#app/authenticator.ts'
import { exactly } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { restrictionsIn } from '#domain/restrictions.ts'
import type { Restriction } from '#domain/restrictions.ts'
import { refused } from '#authn/jwt/refusal.ts'
import {
  INSTANCE_ID,
  INSTANCE_NAME,
  PROJECT,
  PROJECT_NUMBER,
  SERVICE_ACCOUNT_EMAIL,
  SERVICE_ACCOUNT_ID,
} from './attributes.ts'

const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['project-id', PROJECT],
  ['instance-name', INSTANCE_NAME],
  ['service-account-id', SERVICE_ACCOUNT_ID],
  ['service-account-email', SERVICE_ACCOUNT_EMAIL],
])

/** What nobody else at Google has or can choose; names of instances and zones are those of other customers as well. */
const OWN: ReadonlySet<string> = new Set([
  PROJECT,
  PROJECT_NUMBER,
  SERVICE_ACCOUNT_ID,
  SERVICE_ACCOUNT_EMAIL,
  INSTANCE_ID,
])

const CODES = { missing: 'CONJ00068E', failed: 'CONJ00049E' }

/**
 * What a role demands of a workload of Google Cloud in Conjur's spelling (reference/conjur-api.md 6.8). Throws `unauthorized` when an annotation
 * is unknown or empty, and when nothing is demanded, in either spelling, that tells a workload from those of strangers: everybody who has a
 * service account anywhere can ask Google for a token that names the role.
 */
export function restrictionsOn({ annotations, stated }: Annotated): readonly Condition[] {
  const known = [...ATTRIBUTES.keys()]
  const restrictions = restrictionsIn(annotations, { type: 'authn-gcp', known, refusesEmpty: true })
  const conditions = Array.from(restrictions.values(), conditionOf)
  if (![...conditions, ...stated].some(({ attribute }) => OWN.has(attribute))) {
    const needed = known.filter((name) => OWN.has(ATTRIBUTES.get(name) ?? ''))
    throw refused(`CONJ00069E The role must have at least one of ${needed.join(', ')}`)
  }
  return conditions
}

function conditionOf({ name, value, statedBy }: Restriction): Condition {
  const attribute = ATTRIBUTES.get(name)
  if (attribute === undefined) throw new Error(`${name} stands for no attribute`)
  return exactly(attribute, value, statedBy, CODES)
}
