import type { Change } from '#domain/change.ts'
import { accountOf, identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Mode } from '#policy/compile.ts'
import { planPolicy } from '#policy/plan.ts'
import type { Plan } from '#policy/plan.ts'
import type { ApiKeys } from './credentials.ts'
import { changeDeed } from './change-deed.ts'
import { mustNotReachForeignUsers } from './foreign-users.ts'
import type { Gate } from './gate.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import { mustBeAllowed, notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'
import { sealSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What loading policy stands on. */
export interface PolicyParts {
  readonly gate: Gate
  readonly store: Store
  readonly vault: Vault
  readonly recorder: Recorder
  readonly apiKeys: ApiKeys
  readonly clock: Clock
  readonly newGeneration: () => string
  /** The lower-case hexadecimal SHA-256 of a text. */
  readonly sha256: (text: string) => string
}

/** A policy to be loaded into a branch. */
export interface PolicyLoad {
  /** The policy resource that the text is loaded into. */
  readonly target: Id
  readonly text: string
  readonly mode: Mode
}

/** What a load did. */
export interface PolicyLoaded {
  readonly version: number
  /** The users and hosts that are new, with their API keys: the only time that these are shown. */
  readonly createdRoles: readonly { readonly id: Id; readonly apiKey: string }[]
  readonly warnings: readonly string[]
}

/** How many versions of a policy are kept (reference/conjur-api.md 4.5). */
const KEPT_VERSIONS = 20

/** The privilege that a load needs (reference/conjur-api.md 1.7). */
const PRIVILEGE = { add: 'create', update: 'update', replace: 'update' } as const

/**
 * Loads a policy, all of it or nothing. Loads of one account run one after another. Throws `not_found` when the policy is invisible,
 * `forbidden` without the privilege, `policy_invalid` with every problem and its position, `validation_failed` for an empty text.
 */
export type LoadPolicy = (session: Session, load: PolicyLoad) => Promise<PolicyLoaded>

export function loadPolicy(parts: PolicyParts): LoadPolicy {
  const { gate, store, recorder } = parts
  return async (session, load) => {
    const { graph } = await gate.enter(session)
    const deed = loadOf(load)
    try {
      mustBeLoadable(graph, session, load)
      return await store.change(accountOf(load.target), (transaction) =>
        loadWithin(parts, session, load, transaction),
      )
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** The verbs of a load, as the trail names them. */
const VERB = { add: 'create', update: 'update', replace: 'replace' } as const

const loadOf = ({ target, mode }: PolicyLoad): Deed => ({
  kind: 'policy',
  operation: VERB[mode],
  subject: { resource: target },
})

function mustBeLoadable(graph: RoleGraph, session: Session, { target, mode }: PolicyLoad): void {
  mustBeAllowed(graph, session, PRIVILEGE[mode], target)
  if (mode !== 'replace') return
  const account = accountOf(target)
  const prefix = `${identifierOf(target)}/`
  for (const { id } of graph.resources()) {
    if (accountOf(id) !== account || !identifierOf(id).startsWith(prefix)) continue
    if (!graph.allowed(session.role, 'update', id)) throw notPermitted(session.role, 'update', id)
  }
}

/** Everything that must be decided while nobody else changes the account. */
async function loadWithin(
  parts: PolicyParts,
  session: Session,
  load: PolicyLoad,
  transaction: ChangeTransaction,
): Promise<PolicyLoaded> {
  const startedAt = new Date(parts.clock())
  // The lock may have been waited for: what the load rests on is decided again on a graph that cannot change any more.
  const { graph } = await parts.gate.enter(session)
  mustBeLoadable(graph, session, load)
  const plan = await planOf(graph, session, load, transaction)
  const createdRoles = plan.createdRoles.map((id) => ({ id, apiKey: parts.apiKeys.generate() }))

  await transaction.apply([
    ...plan.changes,
    ...createdRoles.map(({ id }) => firstCredential(parts, id)),
  ])
  await transaction.replaceKeys(
    createdRoles.map(({ id, apiKey }) => ({ role: id, digest: parts.apiKeys.digest(apiKey) })),
  )
  for (const { resource, value } of plan.publicKeys) {
    const bytes = Buffer.from(value, 'utf8')
    // One after the other: they share the transaction's connection.
    // oxlint-disable-next-line no-await-in-loop
    await transaction.addVersion(resource, (version) =>
      sealSecret(parts.vault, resource, version, bytes),
    )
  }
  const version = await transaction.addPolicyVersion(
    {
      policy: load.target,
      role: session.role,
      text: load.text,
      sha256: parts.sha256(load.text),
      clientIp: session.clientIp,
      createdAt: startedAt,
    },
    KEPT_VERSIONS,
  )
  const place = { policy: load.target, version }
  await transaction.record(
    [loadOf(load), ...plan.changes.map(changeDeed)].map((deed) =>
      parts.recorder.done(session, { ...deed, subject: { ...deed.subject, ...place } }),
    ),
  )
  return { version, createdRoles, warnings: plan.warnings }
}

async function planOf(
  graph: RoleGraph,
  session: Session,
  { target, text, mode }: PolicyLoad,
  transaction: ChangeTransaction,
): Promise<Plan> {
  const owner = graph.resource(target)?.owner
  if (owner === undefined) throw new Error(`the policy ${target} vanished under its lock`)
  const desired = compilePolicy({ text, account: accountOf(target), target, owner, mode })
  mustNotReachForeignUsers(graph, session, desired)
  const annotations = await transaction.annotations(target, desired.resources)
  return planPolicy(desired, graph, annotations)
}

const firstCredential = ({ newGeneration }: PolicyParts, role: Id): Change => ({
  op: 'add',
  row: { table: 'credential', role, generation: newGeneration() },
})
