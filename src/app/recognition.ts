import { judge, SOURCE_ADDRESS } from '#domain/attestation.ts'
import type { Attribute, Condition, Verdict } from '#domain/attestation.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { conditionsStated, MAX_CONDITIONS } from '#domain/stated-conditions.ts'
import { batcher } from '#lib/batcher.ts'
import { canonicalAddress } from '#lib/cidr.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { AnnotationStore } from './annotation-store.ts'
import type { AttributeFinding } from './audit.ts'
import type {
  Annotated,
  Authenticator,
  AuthenticatorSettings,
  Recognised,
} from './authenticator.ts'
import type { Gate, Passage } from './gate.ts'
import { instanceName, isEnabled, settingIds, webserviceOf } from './instance-settings.ts'
import type { Instance, ReadAnnotations } from './instance-settings.ts'
import { mayAuthenticate } from './permission.ts'
import type { Vault } from './vault.ts'

/** What recognising anybody by what they are stands on. */
export interface RecognitionParts {
  readonly gate: Gate
  readonly vault: Vault
  readonly readAnnotations: ReadAnnotations
  readonly authenticators: readonly Authenticator[]
  /** The instances that are enabled in every account: `authn-jwt/kube` and the like. */
  readonly enabled: ReadonlySet<string>
}

/** Annotations of one resource at a time, which many ask for at once: those who ask together share a round trip. */
export function sharedAnnotations(store: AnnotationStore): ReadAnnotations {
  const readTogether = async (
    resources: readonly Id[],
  ): Promise<readonly ReadonlyMap<string, string>[]> => {
    const found = await store.annotationsOf(resources)
    return resources.map((resource) => found.get(resource) ?? new Map<string, string>())
  }
  return batcher(readTogether, { perRun: 500, waiting: 20_000, second: 16 })
}

/** The authenticator of a type; throws `unauthorized` when the server has none. */
export function mustBeInstalled(
  { authenticators }: Pick<RecognitionParts, 'authenticators'>,
  type: string,
): Authenticator {
  const authenticator = authenticators.find((candidate) => candidate.type === type)
  if (authenticator !== undefined) return authenticator
  throw refused(`CONJ00001E Authenticator type '${type}' is not supported`)
}

/** A passage that brings the values of the settings of an instance. */
export const passageFor = (
  { gate }: Pick<RecognitionParts, 'gate'>,
  authenticator: Authenticator,
  instance: Instance,
): Promise<Passage> =>
  gate.pass(settingIds(authenticator, instance).map((resource) => ({ resource })))

/** Throws `unauthorized` unless an instance is enabled in its account and has its webservice there. */
export function mustBeOpen(
  { enabled }: Pick<RecognitionParts, 'enabled'>,
  instance: Instance,
  passage: Passage,
): void {
  if (!isEnabled(enabled, passage, instance)) {
    throw refused(`CONJ00004E '${instanceName(instance)}' is not enabled`)
  }
  const webservice = webserviceOf(instance)
  if (passage.graph.resource(webservice) !== undefined) return
  throw refused(`CONJ00005E Webservice '${webservice}' not found`)
}

/** The generation of the credential of a role that can log in; throws `unauthorized` when it is not there or cannot. */
export function mustBeRole(graph: RoleGraph, role: Id): string {
  if (graph.role(role) === undefined) throw refused(`CONJ00007E '${role}' not found`)
  const generation = graph.credential(role)?.generation
  if (generation === undefined) throw refused(`CONJ00007E '${role}' cannot authenticate`)
  return generation
}

/** Throws `forbidden` unless a role may authenticate with the authenticator of a webservice. */
export function mustBePermitted(graph: RoleGraph, role: Id, webservice: Id): void {
  if (mayAuthenticate(graph, role, webservice)) return
  const text = `CONJ00006E '${role}' does not have 'authenticate' privilege on ${webservice}`
  throw new Failure('forbidden', text)
}

/** A role with all that it demands of whoever wants to be it. */
export interface Demanding extends Annotated {
  /** In both spellings, the authenticator's own first. */
  readonly conditions: readonly Condition[]
}

/**
 * What a role demands of whoever wants to be it by way of an instance. Throws like {@link Authenticator.conditions}, and `unauthorized` when
 * it states more than {@link MAX_CONDITIONS}.
 */
export function demandsOf(
  authenticator: Authenticator,
  instance: Instance,
  settings: AuthenticatorSettings,
  role: Omit<Annotated, 'stated'>,
): Demanding {
  const stated = conditionsStated(role.annotations, instanceName(instance))
  // Where somebody is does not tell who it is: no authenticator may be content with that.
  const telling = stated.filter(({ attribute }) => attribute !== SOURCE_ADDRESS)
  const own = authenticator.conditions(instance, settings, { ...role, stated: telling })
  if (stated.length + own.length > MAX_CONDITIONS) {
    throw refused(`CONJ00119E The role states more than ${MAX_CONDITIONS} conditions`)
  }
  return { ...role, stated, conditions: [...own, ...stated] }
}

/** How the conditions of a role come out for whoever presented a proof, from the address `from`; when it is empty, none is known. */
export async function verdictOn(
  recognised: Recognised,
  role: Demanding,
  from = '',
): Promise<{ readonly verdict: Verdict; readonly attributes: readonly Attribute[] }> {
  const told = await recognised.attributes(role, role.conditions)
  const attributes = [...told, ...sourceOf(from)]
  return { verdict: judge(role.conditions, attributes), attributes }
}

const sourceOf = (address: string): readonly Attribute[] =>
  address === ''
    ? []
    : [{ name: SOURCE_ADDRESS, values: [canonicalAddress(address)], source: 'connection' }]

/** The codes of a condition that has none of its own. */
const MISMATCH = 'CONJ00049E'

/** Throws `unauthorized` for the first condition that does not hold, naming the attribute and never its value. */
export function mustHold({ findings }: Verdict): void {
  for (const { condition, outcome, source } of findings) {
    const { attribute, statedBy, codes } = condition
    if (outcome === 'missing') {
      const code = codes?.missing ?? MISMATCH
      throw refused(`${code} Nothing tells ${quoted(attribute)}, which ${quoted(statedBy)} demands`)
    }
    if (outcome === 'failed') {
      const code = codes?.failed ?? MISMATCH
      throw refused(
        `${code} ${quoted(attribute)} from the ${source} is not what ${quoted(statedBy)} demands`,
      )
    }
  }
}

/** How the trail tells a verdict. */
export const findingsOf = (verdict: Verdict): readonly AttributeFinding[] =>
  verdict.findings.map(({ condition, outcome, source, values }) => ({
    attribute: condition.attribute,
    outcome,
    statedBy: condition.statedBy,
    ...(source === '' ? {} : { source }),
    ...(outcome === 'missing' ? {} : { values: values.slice(0, SHOWN).map(shortened) }),
  }))

/** How many values of an attribute the trail tells, and how much of each. */
const SHOWN = 10
const LONGEST = 200

const shortened = (value: string): string =>
  value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value

const refused = (message: string): Failure => new Failure('unauthorized', message)
