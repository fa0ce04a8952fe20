import type {
  FactorBody,
  EnrolledFactorBody,
  FactorListBody,
  PendingTotpBody,
} from '#api/mfa-wire.ts'
import type { Enrolment } from '#app/enrol-factor.ts'
import type { BegunTotp } from '#app/enrol-totp.ts'
import type { RoleFactors, StoredFactor } from '#app/factor-store.ts'
import type { CodeGiven } from '#app/verify-factor.ts'
import { Failure } from '#lib/failure.ts'
import type { Call } from './call.ts'
import { parseJsonBody } from './json-body.ts'
import { memberOf, objectIn, shown, unexpectedIn } from './json-object.ts'
import type { JsonObject } from './json-object.ts'

// What clients say of second factors and are told of them. No complaint repeats what stands in a code.

/** The members of a body, none of which is unknown. Throws `bad_request` for what is no JSON object, `argument_error` for others than these. */
export async function readMembers(call: Call, names: readonly string[]): Promise<JsonObject> {
  const members = objectIn(parseJsonBody(await call.body()))
  if (members === undefined) throw new Failure('bad_request', 'the body is not a JSON object')
  const [unexpected] = unexpectedIn(members, names)
  if (unexpected === undefined) return members
  throw new Failure('argument_error', `there is no parameter \`${unexpected}\` here`)
}

/** The text of a member, if there is one. Throws `argument_error` for anything else. */
export function optionalText(members: JsonObject, name: string): string | undefined {
  const value = memberOf(members, name)
  if (value === undefined || typeof value === 'string') return value
  throw new Failure('argument_error', `the parameter \`${shown(name)}\` must be a text`)
}

/** The text of a member. Throws `parameter_missing` when there is none. */
export function requiredText(members: JsonObject, name: string): string {
  const value = optionalText(members, name)
  if (value !== undefined && value !== '') return value
  throw new Failure('parameter_missing', `the parameter \`${shown(name)}\` is missing`)
}

/** The code that a body proves a factor with: one of an app, or a recovery code, and not both. */
export async function readCode(call: Call): Promise<CodeGiven> {
  const members = await readMembers(call, ['code', 'recovery_code'])
  const recoveryCode = optionalText(members, 'recovery_code')
  if (recoveryCode === undefined) return { code: requiredText(members, 'code') }
  if (memberOf(members, 'code') === undefined) return { recoveryCode }
  throw new Failure('argument_error', 'give a `code` or a `recovery_code`, not both')
}

/** The JSON of a factor. */
export const printFactor = (factor: StoredFactor): FactorBody => ({
  id: factor.id,
  kind: factor.kind,
  name: factor.name,
  created_at: factor.createdAt.toISOString(),
  last_used_at: factor.lastUsedAt?.toISOString() ?? null,
})

/** The JSON of all that a role has. */
export const printFactors = ({ factors, recoveryCodesLeft }: RoleFactors): FactorListBody => ({
  factors: factors.map(printFactor),
  recovery_codes_left: recoveryCodesLeft,
})

/** The JSON of an app that waits for its confirmation. */
export const printPending = ({ pending, secret, uri, expiresAt }: BegunTotp): PendingTotpBody => ({
  id: pending,
  secret,
  uri,
  expires_at: expiresAt.toISOString(),
})

/** The JSON of what an enrolment ends with. */
export const printEnrolment = ({
  factor,
  recoveryCodes,
  token,
}: Enrolment): EnrolledFactorBody => ({
  factor: printFactor(factor),
  recovery_codes: recoveryCodes ?? null,
  token,
})
