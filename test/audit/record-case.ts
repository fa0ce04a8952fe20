import type { AuditEvent } from '#app/audit.ts'

/** What happened, and the line of it when it was done and when it was refused, with RESULT for how it ended. */
export type Case = readonly [
  more: Pick<AuditEvent, 'operation' | 'subject'> & Partial<AuditEvent>,
  success: string,
  failure: string,
]

export const AUTH: string = '[auth@43868 user="acme:user:alice"]'
export const CLIENT: string = '[client@43868 ip="192.0.2.1"]'

/** What is between the id of a message and its sentence, but for its result. */
const data = (subject: string, operation: string): string =>
  `${AUTH}[subject@43868${subject}]${CLIENT}[action@43868 operation="${operation}" result="RESULT"]`

const fieldsOf = (subject: AuditEvent['subject']): string =>
  Object.entries(subject)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')

/** A record of who authenticated. */
export const authn = (
  operation: string,
  done: string,
  failed: string,
  [authenticator, service]: readonly [string, string] = ['authn-jwt', 'conjur/authn-jwt/ci'],
): Case => {
  const id = `acme:webservice:${service}`
  const elements =
    `authn [subject@43868 role="acme:user:alice"][auth@43868 user="acme:user:alice" authenticator="${authenticator}" service="${id}"]` +
    `${CLIENT}[action@43868 operation="${operation}" result="RESULT"]`
  return [
    { operation, subject: { authenticator, service: id } },
    `<86> ${elements} acme:user:alice successfully ${done} ${authenticator} service ${id}`,
    `<84> ${elements} acme:user:alice failed to ${failed} ${authenticator} service ${id}: no`,
  ]
}

/** A record of a row that a load changed; `printed` is what the subject says. */
export const policy = (
  operation: string,
  subject: AuditEvent['subject'],
  printed: string,
  what: string,
): Case => {
  const verb = { add: 'added', change: 'changed', remove: 'removed' }[operation] ?? operation
  const elements = `policy ${data(printed, operation)}[policy@43868 id="acme:policy:root" version="3"]`
  return [
    { operation, subject: { ...subject, policy: 'acme:policy:root', version: 3 } },
    `<85> ${elements} acme:user:alice ${verb} ${what}`,
    `<85> ${elements} acme:user:alice failed to ${operation} ${what}: no`,
  ]
}

/** A record whose priority says how it ended. */
export const plain = (
  kind: string,
  operation: string,
  subject: AuditEvent['subject'],
  sentences: readonly [done: string, failed: string],
  printed: string = fieldsOf(subject),
): Case => [
  { operation, subject },
  `<86> ${kind} ${data(printed, operation)} acme:user:alice ${sentences[0]}`,
  `<84> ${kind} ${data(printed, operation)} acme:user:alice ${sentences[1]}: no`,
]

/** A record of the v2 API. */
export const v2 = (
  type: string,
  operation: string,
  subject: AuditEvent['subject'],
  verbs: readonly [past: string, infinitive: string],
  what: string,
): Case => {
  const elements = `${type} ${data(` edge=""${fieldsOf(subject)}`, operation)}`
  return [
    { operation, subject },
    `<85> ${elements} acme:user:alice successfully ${verbs[0]} ${what}`,
    `<85> ${elements} acme:user:alice failed to ${verbs[1]} ${what}: no`,
  ]
}

/** Both ends of the sentence of a list. */
export const listed = (what: string, parameters: string): readonly [string, string] => [
  `successfully listed ${what} with parameters: ${parameters}`,
  `failed to list ${what} with parameters: ${parameters}`,
]
/** A record of a whole policy. */
export const whole = (operation: string, done: string): Case => {
  const elements = `policy ${data(' resource="acme:policy:root"', operation)}`
  return [
    { operation, subject: { resource: 'acme:policy:root' } },
    `<85> ${elements} acme:user:alice ${done} policy acme:policy:root`,
    `<85> ${elements} Failed to load policy: no`,
  ]
}
