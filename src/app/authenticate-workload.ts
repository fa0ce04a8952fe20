import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import { mustBeFromHere } from './authenticate.ts'
import type { Authenticator, Proof } from './authenticator.ts'
import type { Gate } from './gate.ts'
import { isEnabled, settingIds, settingsOf, webserviceOf } from './instance-settings.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Origin } from './session.ts'
import type { Store } from './store.ts'
import type { AccessToken, Tokens } from './tokens.ts'
import type { Vault } from './vault.ts'

/** What recognising workloads stands on. */
export interface WorkloadParts {
  readonly gate: Gate
  readonly store: Store
  readonly vault: Vault
  readonly recorder: Recorder
  readonly tokens: Tokens
  readonly authenticators: readonly Authenticator[]
  /** The instances that are enabled in every account: `authn-jwt/kube` and the like. */
  readonly enabled: ReadonlySet<string>
}

/** A proof for an authenticator of `type`. */
export interface WorkloadProof extends Omit<Proof, 'clientIp'> {
  readonly type: string
}

/**
 * An access token for a workload that is recognised by what it is, in the order of reference/conjur-api.md 6.4: the instance is
 * enabled, the proof is genuine, the role exists and may `authenticate`, it comes from where it may, and its annotations agree.
 * Throws `forbidden` when only the privilege is missing, `bad_request` without a proof, `token_expired`, `unavailable` when the
 * provider is overloaded, and `unauthorized` alike for everything else. The outcome is in the trail before it is known outside.
 */
export type AuthenticateWorkload = (proof: WorkloadProof, origin: Origin) => Promise<AccessToken>

export function authenticateWorkload(parts: WorkloadParts): AuthenticateWorkload {
  return async (proof, origin) => {
    const { account, type, service } = proof
    const instance = `${type}/${service}`
    const deed: Deed = {
      kind: 'authn',
      operation: 'authenticate',
      subject: { authenticator: type, service: `${account}:webservice:conjur/${instance}` },
    }
    let user: string = 'not-found'
    try {
      const recognition = await recognise(parts, proof, origin)
      user = recognition.role
      const generation = await recognition.confirmed()
      const token = await parts.tokens.issue(recognition.role, generation)
      await parts.recorder.record([parts.recorder.attempt({ account, user, origin }, deed)])
      return token
    } catch (error) {
      await parts.recorder.record([parts.recorder.attempt({ account, user, origin }, deed, error)])
      throw asRefusal(error)
    }
  }
}

/** Who it is, and the rest of the checks, which need the role. */
interface Recognition {
  readonly role: Id
  /** Resolves to the generation of the role's credential once every check has passed. */
  confirmed(): Promise<string>
}

async function recognise(
  parts: WorkloadParts,
  proof: WorkloadProof,
  origin: Origin,
): Promise<Recognition> {
  const authenticator = mustBeInstalled(parts, proof)
  const passage = await parts.gate.pass(
    settingIds(authenticator, proof).map((resource) => ({ resource })),
  )
  if (!isEnabled(parts.enabled, passage, proof)) {
    throw new Failure('unauthorized', `CONJ00004E '${proof.type}/${proof.service}' is not enabled`)
  }
  const webservice = webserviceOf(proof)
  if (passage.graph.resource(webservice) === undefined) {
    throw new Failure('unauthorized', `CONJ00005E Webservice '${webservice}' not found`)
  }
  const settings = settingsOf(parts.vault, authenticator, proof, passage)
  const recognised = await authenticator.recognise(
    { ...proof, clientIp: origin.clientIp },
    settings,
  )
  const { role } = recognised
  const { graph } = passage
  if (graph.role(role) === undefined) {
    throw new Failure('unauthorized', `CONJ00007E '${role}' not found`)
  }
  return {
    role,
    async confirmed() {
      mustBePermitted(graph, role, webservice)
      mustBeFromHere(graph.restrictionOf(role), origin)
      recognised.confirm(await parts.store.annotations(role))
      const generation = graph.credential(role)?.generation
      if (generation === undefined) {
        throw new Failure('unauthorized', `CONJ00007E '${role}' cannot authenticate`)
      }
      return generation
    },
  }
}

function mustBeInstalled(
  { authenticators }: WorkloadParts,
  { type }: WorkloadProof,
): Authenticator {
  const authenticator = authenticators.find((candidate) => candidate.type === type)
  if (authenticator !== undefined) return authenticator
  throw new Failure('unauthorized', `CONJ00001E Authenticator type '${type}' is not supported`)
}

function mustBePermitted(graph: RoleGraph, role: Id, webservice: Id): void {
  if (graph.allowed(role, 'authenticate', webservice)) return
  const text = `CONJ00006E '${role}' does not have 'authenticate' privilege on ${webservice}`
  throw new Failure('forbidden', text)
}

/** What the caller may know of a refusal (reference/conjur-api.md 6.1); everything else is 401. */
const TOLD: ReadonlySet<FailureCode> = new Set([
  'unauthorized',
  'forbidden',
  'bad_request',
  'token_expired',
  'unavailable',
])

function asRefusal(error: unknown): unknown {
  if (!(error instanceof Failure) || TOLD.has(error.code)) return error
  return new Failure('unauthorized', error.message, { cause: error })
}
