import type { Attribute } from '#domain/attestation.ts'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { JsonNumber, type JsonObject } from '#authn/jwt/strict-json.ts'

/** What workloads of Google Cloud are called by as attributes. */
export const PROJECT = 'gcp.project'
export const PROJECT_NUMBER = 'gcp.project.number'
export const INSTANCE_NAME = 'gcp.instance.name'
export const INSTANCE_ID = 'gcp.instance.id'
export const SERVICE_ACCOUNT_ID = 'gcp.service-account.id'
export const SERVICE_ACCOUNT_EMAIL = 'gcp.service-account.email'

/** The claims that make attributes. Those of an instance are in a token alone that was asked for with `format=full`. */
const CLAIMS: readonly (readonly [name: string, path: string])[] = [
  [SERVICE_ACCOUNT_ID, 'sub'],
  [SERVICE_ACCOUNT_EMAIL, 'email'],
  [PROJECT, 'google/compute_engine/project_id'],
  [PROJECT_NUMBER, 'google/compute_engine/project_number'],
  ['gcp.zone', 'google/compute_engine/zone'],
  [INSTANCE_NAME, 'google/compute_engine/instance_name'],
  [INSTANCE_ID, 'google/compute_engine/instance_id'],
]

/**
 * What a token of Google says of the service account, and of the instance, that it was given to. Throws `unauthorized` when it names no
 * account, and when it names an address of mail that Google does not vouch for.
 */
export function attributesIn(claims: JsonObject): readonly Attribute[] {
  const attributes = CLAIMS.flatMap(([name, path]): readonly Attribute[] => {
    const value = textOf(claimAt(claims, path))
    return value === '' ? [] : [{ name, values: [value], source: 'token' }]
  })
  if (!attributes.some(({ name }) => name === SERVICE_ACCOUNT_ID)) {
    throw refused("CONJ00051E The token lacks the claim 'sub', or it is not a text")
  }
  if (claimAt(claims, 'email') !== undefined && claimAt(claims, 'email_verified') !== true) {
    throw refused("CONJ00015E Failed to verify the token: its 'email' is not verified")
  }
  return attributes
}

function textOf(claim: unknown): string {
  if (claim instanceof JsonNumber) return claim.text
  return typeof claim === 'string' ? claim : ''
}
