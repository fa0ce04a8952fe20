import type { AuditEventBody } from '#api/wire.ts'
import { printable } from '#client/printable.ts'

/** The verbs whose past is not regular, or whose name is not the word for it. */
const PAST: Readonly<Record<string, string>> = {
  get: 'read',
  login: 'logged in',
  read: 'read',
  set: 'set',
  'update-authenticator-configuration': 'configured',
  'validate-status': 'checked',
}
const PRESENT: Readonly<Record<string, string>> = {
  get: 'read',
  login: 'log in',
  'update-authenticator-configuration': 'configure',
  'validate-status': 'check',
}

/**
 * One event as a line for people: time, result, who did or tried what to what, from where, and why not. What strangers wrote,
 * such as the name of a failed login, cannot move the terminal or start another line.
 */
export function auditLine(event: AuditEventBody): string {
  const reason = event.reason === undefined ? '' : `: ${event.reason}`
  const from = `from ${event.clientIp}${attested(event)}${reason}`
  const words = [who(event), verb(event), subject(event), from]
  const sentence = words.filter((word) => word !== '').join(' ')
  return printable(`${event.at} ${event.result}  ${sentence}`).replaceAll('\n', String.raw`\n`)
}

/** What held of somebody and what did not; what stands behind it is in the record itself. */
function attested({ attestation = [] }: AuditEventBody): string {
  if (attestation.length === 0) return ''
  const told = attestation.map(({ attribute, outcome }) => `${attribute} ${outcome}`)
  return ` with ${told.join(', ')}`
}

/** A role by the name it logs in with. */
function who({ user, account }: AuditEventBody): string {
  const prefix = `${account}:`
  if (!user.startsWith(prefix)) return user
  const role = user.slice(prefix.length)
  return role.startsWith('user:') ? role.slice('user:'.length) : role.replace(':', '/')
}

function verb({ operation, result }: AuditEventBody): string {
  if (result === 'failure') return `tried to ${PRESENT[operation] ?? operation}`
  return PAST[operation] ?? (operation.endsWith('e') ? `${operation}d` : `${operation}ed`)
}

/** What it was done to, then the rest in parentheses; nothing that the line says already. */
function subject(event: AuditEventBody): string {
  const [main, rest] = parts(event)
  const more = Object.entries(rest)
    .filter(([, value]) => value !== event.user && value !== event.account)
    .map(([name, value]) => `${name} ${value}`)
  const shown = main === event.user ? '' : main
  return more.length === 0 ? shown : `${shown} (${more.join(', ')})`.trimStart()
}

function parts({ kind, subject: all }: AuditEventBody): readonly [string, typeof all] {
  if (kind === 'list') return ['resources', all]
  const { policy, version, ...changed } = all
  const change = kind === 'policy' ? changeOf(changed) : undefined
  if (change !== undefined) return [change, { policy: policy ?? '', version: version ?? '' }]
  const { resource, ...others } = all
  if (resource !== undefined) return [String(resource), others]
  const { role, ...rest } = others
  return [role === undefined ? '' : String(role), rest]
}

/** What a policy load changed, one row of it (reference/conjur-api.md 7.4); `undefined` for the load itself. */
function changeOf(row: AuditEventBody['subject']): string | undefined {
  const { resource, role, owner, member, privilege, annotation } = row
  if (privilege !== undefined) return `permission of ${role} to ${privilege} on ${resource}`
  if (annotation !== undefined) return `annotation ${annotation} on ${resource}`
  if (member !== undefined) return `membership of ${member} in ${role}`
  if (owner === undefined) return role === undefined ? undefined : roleChangeOf(row)
  return role === undefined
    ? `resource ${resource}, owned by ${owner}`
    : `ownership of ${owner} in ${role}`
}

function roleChangeOf({
  role,
  restricted_to: cidrs,
  credential,
}: AuditEventBody['subject']): string {
  if (credential !== undefined) return `credential of ${role}`
  return cidrs === undefined ? `role ${role}` : `addresses of ${role}: ${cidrs || 'any'}`
}
