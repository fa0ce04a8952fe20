import type { Attribute, Verdict } from '#domain/attestation.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import { mustBeFromHere } from './authenticate.ts'
import type { Admitted } from './authenticate.ts'
import type { AuthenticatorSettings, Proof } from './authenticator.ts'
import { instanceName, settingsOf, webserviceOf } from './instance-settings.ts'
import {
  demandsOf,
  findingsOf,
  mustBeInstalled,
  mustBeOpen,
  mustBePermitted,
  mustBeRole,
  mustHold,
  passageFor,
  verdictOn,
} from './recognition.ts'
import type { RecognitionParts } from './recognition.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Origin } from './session.ts'
import type { AccessToken, Tokens } from './tokens.ts'

/** What recognising workloads stands on. */
export interface WorkloadParts extends RecognitionParts {
  readonly recorder: Recorder
  readonly tokens: Tokens
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
  return (proof, origin) =>
    admitWorkload(parts, { operation: 'authenticate', proof, origin }, async (admitted) => {
      const { role, generation, tokenSeconds } = admitted
      const token = await parts.tokens.issue(role, generation, { seconds: tokenSeconds })
      await parts.recorder.record([admitted.event])
      return token
    })
}

/** Who presents a proof, and what they want to do, for the trail. */
export interface Applicant {
  readonly operation: string
  readonly proof: WorkloadProof
  readonly origin: Origin
}

/** A workload that was admitted. */
export interface AdmittedWorkload extends Admitted {
  readonly settings: AuthenticatorSettings
  /** Of the resource of the role. */
  readonly annotations: ReadonlyMap<string, string>
  readonly attributes: readonly Attribute[]
  /** How long its access tokens live, when it is not as usual. */
  readonly tokenSeconds: number | undefined
}

/**
 * What `grant` gives to the role that a proof shows its bearer to be, once every check of {@link AuthenticateWorkload} has passed; it
 * makes the event that it gets durable before it answers. A refusal is recorded here. Throws like {@link AuthenticateWorkload}.
 */
export async function admitWorkload<T>(
  parts: WorkloadParts,
  { operation, proof, origin }: Applicant,
  grant: (admitted: AdmittedWorkload) => Promise<T>,
): Promise<T> {
  const { recorder } = parts
  const who = { account: proof.account, user: 'not-found', origin }
  let deed: Deed = {
    kind: 'authn',
    operation,
    subject: {
      authenticator: proof.type,
      service: `${proof.account}:webservice:conjur/${instanceName(proof)}`,
    },
  }
  let lacksPrivilege = false
  const heard: Hearing = {
    recognised(role) {
      who.user = role
      lacksPrivilege = true
    },
    permitted() {
      lacksPrivilege = false
    },
    judged(verdict) {
      deed = { ...deed, attestation: findingsOf(verdict) }
    },
  }
  try {
    const admitted = await hear(parts, { proof, origin }, heard)
    return await grant({ ...admitted, event: recorder.attempt(who, deed) })
  } catch (error) {
    await recorder.record([recorder.attempt(who, deed, error)])
    throw asRefusal(error, lacksPrivilege)
  }
}

/** Told what is known so far, which the trail tells of a refusal as well. */
interface Hearing {
  recognised(role: Id): void
  permitted(): void
  judged(verdict: Verdict): void
}

async function hear(
  parts: WorkloadParts,
  { proof, origin }: Omit<Applicant, 'operation'>,
  heard: Hearing,
): Promise<Omit<AdmittedWorkload, 'event'>> {
  const authenticator = mustBeInstalled(parts, proof.type)
  const passage = await passageFor(parts, authenticator, proof)
  mustBeOpen(parts, proof, passage)
  const settings = await settingsOf(parts, authenticator, proof, passage)
  const recognised = await authenticator.recognise(
    { ...proof, clientIp: origin.clientIp },
    settings,
  )
  const { graph } = passage
  const { role, tokenSeconds } = recognised
  const generation = mustBeRole(graph, role)
  heard.recognised(role)
  mustBePermitted(graph, role, webserviceOf(proof))
  heard.permitted()
  mustBeFromHere(graph.restrictionOf(role), origin)
  const annotations = await parts.readAnnotations(role)
  const holds = (held: Id): boolean => graph.holds(role, held)
  const demanding = demandsOf(authenticator, proof, settings, { role, annotations, holds })
  const { verdict, attributes } = await verdictOn(recognised, demanding, origin.clientIp)
  heard.judged(verdict)
  mustHold(verdict)
  return { role, generation, settings, annotations, attributes, tokenSeconds }
}

/** What the caller may know of a refusal besides the missing privilege (reference/conjur-api.md 6.1); everything else is 401. */
const TOLD: ReadonlySet<FailureCode> = new Set([
  'unauthorized',
  'bad_request',
  'token_expired',
  'unavailable',
  'unprocessable_entity',
])

/** `forbidden` says of a role that it is there and only the privilege is missing: where that is not so, it is about something else of ours. */
function asRefusal(error: unknown, lacksPrivilege: boolean): unknown {
  if (!(error instanceof Failure) || TOLD.has(error.code)) return error
  if (error.code === 'forbidden' && lacksPrivilege) return error
  return new Failure('unauthorized', error.message, { cause: error })
}
