import type { AuditEvent } from '#app/audit.ts'

// What the records of the v2 API have in common: their type names them, and their sentence tells the path that was asked for
// (reference/conjur-api.md 7.4). The body of the request, which follows there, never is in a record of ours.

/** What was done through the v2 API: of which type, to what, and where. */
export interface V2Deed {
  /** `branch`, `membership`, the type of an authenticator (`jwt`), or `authenticators` of them all. */
  readonly type: string
  /** Empty for a list. */
  readonly name: string
  readonly path: string
}

/** The deed of the v2 API that an event is; `undefined` for any other. */
export function v2Deed(event: AuditEvent): V2Deed | undefined {
  const { kind, operation } = event
  if (kind === 'branch') return branch(event)
  if (kind === 'authenticator') return authenticator(event)
  // Memberships are listed by the older API.
  return kind === 'membership' && !operation.startsWith('list') ? membership(event) : undefined
}

const of = ({ subject }: AuditEvent, name: string): string => String(subject[name] ?? '')

/** What is after account and kind. */
const identifierOf = (id: string): string => id.split(':').slice(2).join(':')

function branch(event: AuditEvent): V2Deed {
  const name = of(event, 'branch')
  const all = `/branches/${event.account}`
  const isOfAll = ['create', 'list'].includes(event.operation)
  return { type: 'branch', name, path: isOfAll ? all : `${all}/${name}` }
}

function membership(event: AuditEvent): V2Deed {
  const name = identifierOf(of(event, 'role'))
  const members = `/groups/${event.account}/${name}/members`
  const [, kind = '', ...id] = of(event, 'member').split(':')
  const path = event.operation === 'remove' ? `${members}/${kind}/${id.join(':')}` : members
  return { type: 'membership', name, path }
}

function authenticator(event: AuditEvent): V2Deed {
  const all = `/authenticators/${event.account}`
  const type = of(event, 'authenticator').replace(/^authn-/, '')
  if (event.operation === 'list') return { type: 'authenticators', name: '', path: all }
  const [, , service = 'default'] = identifierOf(of(event, 'resource')).split('/')
  const isOfAll = event.operation === 'create'
  return { type, name: service, path: isOfAll ? all : `${all}/${type}/${service}` }
}

const PAST: Readonly<Record<string, string>> = { get: 'retrieved', change: 'updated' }
const INFINITIVE: Readonly<Record<string, string>> = { get: 'retrieve', change: 'update' }

/** Both ends of the sentence of a deed of the v2 API. */
export function tellV2(
  { user, operation }: AuditEvent,
  { type, name, path }: V2Deed,
): { readonly done: string; readonly failed: string } {
  const past = PAST[operation] ?? `${operation.replace(/e$/, '')}ed`
  const what = `${[type, name].filter((word) => word !== '').join(' ')} with URI path: '${path}'`
  return {
    done: `${user} successfully ${past} ${what}`,
    failed: `${user} failed to ${INFINITIVE[operation] ?? operation} ${what}`,
  }
}
