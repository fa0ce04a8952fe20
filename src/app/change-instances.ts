import type { Change, ResourceRow } from '#domain/change.ts'
import { accountOf, identifierOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { instanceDeed, instanceView, mustSeeInstance } from './authenticator-instances.ts'
import type { InstanceParts, InstanceView } from './authenticator-instances.ts'
import { instancePath, instanceVariable, instanceWebservice } from './instance-place.ts'
import type { InstancePlace } from './instance-place.ts'
import { mustBeKnown } from './change-branches.ts'
import { decidedChange } from './decided-change.ts'
import type { ChangeParts, NewValue } from './decided-change.ts'
import { enablement } from './enable-authenticator.ts'
import { isPermitted } from './permission.ts'
import { removalOf } from './planned-removal.ts'
import { mustBeReadable } from './readable-demands.ts'
import { notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** What changing authenticators stands on. */
export interface InstanceChangeParts extends InstanceParts, ChangeParts {
  readonly store: Store & InstanceParts['store']
}

/** An authenticator that is to be. */
export interface NewInstance {
  readonly place: InstancePlace
  readonly enabled: boolean
  /** The policy of the type when absent. */
  readonly owner?: Id
  /** The values of the variables that it gets, by variable. */
  readonly values: ReadonlyMap<string, string>
  readonly annotations: ReadonlyMap<string, string>
}

/**
 * Creates an authenticator with its webservices, its variables with their values, a group `apps` that may authenticate and a group
 * `operators` that may look at it (reference/conjur-api.md 1.13); it needs `create` on the policy of the type. Throws `not_found` when that
 * policy is missing or invisible and for an owner that the caller does not know, `forbidden` without the privilege, `conflict` when there
 * is one already.
 */
export type CreateInstance = (session: Session, instance: NewInstance) => Promise<InstanceView>

export function createInstance(parts: InstanceChangeParts): CreateInstance {
  return async (session, instance) => {
    const { place, owner } = instance
    const { account } = place
    const deed = instanceDeed('create', place)
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      const policy = typePolicy(place)
      mustAllowCreation(graph, session, policy)
      mustBeReadable(instance.annotations)
      mustBeNew(graph, place)
      if (owner !== undefined) mustBeKnown(graph, session, owner)
      return { changes: additionOf(instance, policy), values: valuesOf(instance) }
    })
    return instanceView(parts, session, place)
  }
}

const typePolicy = ({ account, type }: InstancePlace): Id =>
  makeId(account, 'policy', `conjur/${type.authenticator}`)

function mustAllowCreation(graph: RoleGraph, session: Session, policy: Id): void {
  if (!graph.visible(session.role, policy)) {
    const cause = whyInvisible(graph, session.role, policy)
    const text = `Policy '${identifierOf(policy)}' is required to create a new authenticator.`
    throw new Failure('not_found', text, cause === undefined ? {} : { cause })
  }
  if (!isPermitted(graph, session, 'create', policy)) {
    throw notPermitted(session.role, 'create', policy)
  }
}

/** Whatever has the id of something that would be created stands in the way: it would be overwritten. */
function mustBeNew(graph: RoleGraph, place: InstancePlace): void {
  const ids =
    place.type.isSingle === true ? ownIds(place) : [instancePolicy(place), ...ownIds(place)]
  const isThere = (id: Id): boolean =>
    graph.resource(id) !== undefined || graph.role(id) !== undefined
  if (ids.some(isThere)) throw new Failure('conflict', 'The authenticator already exists.')
}

const instancePolicy = (place: InstancePlace): Id =>
  makeId(place.account, 'policy', instancePath(place))

const groupOf = (place: InstancePlace, name: string): Id =>
  makeId(place.account, 'group', `${instancePath(place)}/${name}`)

const statusOf = (place: InstancePlace): Id =>
  makeId(place.account, 'webservice', `${instancePath(place)}/status`)

/** Everything that an authenticator consists of, but its policy. */
const ownIds = (place: InstancePlace): readonly Id[] => [
  instanceWebservice(place),
  statusOf(place),
  groupOf(place, 'apps'),
  groupOf(place, 'operators'),
  ...place.type.fields.map((field) => instanceVariable(place, field)),
]

/** All of it counts as loaded through the policy of the type; what is in the authenticator's policy belongs to that. */
function additionOf(
  { place, enabled, owner = typePolicy(place), values, annotations }: NewInstance,
  policy: Id,
): readonly Change[] {
  const isSingle = place.type.isSingle === true
  const keeper = isSingle ? owner : instancePolicy(place)
  const webservice = instanceWebservice(place)
  const [apps, operators] = [groupOf(place, 'apps'), groupOf(place, 'operators')]
  const own = (id: Id): Change => ({
    op: 'add',
    row: { table: 'resource', id, owner: keeper, policy },
  })
  const permit = (role: Id, privilege: string, resource: Id): Change => ({
    op: 'add',
    row: { table: 'permission', resource, role, privilege, policy },
  })
  const variables = place.type.fields.filter(({ variable }) => values.has(variable))
  return [
    ...(isSingle ? [] : roleRows({ table: 'resource', id: keeper, owner, policy })),
    ...roleRows({ table: 'resource', id: apps, owner: keeper, policy }),
    ...roleRows({ table: 'resource', id: operators, owner: keeper, policy }),
    own(webservice),
    own(statusOf(place)),
    ...variables.map((field) => own(instanceVariable(place, field))),
    permit(apps, 'read', webservice),
    permit(apps, 'authenticate', webservice),
    permit(operators, 'read', webservice),
    permit(operators, 'read', statusOf(place)),
    ...Array.from(annotations, ([name, value]): Change => ({
      op: 'add',
      row: { table: 'annotation', resource: webservice, name, value, policy },
    })),
    enablement(webservice, enabled),
  ]
}

/** A resource that is a role as well, which its owner holds. */
function roleRows(row: ResourceRow & { readonly policy: Id }): readonly Change[] {
  const { id, owner: member, policy } = row
  const membership = { table: 'membership', role: id, member, policy } as const
  return [
    { op: 'add', row: { table: 'role', id, policy } },
    { op: 'add', row },
    { op: 'add', row: { ...membership, ownership: true, admin: true } },
  ]
}

const valuesOf = ({ place, values }: NewInstance): readonly NewValue[] =>
  place.type.fields.flatMap((field) => {
    const value = values.get(field.variable)
    return value === undefined ? [] : [{ resource: instanceVariable(place, field), value }]
  })

/**
 * Enables or disables an authenticator in its account, with `update` on its webservice; what the server's settings enable stays enabled.
 * Throws `not_found` when it is invisible, `forbidden` without the privilege.
 */
export type EnableInstance = (
  session: Session,
  place: InstancePlace,
  enabled: boolean,
) => Promise<InstanceView>

export function enableInstance(parts: InstanceChangeParts): EnableInstance {
  return async (session, place, enabled) => {
    const webservice = instanceWebservice(place)
    const deed = instanceDeed(enabled ? 'enable' : 'disable', place)
    await decidedChange(parts, { session, account: place.account, deed }, ({ graph }) => {
      mustSeeInstance(graph, session, place)
      if (!isPermitted(graph, session, 'update', webservice)) {
        throw notPermitted(session.role, 'update', webservice)
      }
      return { changes: [enablement(webservice, enabled)] }
    })
    return instanceView(parts, session, place)
  }
}

/**
 * Deletes an authenticator with everything that belongs to it, with `delete` on its policy, and with `update` on whatever is not below
 * that policy. Throws `not_found` when it is invisible, `forbidden` without a privilege.
 */
export type DeleteInstance = (session: Session, place: InstancePlace) => Promise<void>

export function deleteInstance(parts: InstanceChangeParts): DeleteInstance {
  return async (session, place) => {
    const { account } = place
    const deed = instanceDeed('delete', place)
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      mustSeeInstance(graph, session, place)
      const policy = instancePolicy(place)
      if (!isPermitted(graph, session, 'delete', policy)) {
        throw notPermitted(session.role, 'delete', policy)
      }
      const { changes, resources } = removalOf(graph, account, removedWith(place))
      for (const id of resources) mustBeRemovable(graph, session, place, id)
      return { changes }
    })
  }
}

/** The policy of a type of which there is only one is that of the type, which stays. */
const removedWith = (place: InstancePlace): readonly Id[] =>
  place.type.isSingle === true ? ownIds(place) : [instancePolicy(place), ...ownIds(place)]

function mustBeRemovable(graph: RoleGraph, session: Session, place: InstancePlace, id: Id): void {
  const path = instancePath(place)
  const isWithin =
    accountOf(id) === place.account &&
    (identifierOf(id) === path || identifierOf(id).startsWith(`${path}/`))
  if (isWithin || isPermitted(graph, session, 'update', id)) return
  throw notPermitted(session.role, 'update', id)
}
