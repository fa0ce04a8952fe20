import { accountOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { AnnotationStore } from './annotation-store.ts'
import { changeDeed } from './change-deed.ts'
import { ISSUER_ANNOTATION, isDynamicVariable } from './dynamic-variable.ts'
import { sealIssuerData } from './issuer-data.ts'
import type { IssuerKind, IssuerKinds } from './issuer-kinds.ts'
import {
  issuerAddition,
  issuerOf,
  issuerPolicy,
  issuersOwner,
  issuersPolicy,
} from './issuer-policy.ts'
import type { IssuerStore, StoredIssuer } from './issuer-store.ts'
import { issuerDeed, kindOfIssuer, noSuchIssuer, viewOf } from './issuers.ts'
import type { IssuerParts, IssuerView } from './issuers.ts'
import { isPermitted, mustNotLackFactor } from './permission.ts'
import { removalOf } from './planned-removal.ts'
import type { Clock, Deed } from './recorder.ts'
import { notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'

/** What changing issuers stands on. */
export interface IssuerChangeParts extends IssuerParts {
  readonly store: Store & AnnotationStore & IssuerStore
  readonly clock: Clock
}

/** An issuer that is to be. */
export interface NewIssuer {
  readonly id: string
  readonly type: string
  /** In seconds. */
  readonly maxTtl: number
  readonly data: ReadonlyMap<string, unknown>
}

/**
 * Makes an issuer, with `create` on the policy of all, which is made where it is missing. Throws `forbidden` without the privilege, alike
 * when that policy is invisible; `malformed` for a kind that there is not, `unprocessable_entity` for data that the kind refuses,
 * `conflict` when there is an issuer of that name, or variables that wait for one.
 */
export type CreateIssuer = (
  session: Session,
  account: string,
  issuer: NewIssuer,
) => Promise<IssuerView>

export function createIssuer(parts: IssuerChangeParts): CreateIssuer {
  return async (session, account, { id, type, maxTtl, data }) => {
    const wish: Wish = {
      session,
      account,
      deed: issuerDeed('add', account, id),
      mustBeAllowed: (graph) => mustMayCreate(graph, session, account),
    }
    return changing(parts, wish, async ({ transaction, graph }) => {
      const kind = kindNamed(parts.kinds, type)
      const read = kind.readData(data)
      const policy = issuerPolicy(account, id)
      await mustBeFree(parts, graph, policy)
      const changes = issuerAddition(graph, account, id)
      await transaction.apply(changes)
      const now = new Date(parts.clock())
      const place = { policy, type: kind.type }
      const sealedData = sealIssuerData(parts.vault, place, read)
      const issuer = { ...place, maxTtl, sealedData, createdAt: now, modifiedAt: now }
      await transaction.putIssuer(issuer)
      return { deeds: changes.map(changeDeed), result: viewOf(parts, issuer) }
    })
  }
}

function kindNamed(kinds: IssuerKinds, type: string): IssuerKind {
  const kind = kinds.get(type.toLowerCase())
  if (kind === undefined) throw new Failure('malformed', 'issuer type is unsupported')
  return kind
}

/** Without the policy of all issuers, whoever would own it may make it, as a load of the root policy would. */
function mustMayCreate(graph: RoleGraph, session: Session, account: string): void {
  const { role } = session
  const all = issuersPolicy(account)
  if (graph.resource(all) !== undefined) {
    if (isPermitted(graph, session, 'create', all)) return
    throw notPermitted(role, 'create', all)
  }
  if (!graph.holds(role, issuersOwner(graph, account))) throw notPermitted(role, 'create', all)
  mustNotLackFactor(graph, session, 'create', rootPolicyOf(account))
}

/** A variable whose issuer is gone must not come to life with the rights of a new one of the same name. */
async function mustBeFree(
  { store }: IssuerChangeParts,
  graph: RoleGraph,
  policy: Id,
): Promise<void> {
  const name = issuerOf(policy)
  if ((await store.issuer(policy)) !== undefined) {
    throw new Failure('conflict', `issuer ${JSON.stringify(name)} already exists`, {
      wire: { target: 'issuer', details: { code: 'conflict', target: 'id', message: name } },
    })
  }
  const [variable] = await variablesOf(store, graph, policy)
  if (variable !== undefined) {
    throw new Failure('conflict', 'Found variables associated with the issuer id')
  }
}

/** The dynamic variables that name an issuer. */
async function variablesOf(
  store: AnnotationStore,
  graph: RoleGraph,
  policy: Id,
): Promise<readonly Id[]> {
  const candidates = graph
    .resources()
    .map(({ id }) => id)
    .filter((id) => accountOf(id) === accountOf(policy) && isDynamicVariable(id))
  const annotations = await store.annotationsOf(candidates)
  const name = issuerOf(policy)
  return candidates.filter((id) => annotations.get(id)?.get(ISSUER_ANNOTATION) === name)
}

/** What is to be otherwise with an issuer. */
export interface IssuerUpdate {
  /** In seconds. */
  readonly maxTtl?: number
  readonly data?: ReadonlyMap<string, unknown>
}

/**
 * Changes an issuer, with `update` on the policy of all. Throws `not_found` alike when that is invisible and when there is no such issuer,
 * `forbidden` without the privilege, `malformed` for a life shorter than it was, which variables may count on, and
 * `unprocessable_entity` for data that its kind refuses.
 */
export type UpdateIssuer = (
  session: Session,
  account: string,
  issuer: string,
  update: IssuerUpdate,
) => Promise<IssuerView>

export function updateIssuer(parts: IssuerChangeParts): UpdateIssuer {
  return async (session, account, issuer, update) =>
    changing(parts, changeOf('update', session, account, issuer), async ({ transaction }) => {
      const before = await mustBeThere(parts, account, issuer)
      const after = updated(parts, before, update)
      await transaction.putIssuer(after)
      return { deeds: [], result: viewOf(parts, after) }
    })
}

function updated(
  { vault, kinds, clock }: IssuerChangeParts,
  before: StoredIssuer,
  { maxTtl = before.maxTtl, data }: IssuerUpdate,
): StoredIssuer {
  if (maxTtl < before.maxTtl) {
    const text = 'The new max_ttl must be equal or higher than the current max_ttl'
    throw new Failure('malformed', text)
  }
  const sealedData =
    data === undefined
      ? before.sealedData
      : sealIssuerData(vault, before, kindOfIssuer(kinds, before).readData(data))
  return { ...before, maxTtl, sealedData, modifiedAt: new Date(clock()) }
}

/** What becomes of the variables of an issuer that is deleted. */
export type DependentVariables = 'delete' | 'keep'

/**
 * Deletes an issuer, with `update` on the policy of all; refused like {@link UpdateIssuer}. Variables that are kept can be read no more, until
 * they name another issuer.
 */
export type DeleteIssuer = (
  session: Session,
  account: string,
  issuer: string,
  variables: DependentVariables,
) => Promise<void>

export function deleteIssuer(parts: IssuerChangeParts): DeleteIssuer {
  return async (session, account, issuer, variables) => {
    const wish = changeOf('remove', session, account, issuer)
    await changing(parts, wish, async ({ transaction, graph }) => {
      const { policy } = await mustBeThere(parts, account, issuer)
      const dependent = variables === 'keep' ? [] : await variablesOf(parts.store, graph, policy)
      const { changes } = removalOf(graph, account, [policy, ...dependent])
      await transaction.apply(changes)
      const removed = dependent.map((id): Deed => ({
        kind: 'variable',
        operation: 'remove',
        subject: { account, issuer, resource_id: id },
      }))
      return { deeds: [...changes.map(changeDeed), ...removed], result: undefined }
    })
  }
}

const changeOf = (operation: string, session: Session, account: string, issuer: string): Wish => ({
  session,
  account,
  deed: issuerDeed(operation, account, issuer),
  mustBeAllowed(graph) {
    const all = issuersPolicy(account)
    const { role } = session
    if (!graph.visible(role, all)) throw noSuchIssuer(issuer, whyInvisible(graph, role, all))
    if (!isPermitted(graph, session, 'update', all)) throw notPermitted(role, 'update', all)
  },
})

async function mustBeThere(
  { store }: IssuerChangeParts,
  account: string,
  issuer: string,
): Promise<StoredIssuer> {
  const found = await store.issuer(issuerPolicy(account, issuer))
  if (found === undefined) throw noSuchIssuer(issuer)
  return found
}

/** Who wants what done, and whether they may. */
interface Wish {
  readonly session: Session
  readonly account: string
  readonly deed: Deed
  readonly mustBeAllowed: (graph: RoleGraph) => void
}

/** A change under way: nothing of the graph can change any more. */
interface Underway {
  readonly transaction: ChangeTransaction
  readonly graph: RoleGraph
}

/** Does `work` under the lock of the account. The deed, those that it consisted of, or its refusal are in the trail before this settles. */
async function changing<T>(
  { gate, store, recorder }: IssuerChangeParts,
  { session, account, deed, mustBeAllowed }: Wish,
  work: (underway: Underway) => Promise<{ readonly deeds: readonly Deed[]; readonly result: T }>,
): Promise<T> {
  const { graph } = await gate.enter(session)
  try {
    mustBeAllowed(graph)
    return await store.change(account, async (transaction) => {
      // The lock may have been waited for, and the privilege be gone.
      const { graph: settled } = await gate.enter(session)
      mustBeAllowed(settled)
      const { deeds, result } = await work({ transaction, graph: settled })
      await transaction.record([deed, ...deeds].map((done) => recorder.done(session, done)))
      return result
    })
  } catch (error) {
    await recorder.record([recorder.refused(session, deed, error)])
    throw error
  }
}
