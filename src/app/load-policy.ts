import type { Change } from '#domain/change.ts'
import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import type { ApiKeys } from './credentials.ts'
import { changeDeed } from './change-deed.ts'
import type { Gate } from './gate.ts'
import { mustBeLoadable, planLoad } from './policy-plan.ts'
import type { PolicyLoad } from './policy-plan.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
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
  /** How many versions of a policy are kept; 20 unless said otherwise. */
  readonly keptPolicyVersions?: number
  readonly switches?: PolicySwitches
}

/** What a load did. */
export interface PolicyLoaded {
  readonly version: number
  /** The users and hosts that are new, with their API keys: the only time that these are shown. */
  readonly createdRoles: readonly { readonly id: Id; readonly apiKey: string }[]
  readonly warnings: readonly string[]
}

/** How many versions of a policy are kept unless the operator says otherwise (reference/conjur-api.md 4.5). */
const USUAL_VERSIONS = 20

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
  const plan = await planLoad({ graph, session, transaction }, load, parts.switches)
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
    parts.keptPolicyVersions ?? USUAL_VERSIONS,
  )
  const place = { policy: load.target, version }
  await transaction.record(
    [loadOf(load), ...plan.changes.map(changeDeed)].map((deed) =>
      parts.recorder.done(session, { ...deed, subject: { ...deed.subject, ...place } }),
    ),
  )
  return { version, createdRoles, warnings: plan.warnings }
}

const firstCredential = ({ newGeneration }: PolicyParts, role: Id): Change => ({
  op: 'add',
  row: { table: 'credential', role, generation: newGeneration() },
})
