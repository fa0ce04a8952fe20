import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { effectivePolicy } from '#policy/effective-policy.ts'
import { EffectiveScope } from '#policy/effective-scope.ts'
import { printJson, printYaml } from '#policy/print-policy.ts'
import type { AnnotationStore } from './annotation-store.ts'
import type { Gate } from './gate.ts'
import { mustNotLackFactor } from './permission.ts'
import type { PublicKeyStore } from './public-key-store.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeVisible } from './refusals.ts'
import type { Session } from './session.ts'
import { openSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What fetching policy stands on. */
export interface FetchPolicyParts {
  readonly gate: Gate
  readonly store: AnnotationStore & PublicKeyStore
  readonly vault: Vault
  readonly recorder: Recorder
  /** The most levels below a branch, and the most resources, annotations and permissions, that an answer shows. */
  readonly maxDepth?: number
  readonly maxSize?: number
}

/** The bounds of an answer unless the operator says otherwise (reference/conjur-api.md 7.6). */
const USUAL_DEPTH = 64
const USUAL_SIZE = 100_000

/** Which policy is asked for, and how much of it; numbers as the caller wrote them. */
export interface PolicyQuery {
  readonly target: Id
  readonly form: 'yaml' | 'json'
  readonly depth?: string
  readonly limit?: string
}

/**
 * The policy that is in effect in a branch, as statements that would load what is there (reference/conjur-api.md 1.7): of what lies in
 * the branch, all that the caller can see. Throws `not_found` when the branch is invisible, `forbidden` when the caller does not own it,
 * `mfa_required` when a second factor is missing that the branch demands for `read`,
 * `bad_request` for a depth or a limit out of bounds, `unprocessable_entity` when there is more than the limit.
 */
export type FetchPolicy = (session: Session, query: PolicyQuery) => Promise<string>

export function fetchPolicy(parts: FetchPolicyParts): FetchPolicy {
  const { gate, recorder, maxDepth = USUAL_DEPTH, maxSize = USUAL_SIZE } = parts
  return async (session, query) => {
    const { graph } = await gate.enter(session)
    const { target, form } = query
    const subject = { account: accountOf(target), identifier: identifierOf(target) }
    const deed: Deed = {
      kind: 'policy',
      operation: 'read',
      subject: { ...subject, role_id: session.role },
    }
    return recorder.during(session, deed, async () => {
      mustBeOwned(graph, session, target)
      const depth = numberIn('depth', query.depth, maxDepth)
      const limit = numberIn('limit', query.limit, maxSize)
      const scope = scopeOf(graph, session, target, depth)
      const texts = await textsOf(parts, scope)
      mustFit(limit, rowsIn(graph, scope) + texts.size)
      const statements = effectivePolicy(scope, texts)
      return form === 'json' ? printJson(statements) : printYaml(statements)
    })
  }
}

function mustBeOwned(graph: RoleGraph, session: Session, target: Id): void {
  mustBeVisible(graph, session, target)
  const owner = graph.resource(target)?.owner
  if (owner === undefined || !graph.holds(session.role, owner)) {
    throw new Failure('forbidden', `${session.role} does not hold ${owner}, which owns ${target}`)
  }
  mustNotLackFactor(graph, session, 'read', target)
}

function numberIn(name: string, digits: string | undefined, most: number): number {
  if (digits === undefined) return most
  const number = /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN
  if (number <= most) return number
  throw new Failure('bad_request', `${name} is not a whole number from 0 to ${most}`)
}

function mustFit(limit: number, size: number): void {
  if (size <= limit) return
  const text = `CONJ00164E Policy max allowed 'limit' = ${limit} exceeded. Value for policy is: ${size}`
  throw new Failure('unprocessable_entity', text)
}

function scopeOf(graph: RoleGraph, session: Session, target: Id, depth: number): EffectiveScope {
  const account = accountOf(target)
  const mayKnowOf = (policy: Id | undefined): boolean =>
    policy !== undefined && graph.visible(session.role, policy)
  return new EffectiveScope({
    account,
    target,
    depth,
    world: graph,
    visible: graph.visibleTo(session.role, { account }),
    bareRoles: graph.rolesWithoutResource(account).filter(({ policy }) => mayKnowOf(policy)),
  })
}

/** How many resources there are in a scope, and permissions on them. */
const rowsIn = (graph: RoleGraph, { resources }: EffectiveScope): number =>
  resources.reduce((sum, id) => sum + 1 + graph.permissionsOn(id).length, 0)

/** What the graph does not hold: annotations, of which there are `size`, and the values of public keys. */
interface Texts {
  readonly size: number
  readonly annotationsOf: (resource: Id) => ReadonlyMap<string, string>
  readonly publicKeyOf: (resource: Id) => string | undefined
}

const NO_ANNOTATIONS: ReadonlyMap<string, string> = new Map()

async function textsOf(
  { store, vault }: FetchPolicyParts,
  { input, resources, publicKeys }: EffectiveScope,
): Promise<Texts> {
  const hasUsers = resources.some((id) => kindOf(id) === 'user')
  const [annotations, stored] = await Promise.all([
    store.annotationsOf(resources),
    hasUsers && publicKeys.length > 0 ? store.publicKeys(input.account, 'user/') : [],
  ])
  const visible = new Set(publicKeys)
  const keys = new Map(
    stored
      .filter(({ resource }) => visible.has(resource))
      .map((key) => [key.resource, openSecret(vault, key.resource, key).toString('utf8')]),
  )
  return {
    size: [...annotations.values()].reduce((sum, { size }) => sum + size, 0),
    annotationsOf: (resource) => annotations.get(resource) ?? NO_ANNOTATIONS,
    publicKeyOf: (resource) => keys.get(resource),
  }
}
