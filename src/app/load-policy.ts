import type { Change } from '#domain/change.ts'
import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Plan } from '#policy/plan.ts'
import type { ApiKeys } from './credentials.ts'
import { changeDeed } from './change-deed.ts'
import type { Gate } from './gate.ts'
import { mustBeLoadable, planLoad, readable } from './policy-plan.ts'
import type { PlanRules, PolicyLoad, ReadableLoad } from './policy-plan.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'
import { holdsValue, sealSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What loading policy stands on. */
export interface PolicyParts extends PlanRules {
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
      const asked = readable(load, parts)
      await asked.read(graph)
      return await store.change(accountOf(load.target), (transaction) =>
        loadWithin(parts, session, asked, transaction),
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
  load: ReadableLoad,
  transaction: ChangeTransaction,
): Promise<PolicyLoaded> {
  const startedAt = new Date(parts.clock())
  // The lock may have been waited for: what the load rests on is decided again on a graph that cannot change any more.
  const { graph } = await parts.gate.enter(session)
  mustBeLoadable(graph, session, load)
  const plan = await planLoad({ graph, session, transaction }, load, parts)
  const createdRoles = plan.createdRoles.map((id) => ({ id, apiKey: parts.apiKeys.generate() }))

  await transaction.apply([
    ...plan.changes,
    ...createdRoles.map(({ id }) => firstCredential(parts, id)),
  ])
  await transaction.replaceKeys(
    createdRoles.map(({ id, apiKey }) => ({ role: id, digest: parts.apiKeys.digest(apiKey) })),
  )
  await storePublicKeys(parts, plan, transaction)
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
  await recordLoad(parts, session, { load, version, changes: plan.changes }, transaction)
  return { version, createdRoles, warnings: plan.warnings }
}

/** Stores the keys that are not stored already (reference/conjur-api.md 4.2). */
async function storePublicKeys(
  { vault }: PolicyParts,
  { publicKeys }: Plan,
  transaction: ChangeTransaction,
): Promise<void> {
  for (const { resource, value } of publicKeys) {
    const bytes = Buffer.from(value, 'utf8')
    /* oxlint-disable no-await-in-loop -- they share the transaction's connection */
    const latest = await transaction.latest(resource)
    if (latest !== undefined && holdsValue(vault, resource, latest, bytes)) continue
    await transaction.addVersion(resource, (version) => sealSecret(vault, resource, version, bytes))
    /* oxlint-enable no-await-in-loop */
  }
}

/** So many records are made and sent at a time: printing them all at once would hold up everybody else. */
const RECORDED = 2000

interface Loaded {
  readonly load: PolicyLoad
  readonly version: number
  readonly changes: readonly Change[]
}

/** Records the load and every row that it changed. */
async function recordLoad(
  { recorder }: PolicyParts,
  session: Session,
  { load, version, changes }: Loaded,
  transaction: ChangeTransaction,
): Promise<void> {
  const place = { policy: load.target, version }
  const record = (deeds: readonly Deed[]): Promise<void> =>
    transaction.record(
      deeds.map(({ subject, ...deed }) =>
        recorder.done(session, { ...deed, subject: { ...subject, ...place } }),
      ),
    )
  await record([loadOf(load)])
  for (let start = 0; start < changes.length; start += RECORDED) {
    // oxlint-disable-next-line no-await-in-loop -- they share the transaction's connection
    await record(changes.slice(start, start + RECORDED).map(changeDeed))
  }
}

const firstCredential = ({ newGeneration }: PolicyParts, role: Id): Change => ({
  op: 'add',
  row: { table: 'credential', role, generation: newGeneration() },
})
