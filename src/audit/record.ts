import type { AuditEvent } from '#app/audit.ts'
import { messageOf, serviceOf } from './message.ts'
import { v2Deed } from './v2-deed.ts'

// The line that a Conjur server writes (RFC 5424, reference/conjur-api.md 7.4), so that what collects its audit understands ours.

/** RFC 5424 6.2.1: facility times eight plus severity, with the facility authpriv, for whoami auth. */
const PRIORITY = { info: 86, warning: 84, notice: 85, identity: 38 } as const

/** One audit event as a line, its line break included. Whatever the event says, the line is one: control characters become spaces. */
export function printRecord(event: AuditEvent): string {
  const { at, request, kind } = event
  const type = v2Deed(event)?.type ?? kind
  const head = `<${priorityOf(event)}>1 ${at} - conjur ${word(request)} ${word(type)}`
  return `${head} ${structuredData(event)} ${plain(messageOf(event))}\n`
}

/** Policy, and what the v2 API does, is a notice, whether it succeeds or not. */
function priorityOf(event: AuditEvent): number {
  const { kind, result } = event
  if (kind === 'identity-check') return PRIORITY.identity
  if (kind === 'policy' || v2Deed(event) !== undefined) return PRIORITY.notice
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
    return `${element('subject', { role: user })}${auth}${client}${action}${attested(event)}`
  }
  const auth = element('auth', { user })
  const { policy, version } = event.subject
  const subject = element('subject', subjectOf(event))
  if (kind === 'identity-check') return `${subject}${auth}${client}${action}`
  if (kind !== 'policy' || version === undefined) return `${auth}${subject}${client}${action}`
  const load = element('policy', { id: String(policy ?? event.subject['resource'] ?? ''), version })
  return `${auth}${subject}${client}${action}${load}`
}

/** What a record of Conjur says of its subject; what ours know besides is in the trail, and of the v2 API here as well. */
function subjectOf(event: AuditEvent): Fields {
  const { kind, user, subject } = event
  if (v2Deed(event) !== undefined) return { edge: '', ...subject }
  if (kind === 'password') return { role: user, ...subject }
  if (kind === 'update') return withoutAny(subject, ['version'])
  if (kind !== 'policy') return subject
  return withoutAny(subject, ['policy', 'version', ...('resource' in subject ? ['owner'] : [])])
}

const withoutAny = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

/** What a Conjur server has no word for: how what is known of somebody was held against what their role demands. */
function attested({ attestation = [] }: AuditEvent): string {
  if (attestation.length === 0) return ''
  const withOutcome = (outcome: string): string =>
    attestation
      .filter((finding) => finding.outcome === outcome)
      .map(({ attribute, source }) =>
        source === undefined ? attribute : `${attribute} (${source})`,
      )
      .join(', ')
  const outcomes = ['passed', 'failed', 'missing'].map(
    (outcome) => [outcome, withOutcome(outcome)] as const,
  )
  return element('attestation', Object.fromEntries(outcomes.filter(([, told]) => told !== '')))
}

/** RFC 5424 6.3.3. */
const escaped = (value: string): string => plain(value).replaceAll(/["\\\]]/g, String.raw`\$&`)

/** One line stays one line, whatever somebody called their variable. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')

/** RFC 5424 6: printable ASCII, of names without `=`, `]` and quotes. */
const word = (text: string): string => text.replaceAll(/[^!-~]|[="\]]/g, '_').slice(0, 64) || '-'
