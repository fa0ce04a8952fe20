import type { BegunCeremonyBody, CeremonyBody, PasskeyPurpose } from '#api/passkey-wire.ts'
import type { ShownCeremony } from '#app/answer-passkey.ts'
import type { BegunCeremony, CeremonyOrder } from '#app/begin-passkey.ts'
import { Failure } from '#lib/failure.ts'
import type { Call } from './call.ts'
import { optionalText, readMembers, requiredText } from './factor-body.ts'
import { memberOf } from './json-object.ts'
import type { JsonObject } from './json-object.ts'

/** What a client asks of a passkey. Throws like {@link readMembers}, `parameter_missing` without a purpose, and `argument_error` for what none can be. */
export async function readOrder(call: Call): Promise<CeremonyOrder> {
  const members = await readMembers(call, ['purpose', 'name', 'callback_port', 'state'])
  const name = optionalText(members, 'name')
  return {
    purpose: purposeIn(members),
    ...(name === undefined ? {} : { name }),
    ...callbackIn(members),
  }
}

function purposeIn(members: JsonObject): PasskeyPurpose {
  const purpose = requiredText(members, 'purpose')
  if (purpose === 'enrolment' || purpose === 'verification') return purpose
  throw new Failure('argument_error', 'the purpose must be `enrolment` or `verification`')
}

function callbackIn(members: JsonObject): Pick<CeremonyOrder, 'callback'> {
  const port = memberOf(members, 'callback_port')
  const state = optionalText(members, 'state')
  if (port === undefined && state === undefined) return {}
  if (typeof port === 'number' && state !== undefined) return { callback: { port, state } }
  throw new Failure(
    'argument_error',
    '`callback_port` must be a number and `state` a text: give both or neither',
  )
}

/** What a browser brings back; whatever it is. */
export async function readResponse(call: Call): Promise<unknown> {
  return memberOf(await readMembers(call, ['response']), 'response')
}

/** The JSON of a ceremony that has begun. */
export const printBegun = ({ id, url, options, expiresAt }: BegunCeremony): BegunCeremonyBody => ({
  id,
  url,
  options,
  expires_at: expiresAt.toISOString(),
})

/** The JSON of a ceremony, for the page. */
export const printCeremony = (ceremony: ShownCeremony): CeremonyBody => ({
  purpose: ceremony.purpose,
  role: ceremony.role,
  name: ceremony.factor?.name ?? null,
  client_ip: ceremony.clientIp,
  options: ceremony.options,
  callback: ceremony.callback ?? null,
  expires_at: new Date(ceremony.expiresAt).toISOString(),
})
