import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { AnnotationStore } from './annotation-store.ts'
import { instanceVariable, instanceWebservice, placeOf } from './instance-place.ts'
import type { AuthenticatorType } from './authenticator-table.ts'
import type { InstancePlace } from './instance-place.ts'
import type { Gate, Passage } from './gate.ts'
import { isEnabled } from './instance-settings.ts'
import type { Instance } from './instance-settings.ts'
import { pageOf } from './page.ts'
import type { PageQuery } from './page.ts'
import { isAllowedNow } from './permission.ts'
import type { Deed, Recorder } from './recorder.ts'
import { whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import { openSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What showing authenticators stands on. */
export interface InstanceParts {
  readonly gate: Gate
  readonly store: AnnotationStore
  readonly vault: Vault
  readonly recorder: Recorder
  /** The instances that are enabled in every account. */
  readonly enabled: ReadonlySet<string>
}

/** An authenticator as its viewer may know it (reference/conjur-api.md 1.13). */
export interface InstanceView {
  readonly type: AuthenticatorType
  readonly name: string
  readonly enabled: boolean
  readonly owner: Id
  /** The values of the variables which the viewer may `execute` now and that have one, by variable. */
  readonly values: ReadonlyMap<string, string>
  readonly annotations: ReadonlyMap<string, string>
}

/** What the trail says of something that was done to an authenticator. */
export const instanceDeed = (operation: string, place: InstancePlace): Deed => ({
  kind: 'authenticator',
  operation,
  subject: { authenticator: place.type.authenticator, resource: instanceWebservice(place) },
})

/** The authenticator; throws `not_found` when it is not there or invisible to the caller. */
export type ShowInstance = (session: Session, place: InstancePlace) => Promise<InstanceView>

export function showInstance(parts: InstanceParts): ShowInstance {
  return async (session, place) => {
    const { graph } = await parts.gate.enter(session)
    return parts.recorder.during(session, instanceDeed('get', place), async () => {
      mustSeeInstance(graph, session, place)
      return instanceView(parts, session, place)
    })
  }
}

/** The authenticator, for a caller who may know that it is there; throws `not_found` when it is gone. */
export async function instanceView(
  parts: InstanceParts,
  session: Session,
  place: InstancePlace,
): Promise<InstanceView> {
  const [view] = await viewsOf(parts, session, [place])
  if (view === undefined) throw noSuchInstance(place)
  return view
}

/** Authenticators with the number of all that there are. */
export interface InstanceList {
  readonly total: number
  readonly instances: readonly InstanceView[]
}

/** The authenticators of an account that the caller sees, of one type or of all, by id. */
export type ListInstances = (
  session: Session,
  account: string,
  query: PageQuery & { readonly type?: AuthenticatorType },
) => Promise<InstanceList>

export function listInstances(parts: InstanceParts): ListInstances {
  return async (session, account, query) => {
    const { graph } = await parts.gate.enter(session)
    const subject = query.type === undefined ? {} : { authenticator: query.type.authenticator }
    const deed: Deed = { kind: 'authenticator', operation: 'list', subject }
    return parts.recorder.during(session, deed, async () => {
      const places = graph
        .visibleTo(session.role, { account, kind: 'webservice' })
        .flatMap((webservice) => placeOf(account, webservice) ?? [])
        .filter(({ type }) => query.type === undefined || type === query.type)
      const { total, items } = pageOf(places, instanceWebservice, query)
      return { total, instances: await viewsOf(parts, session, items) }
    })
  }
}

/**
 * What the caller may know of authenticators, of which it may know that they are there. INVARIANT: a value leaves only to who may `execute` its variable, and
 * after the trail has a record of that, as everywhere.
 */
async function viewsOf(
  parts: InstanceParts,
  session: Session,
  places: readonly InstancePlace[],
): Promise<readonly InstanceView[]> {
  const { gate, store, recorder } = parts
  const variables = places.flatMap(variablesOf)
  const annotations = await store.annotationsOf(places.map(instanceWebservice))
  const passage = await gate.enter(
    session,
    variables.map(({ id }) => ({ resource: id })),
  )
  const values = releasedTo(parts, session, variables, passage)
  await recorder.record(
    Array.from(values.keys(), (resource) =>
      recorder.done(session, { kind: 'fetch', operation: 'fetch', subject: { resource } }),
    ),
  )
  return places.flatMap((place) => {
    const webservice = instanceWebservice(place)
    const row = passage.graph.resource(webservice)
    // Removed since it was chosen: as if it had never been there.
    if (row === undefined) return []
    const view: InstanceView = {
      type: place.type,
      name: place.name,
      enabled: isEnabled(parts.enabled, passage, instanceOf(place)),
      owner: row.owner,
      values: new Map(
        variablesOf(place).flatMap(({ id, variable }) => {
          const value = values.get(id)
          return value === undefined ? [] : [[variable, value] as const]
        }),
      ),
      annotations: annotations.get(webservice) ?? new Map(),
    }
    return [view]
  })
}

/** An instance in the words of the rest of the server. */
const instanceOf = ({ account, type, name }: InstancePlace): Instance => ({
  account,
  type: type.authenticator,
  ...(type.isSingle === true ? {} : { service: name }),
})

interface Variable {
  readonly id: Id
  readonly variable: string
}

const variablesOf = (place: InstancePlace): readonly Variable[] =>
  place.type.fields.map((field) => ({
    id: instanceVariable(place, field),
    variable: field.variable,
  }))

function releasedTo(
  { vault }: InstanceParts,
  session: Session,
  variables: readonly Variable[],
  { graph, values }: Passage,
): ReadonlyMap<Id, string> {
  const released = new Map<Id, string>()
  for (const [index, { id }] of variables.entries()) {
    const found = values[index]
    if (found === undefined || !isAllowedNow(graph, session, 'execute', id)) continue
    released.set(id, openSecret(vault, id, found).toString('utf8'))
  }
  return released
}

/** An authenticator that is not there, or that the caller may not know of. `why` tells them apart for the trail. */
const noSuchInstance = ({ account, name }: InstancePlace, why?: Failure): Failure =>
  new Failure(
    'not_found',
    `Authenticator: ${name} not found in account '${account}'`,
    why === undefined ? {} : { cause: why },
  )

/** Throws like {@link noSuchInstance} unless the caller sees the authenticator's webservice. */
export function mustSeeInstance(graph: RoleGraph, { role }: Session, place: InstancePlace): void {
  const webservice = instanceWebservice(place)
  // A name with a slash in it would be that of another webservice, such as the status of one.
  const isOne = placeOf(place.account, webservice)?.name === place.name
  if (isOne && graph.visible(role, webservice)) return
  throw noSuchInstance(place, whyInvisible(graph, role, webservice))
}
