import type { Change } from '#domain/change.ts'
import { accountOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { containsAddress } from '#lib/cidr.ts'
import { Failure } from '#lib/failure.ts'
import { API_KEY_ANNOTATION, NO_API_KEY } from '#policy/switches.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import { MANAGEMENT } from './account-management.ts'
import { ownership } from './accounts.ts'
import { changeDeed } from './change-deed.ts'
import type { HostFactoryToken } from './host-factory-store.ts'
import type { HostFactoryParts } from './host-factory-tokens.ts'
import { layersOf } from './host-factory.ts'
import type { Deed } from './recorder.ts'
import { noSuchResource } from './refusals.ts'
import { mustBeReadable } from './readable-demands.ts'
import { resourceViews } from './resources.ts'
import type { ResourceView } from './resources.ts'
import type { Origin } from './session.ts'

/** What making hosts stands on. */
export interface CreateHostParts extends HostFactoryParts {
  /** A generation that no token carries yet. */
  readonly newGeneration: () => string
  /** Hosts that a policy may not declare, a factory may not make. */
  readonly switches: PolicySwitches
}

/** A host that somebody wants from a factory. */
export interface HostOrder {
  /** Its whole identifier: the policy of the factory is not put before it. */
  readonly id: string | undefined
  readonly annotations: ReadonlyMap<string, string>
}

/** A host with its API key: the only time that it is shown. */
export interface CreatedHost {
  readonly host: ResourceView
  readonly apiKey: string
}

/**
 * Makes a host for the bearer of a host factory token: the factory owns it, and it joins the layers of the factory. A host that this
 * factory owns already gets a new API key, which ends its old one and all its tokens, and is otherwise left as it is. Throws
 * `unauthorized` alike without a token, for one that is unknown, expired or used up and from an address where it is not good;
 * `forbidden` for a host of somebody else, `parameter_missing` without an id, `argument_error` for one that no factory may make. A
 * request that fails does not count as a use of the token.
 */
export type CreateHost = (
  token: string | undefined,
  origin: Origin,
  order: HostOrder,
) => Promise<CreatedHost>

export function createHost(parts: CreateHostParts): CreateHost {
  const { store, recorder, apiKeys, clock } = parts
  return async (token, origin, order) => {
    const digest = apiKeys.digest(token ?? '')
    const found = await store.hostFactoryToken(digest)
    const who = {
      // Whoever has no token of ours is of no account, and is recorded above all of them.
      account: found === undefined ? MANAGEMENT : accountOf(found.factory),
      user: found?.factory ?? 'not-found',
      origin,
    }
    let deed = creationOf(found?.factory)
    let made
    try {
      const { factory } = mustBeGood(found, origin, clock())
      const host = hostOf(accountOf(factory), order.id)
      deed = creationOf(factory, host)
      const apiKey = apiKeys.generate()
      await store.change(accountOf(factory), async (transaction) => {
        // Others may have used it up meanwhile, or it was revoked.
        if (!(await transaction.spendHostFactoryToken(digest))) throw notGood()
        const changes = await changesFor(parts, factory, host, order.annotations)
        await transaction.apply(changes)
        await transaction.replaceKeys([{ role: host, digest: apiKeys.digest(apiKey) }])
        await transaction.record(
          [deed, ...changes.map(changeDeed)].map((done) => recorder.attempt(who, done)),
        )
      })
      made = { factory, host, apiKey }
    } catch (error) {
      await recorder.record([recorder.attempt(who, deed, error)])
      throw error
    }
    return { host: await viewOf(parts, made.host), apiKey: made.apiKey }
  }
}

const creationOf = (factory?: Id, host?: Id): Deed => ({
  kind: 'host-factory',
  operation: 'create-host',
  subject: {
    ...(factory === undefined ? {} : { resource: factory }),
    ...(host === undefined ? {} : { role: host }),
  },
})

const notGood = (): Failure =>
  new Failure('unauthorized', 'the host factory token is unknown, revoked or used up')

/** Throws `unauthorized`; the trail alone learns why. */
function mustBeGood(
  token: HostFactoryToken | undefined,
  { clientIp }: Origin,
  now: number,
): HostFactoryToken {
  if (token === undefined) {
    throw notGood()
  }
  if (token.expiresAt.getTime() <= now) {
    throw new Failure('unauthorized', 'the host factory token has expired')
  }
  if (token.cidrs.length > 0 && !containsAddress(token.cidrs, clientIp)) {
    throw new Failure('unauthorized', 'the host factory token may not be used from this address')
  }
  return token
}

/**
 * The host of an identifier. What is below `conjur/` is the server's own, and a path with empty, `.` or `..` segments would be
 * something else to whoever reads it as one (attack `kind-confusion`).
 */
function hostOf(account: string, id = ''): Id {
  if (id === '') throw new Failure('parameter_missing', 'id is missing')
  const [first, ...rest] = id.split('/')
  const isReserved = first === 'conjur' && rest.length > 0
  if (isReserved || [first, ...rest].some((segment) => /^\.{0,2}$/.test(segment ?? ''))) {
    throw new Failure('argument_error', `Invalid id: ${id.slice(0, 80)}`)
  }
  return makeId(account, 'host', id)
}

/** What makes the host, or makes it anew, while nobody else changes the account. */
async function changesFor(
  { gate, newGeneration, switches }: CreateHostParts,
  factory: Id,
  host: Id,
  annotations: HostOrder['annotations'],
): Promise<readonly Change[]> {
  const { graph } = await gate.pass()
  const row = { table: 'credential', role: host, generation: newGeneration() } as const
  if (isKnown(graph, factory, host)) return [{ op: 'change', row }]
  mustBeReadable(annotations)
  mustAskForKey(switches, annotations)
  return [
    { op: 'add', row: { table: 'role', id: host } },
    { op: 'add', row: { table: 'resource', id: host, owner: factory } },
    ownership(host, factory),
    ...layersOf(graph, factory).map((layer) => membership(layer, host)),
    ...[...annotations].map(([name, value]) => annotation(host, name, value)),
    { op: 'add', row },
  ]
}

/** Whether the factory owns the host already; throws `forbidden` when the name is somebody else's. */
function isKnown(graph: RoleGraph, factory: Id, host: Id): boolean {
  const resource = graph.resource(host)
  if (resource === undefined && graph.role(host) === undefined) return false
  if (resource?.owner === factory && graph.role(host) !== undefined) return true
  throw new Failure('forbidden', `${host} is not a host of ${factory}`)
}

function mustAskForKey(
  { apiKeyByAnnotationOnly = false }: PolicySwitches,
  annotations: HostOrder['annotations'],
): void {
  if (!apiKeyByAnnotationOnly || annotations.get(API_KEY_ANNOTATION) === 'true') return
  throw new Failure('unprocessable_entity', NO_API_KEY)
}

const membership = (role: Id, member: Id): Change => ({
  op: 'add',
  row: { table: 'membership', role, member, ownership: false, admin: false },
})

const annotation = (resource: Id, name: string, value: string): Change => ({
  op: 'add',
  row: { table: 'annotation', resource, name, value },
})

/** Whoever has a token of a factory has no other rights, and needs none to see a host. */
const mayNothing = (): boolean => false

async function viewOf({ gate, store }: CreateHostParts, host: Id): Promise<ResourceView> {
  const { graph } = await gate.pass()
  const [view] = await resourceViews(graph, store, mayNothing, [host])
  // Deleted by another in the same moment.
  if (view === undefined) throw noSuchResource(host)
  return view
}
