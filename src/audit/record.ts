import type { AuditEvent } from '#app/audit.ts'
import { messageOf, serviceOf } from './message.ts'

// The line that a Conjur server writes (RFC 5424, reference/conjur-api.md 7.4), so that what collects its audit understands ours.

/** RFC 5424 6.2.1: facility times eight plus severity, with the facility authpriv, for whoami auth. */
const PRIORITY = { info: 86, warning: 84, notice: 85, identity: 38 } as const

/** What changes the world is a notice, whether it succeeds or not. */
const NOTICES: ReadonlySet<string> = new Set(['policy', 'branch', 'membership', 'authenticator'])

/** One audit event as a line, its line break included. Whatever the event says, the line is one: control characters become spaces. */
export function printRecord(event: AuditEvent): string {
  const { at, request, kind } = event
  const head = `<${priorityOf(event)}>1 ${at} - conjur ${word(request)} ${word(kind)}`
  return `${head} ${structuredData(event)} ${plain(messageOf(event))}\n`
}

function priorityOf({ kind, operation, result }: AuditEvent): number {
  if (kind === 'identity-check') return PRIORITY.identity
  if (NOTICES.has(kind) && !operation.startsWith('list')) return PRIORITY.notice
  return result === 'success' ? PRIORITY.info : PRIORITY.warning
}

type Fields = Readonly<Record<string, string | number | boolean>>

/** The private enterprise number in the names of the elements is CyberArk's: it names their format. */
const element = (name: string, fields: Fields): string => {
  const pairs = Object.entries(fields).map(
    ([field, value]) => ` ${word(field)}="${escaped(String(value))}"`,
  )
  return `[${name}@43868${pairs.join('')}]`
}

function structuredData(event: AuditEvent): string {
  const { kind, operation, result, user, clientIp } = event
  const client = element('client', { ip: clientIp })
  const action = element('action', { operation, result })
  if (kind === 'authn') {
    const authenticator = String(event.subject['authenticator'] ?? '')
    const auth = element('auth', { user, authenticator, service: serviceOf(event) })
    return `${element('subject', { role: user })}${auth}${client}${action}`
  }
  const auth = element('auth', { user })
  if (kind !== 'policy') return `${auth}${element('subject', event.subject)}${client}${action}`
  const { policy, version, ...subject } = event.subject
  const id = String(policy ?? subject['resource'] ?? '')
  const load = version === undefined ? '' : element('policy', { id, version })
  return `${auth}${element('subject', subject)}${client}${action}${load}`
}

/** RFC 5424 6.3.3. */
const escaped = (value: string): string => plain(value).replaceAll(/["\\\]]/g, String.raw`\$&`)

/** One line stays one line, whatever somebody called their variable. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')

/** RFC 5424 6: printable ASCII, of names without `=`, `]` and quotes. */
const word = (text: string): string => text.replaceAll(/[^!-~]|[="\]]/g, '_').slice(0, 64) || '-'
