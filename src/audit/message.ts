import type { AuditEvent } from '#app/audit.ts'

/** What an audit event says to a person: the sentences of reference/conjur-api.md 7.4. */
export function messageOf(event: AuditEvent): string {
  const sentence = SENTENCES[event.kind] ?? anyDeed
  return event.result === 'success'
    ? sentence(event).done
    : `${sentence(event).failed}: ${event.reason ?? ''}`
}

/** Both ends of a sentence; the reason follows the second. */
interface Sentence {
  readonly done: string
  readonly failed: string
}

type Tell = (event: AuditEvent) => Sentence

const of = (event: AuditEvent, name: string): string => String(event.subject[name] ?? '')

/** How a deed is told by participle and infinitive. */
const told = (user: string, done: string, failed: string): Sentence => ({
  done: `${user} ${done}`,
  failed: `${user} ${failed}`,
})

const AUTHN: Readonly<Record<string, readonly [done: string, failed: string]>> = {
  authenticate: ['authenticated with authenticator', 'authenticate with authenticator'],
  login: ['logged in with authenticator', 'login with authenticator'],
  'validate-status': ['validated status for authenticator', 'validate status for authenticator'],
  'update-authenticator-configuration': [
    'updated authenticator configuration',
    'update authenticator configuration',
  ],
}

const authn: Tell = (event) => {
  const [done, failed] = AUTHN[event.operation] ?? [event.operation, event.operation]
  const by = `${of(event, 'authenticator')} service ${serviceOf(event)}`
  return told(event.user, `successfully ${done} ${by}`, `failed to ${failed} ${by}`)
}

/** The webservice of the authenticator that an event names. */
export const serviceOf = (event: AuditEvent): string =>
  of(event, 'service') || `${event.account}:webservice:conjur/${of(event, 'authenticator')}`

const versionIn = (event: AuditEvent): string =>
  event.subject['version'] === undefined ? '' : `version ${of(event, 'version')} of `

const fetched: Tell = (event) => {
  const what = `${versionIn(event)}${of(event, 'resource')}`
  return told(event.user, `fetched ${what}`, `tried to fetch ${what}`)
}

const UPDATE: Readonly<Record<string, readonly [done: string, failed: string]>> = {
  clear: ['cleared', 'clear'],
  expire: ['expired', 'expire'],
}

const updated: Tell = (event) => {
  const resource = of(event, 'resource')
  const [done, failed] = UPDATE[event.operation] ?? ['updated', 'update']
  return told(event.user, `${done} ${resource}`, `tried to ${failed} ${resource}`)
}

const checked: Tell = (event) => {
  const role = of(event, 'role')
  const who = role === event.user ? 'they' : role
  const what = `${who} can ${of(event, 'privilege')} ${of(event, 'resource')}`
  return told(event.user, `successfully checked if ${what}`, `failed to check if ${what}`)
}

const listed =
  (what: string): Tell =>
  ({ user, subject }) => {
    const parameters = `${what} with parameters: ${JSON.stringify(subject)}`
    return told(user, `successfully listed ${parameters}`, `failed to list ${parameters}`)
  }

const rotated: Tell = (event) => {
  const role = of(event, 'role')
  const whose = role === event.user || role === 'self' ? 'their API key' : `the api key for ${role}`
  return told(event.user, `successfully rotated ${whose}`, `failed to rotate ${whose}`)
}

const POLICY_VERBS: Readonly<Record<string, string>> = {
  add: 'added',
  change: 'changed',
  remove: 'removed',
}

/** A row that a load changed, or the load itself. */
const policy: Tell = (event) => {
  const verb = POLICY_VERBS[event.operation]
  const done =
    verb === undefined
      ? `${event.user} loaded policy ${of(event, 'resource')}`
      : `${event.user} ${verb} ${rowOf(event)}`
  const failed =
    verb === undefined
      ? 'Failed to load policy'
      : `${event.user} failed to ${event.operation} ${rowOf(event)}`
  return { done, failed }
}

function rowOf(event: AuditEvent): string {
  const { subject } = event
  if ('privilege' in subject) {
    return `permission of ${of(event, 'role')} to ${of(event, 'privilege')} on ${of(event, 'resource')}`
  }
  if ('member' in subject) return `membership of ${of(event, 'member')} in ${of(event, 'role')}`
  if ('annotation' in subject) {
    return `annotation ${of(event, 'annotation')} on ${of(event, 'resource')}`
  }
  if ('role' in subject) {
    const owner = 'owner' in subject ? `ownership of ${of(event, 'owner')} in` : 'role'
    return `${owner} ${of(event, 'role')}`
  }
  return `resource ${of(event, 'resource')}`
}

const PAST: Readonly<Record<string, string>> = {
  add: 'added',
  create: 'created',
  delete: 'deleted',
  disable: 'disabled',
  enable: 'enabled',
  get: 'fetched',
  import: 'imported',
  list: 'listed',
  permit: 'permitted',
  remove: 'removed',
  revoke: 'revoked',
  show: 'showed',
  sign: 'signed',
  update: 'updated',
}

/** An operation is a verb, or a verb and what it is done to: `create-token`. */
const anyDeed: Tell = ({ user, kind, operation, subject }) => {
  const [verb = '', ...object] = operation.split('-')
  const what = `${object.length === 0 ? kind : object.join(' ')} ${JSON.stringify(subject)}`
  return told(
    user,
    `successfully ${PAST[verb] ?? `did ${verb}`} ${what}`,
    `failed to ${verb} ${what}`,
  )
}

/** Listing memberships and changing them are of one kind. */
const membership: Tell = (event) =>
  event.operation.startsWith('list') ? listed('memberships')(event) : anyDeed(event)

const SENTENCES: Readonly<Partial<Record<string, Tell>>> = {
  authn,
  fetch: fetched,
  update: updated,
  check: checked,
  list: listed('resources'),
  members: listed('members'),
  membership,
  resource: ({ user }) =>
    told(user, 'successfully fetched resource details.', 'failed to fetch resource details'),
  role: ({ user }) =>
    told(user, 'successfully fetched role details.', 'failed to fetch role details'),
  'api-key': rotated,
  password: ({ user }) =>
    told(user, 'successfully changed their password', 'failed to change their password'),
  policy,
  'identity-check': ({ user }) =>
    told(user, 'checked its identity using whoami', 'failed to check its identity using whoami'),
}
