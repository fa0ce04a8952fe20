import type { AuditEvent } from '#app/audit.ts'
import { tellV2, v2Deed } from './v2-deed.ts'

/** What an audit event says to a person: the sentences of reference/conjur-api.md 7.4. */
export function messageOf(event: AuditEvent): string {
  const deed = v2Deed(event)
  const sentence =
    deed === undefined ? (SENTENCES[event.kind] ?? anyDeed)(event) : tellV2(event, deed)
  return event.result === 'success' ? sentence.done : `${sentence.failed}: ${event.reason ?? ''}`
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
  explain: ['explained a login with authenticator', 'explain a login with authenticator'],
  'validate-status': ['validated status for authenticator', 'validate status for authenticator'],
  'update-authenticator-configuration': [
    'updated authenticator configuration',
    'update authenticator configuration',
  ],
  'k8s-inject-client-cert': [
    'injected client certificate with authenticator',
    'inject client certificate with authenticator',
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
  // The space at the end is Conjur's.
  return told(event.user, `successfully checked if ${what} `, `failed to check if ${what}`)
}

/** As Ruby shows a hash whose keys are symbols. */
const inspected = (subject: AuditEvent['subject']): string =>
  `{${Object.entries(subject)
    .map(([name, value]) => `:${name}=>${JSON.stringify(value)}`)
    .join(', ')}}`

const listed =
  (what: string): Tell =>
  ({ user, subject }) => {
    const parameters = `${what} with parameters: ${inspected(subject)}`
    return told(user, `successfully listed ${parameters}`, `failed to list ${parameters}`)
  }

const apiKey: Tell = (event) => {
  const role = of(event, 'role')
  const whose = role === event.user || role === 'self' ? 'their API key' : `the api key for ${role}`
  if (event.operation === 'show') {
    const what = `when ${whose} was rotated`
    return told(event.user, `successfully looked up ${what}`, `failed to look up ${what}`)
  }
  return told(event.user, `successfully rotated ${whose}`, `failed to rotate ${whose}`)
}

const POLICY_VERBS: Readonly<Record<string, string>> = {
  add: 'added',
  change: 'changed',
  remove: 'removed',
}

/** What is done with a whole policy but loading it; `readed` is how the family spells it. */
const WHOLE_POLICY_VERBS: Readonly<Record<string, string>> = {
  read: 'readed',
  validate: 'validated',
}

/** A row that a load changed, or what was done with the policy itself. */
const policy: Tell = (event) => {
  const { user, operation } = event
  const verb = POLICY_VERBS[operation]
  if (verb !== undefined) {
    return told(user, `${verb} ${rowOf(event)}`, `failed to ${operation} ${rowOf(event)}`)
  }
  const done = `${user} ${WHOLE_POLICY_VERBS[operation] ?? 'loaded'} policy ${policyOf(event)}`
  return { done, failed: 'Failed to load policy' }
}

/** The policy that an event is about: a load names it, a look at one names its parts. */
const policyOf = (event: AuditEvent): string =>
  of(event, 'resource') || `${of(event, 'account')}:policy:${of(event, 'identifier')}`

function rowOf(event: AuditEvent): string {
  const { subject } = event
  if ('privilege' in subject) {
    return `permission of ${of(event, 'role')} to ${of(event, 'privilege')} on ${of(event, 'resource')}`
  }
  if ('member' in subject) return `membership of ${of(event, 'member')} in ${of(event, 'role')}`
  if ('annotation' in subject) {
    return `annotation ${of(event, 'annotation')} on ${of(event, 'resource')}`
  }
  if ('role' in subject) return `${ofRole(event)} ${of(event, 'role')}`
  const enablement = 'enabled' in subject ? 'enablement of ' : ''
  return `${enablement}resource ${of(event, 'resource')}`
}

/** A row of a role: who owns it, what Conjur has no rows for, or itself. */
function ofRole(event: AuditEvent): string {
  if ('owner' in event.subject) return `ownership of ${of(event, 'owner')} in`
  if ('credential' in event.subject) return 'credential of role'
  return 'restricted_to' in event.subject ? 'restriction of role' : 'role'
}

const ISSUER_VERBS: Readonly<Record<string, string>> = {
  add: 'added',
  fetch: 'fetched',
  'fetch-minimum': 'fetched the minimum of',
  list: 'listed',
  remove: 'removed',
  update: 'updated',
}

/** An issuer, or a variable that went with it. */
const issuer: Tell = (event) => {
  const { user, operation, account } = event
  const what = of(event, 'resource_id') || `${account}:issuer:${of(event, 'issuer')}`
  const verb = ISSUER_VERBS[operation] ?? operation
  return told(user, `${verb} ${what}`, `tried to ${operation.replace('-', ' ')} ${what}`)
}

const FACTOR: Readonly<Record<string, readonly [done: string, failed: string]>> = {
  list: ['listed the second factors', 'list the second factors'],
  'begin-enrolment': ['began to enrol a second factor', 'begin to enrol a second factor'],
  'answer-enrolment': ['answered the enrolment of a passkey', 'answer the enrolment of a passkey'],
  enrol: ['enrolled a second factor', 'enrol a second factor'],
  'begin-verification': ['began to prove a second factor', 'begin to prove a second factor'],
  'answer-verification': ['answered by a passkey', 'answer by a passkey'],
  verify: ['proved a second factor', 'prove a second factor'],
  'use-recovery-code': ['used a recovery code', 'use a recovery code'],
  'renew-recovery-codes': ['renewed the recovery codes', 'renew the recovery codes'],
  remove: ['removed a second factor', 'remove a second factor'],
  reset: ['reset the second factors', 'reset the second factors'],
}

/** Which factor it is stands in the fields. */
const factor: Tell = (event) => {
  const { user, operation } = event
  const [done, failed] = FACTOR[operation] ?? [operation, operation]
  const whose = `of ${of(event, 'role')}`
  return told(user, `successfully ${done} ${whose}`, `failed to ${failed} ${whose}`)
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

const SENTENCES: Readonly<Partial<Record<string, Tell>>> = {
  authn,
  fetch: fetched,
  update: updated,
  check: checked,
  list: listed('resources'),
  members: listed('members'),
  membership: listed('memberships'),
  resource: ({ user }) =>
    told(user, 'successfully fetched resource details.', 'failed to fetch resource details'),
  role: ({ user }) =>
    told(user, 'successfully fetched role details.', 'failed to fetch role details'),
  'api-key': apiKey,
  password: ({ user }) =>
    told(user, 'successfully changed their password', 'failed to change their password'),
  policy,
  issuer,
  factor,
  variable: issuer,
  'identity-check': ({ user }) =>
    told(user, 'checked its identity using whoami', 'failed to check its identity using whoami'),
}
