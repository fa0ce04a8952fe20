import { SOURCE_ADDRESS } from '#domain/attestation.ts'
import type { Attribute, Condition, Verdict } from '#domain/attestation.ts'
import { accountOf, identifierOf, loginOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { isAddress } from '#lib/cidr.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { mustBeFromHere } from './authenticate.ts'
import type { Authenticator, AuthenticatorSettings, Proof, Recognised } from './authenticator.ts'
import { carryOut } from './check-steps.ts'
import type { CheckResult, CheckStep } from './check-steps.ts'
import type { Passage } from './gate.ts'
import { settingIds, settingsOf, webserviceOf } from './instance-settings.ts'
import type { Instance } from './instance-settings.ts'
import {
  demandsOf,
  findingsOf,
  mustBeInstalled,
  mustBeOpen,
  mustBePermitted,
  mustBeRole,
  mustHold,
  verdictOn,
} from './recognition.ts'
import type { Demanding, RecognitionParts } from './recognition.ts'
import { isAllowedNow, isPermitted } from './permission.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeVisible, notPermitted } from './refusals.ts'
import type { Session } from './session.ts'

/** A question whether a role would be recognised, and why not. */
export interface RecognitionQuestion {
  readonly instance: Instance
  readonly role: Id
  /** The body with which somebody would authenticate as it; without one it is told what would be looked at. */
  readonly proof?: Uint8Array
  /** The address from which they would; without one, nothing is held against that. */
  readonly from?: string
}

/** One thing that a role demands, and how it came out; `unknown` when there is no proof, or no address, that it could be held against. */
export interface ExplainedCondition {
  readonly condition: Condition
  readonly outcome: 'passed' | 'failed' | 'missing' | 'unknown'
  readonly source: string
  readonly values: readonly string[]
}

/** What becomes of a login, step by step in its order. */
export interface RecognitionExplanation {
  /**
   * Whether the role would get a token: from the address of the question, or wherever it may come from. `unproven` when nothing is wrong so
   * far and there is no proof.
   */
  readonly outcome: 'recognised' | 'refused' | 'unproven'
  readonly checks: readonly CheckResult[]
  readonly conditions: readonly ExplainedCondition[]
  /** Everything that is known of whoever presented the proof. */
  readonly attributes: readonly Attribute[]
}

/**
 * Goes through a login without one: tells which step fails, and of each attribute what is demanded and what was found. It needs `read` on the
 * webservice `status` of the authenticator, or `update` on its own. Throws `not_found` for an authenticator or a role that the caller
 * cannot see, `forbidden` without the privilege, `argument_error` for an address that is none. Nothing of a proof but the attributes is told or kept.
 */
export type ExplainAuthentication = (
  session: Session,
  question: RecognitionQuestion,
) => Promise<RecognitionExplanation>

export function explainAuthentication(
  parts: RecognitionParts & { readonly recorder: Recorder },
): ExplainAuthentication {
  return async (session, question) => {
    const { gate, recorder, authenticators } = parts
    const { instance, role } = question
    const known = authenticators.find(({ type }) => type === instance.type)
    const wants = (known === undefined ? [] : settingIds(known, instance)).map((resource) => ({
      resource,
    }))
    const passage = await gate.enter(session, wants)
    const subject = { authenticator: instance.type, service: webserviceOf(instance), role }
    let deed: Deed = { kind: 'authn', operation: 'explain', subject }
    try {
      mustBeAsked(passage.graph, session, question)
      mustBeAddress(question.from)
      const walk: Walk = {}
      const { checks, failed } = await carryOut(stepsOf(parts, question, passage, walk))
      if (walk.verdict !== undefined) {
        deed = { ...deed, attestation: findingsOf(walk.verdict) }
      }
      await recorder.record([
        failed === undefined
          ? recorder.done(session, deed)
          : recorder.refused(session, deed, failed.error),
      ])
      const whenGood = question.proof === undefined ? 'unproven' : 'recognised'
      return {
        outcome: failed === undefined ? whenGood : 'refused',
        checks,
        conditions: conditionsIn(walk),
        attributes: walk.attributes ?? [],
      }
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** Throws unless the caller may ask this question. */
function mustBeAsked(
  graph: RoleGraph,
  session: Session,
  { instance, role }: RecognitionQuestion,
): void {
  const webservice = webserviceOf(instance)
  const status = makeId(accountOf(webservice), 'webservice', `${identifierOf(webservice)}/status`)
  mustBeVisible(graph, session, webservice)
  // One of the two is enough: a factor that the first demands is not asked for as long as the second does.
  const mayAsk =
    isAllowedNow(graph, session, 'read', status) ||
    isPermitted(graph, session, 'update', webservice) ||
    isPermitted(graph, session, 'read', status)
  if (!mayAsk) throw notPermitted(session.role, 'read', status)
  mustBeVisible(graph, session, role)
}

function mustBeAddress(from: string | undefined): void {
  if (from === undefined || isAddress(from)) return
  throw new Failure('argument_error', `${quoted(from)} is not an IP address`)
}

/** How far a walk has come. */
interface Walk {
  authenticator?: Authenticator
  settings?: AuthenticatorSettings
  demands?: Demanding
  recognised?: Recognised
  attributes?: readonly Attribute[]
  verdict?: Verdict
}

/** The steps of a login; each leaves in `walk` what those after it need. */
function stepsOf(
  parts: RecognitionParts,
  question: RecognitionQuestion,
  passage: Passage,
  walk: Walk,
): readonly CheckStep[] {
  const { instance, role, proof, from } = question
  const { graph } = passage
  const steps: readonly CheckStep[] = [
    {
      name: 'instance',
      async run() {
        walk.authenticator = mustBeInstalled(parts, instance.type)
        mustBeOpen(parts, instance, passage)
        walk.settings = await settingsOf(parts, walk.authenticator, instance, passage)
      },
    },
    { name: 'role', run: () => void mustBeRole(graph, role) },
    {
      name: 'privilege',
      hint: 'grant the role a group that may authenticate on the webservice',
      run: () => mustBePermitted(graph, role, webserviceOf(instance)),
    },
    ...(from === undefined ? [] : [addressStep(graph.restrictionOf(role), from)]),
    {
      name: 'conditions',
      hint: 'annotate the role with what it must be',
      async run() {
        const annotations = await parts.readAnnotations(role)
        const { authenticator, settings } = mustHaveStarted(walk)
        const holds = (held: Id): boolean => graph.holds(role, held)
        walk.demands = demandsOf(authenticator, instance, settings, { role, annotations, holds })
      },
    },
  ]
  return proof === undefined ? steps : [...steps, ...proofSteps({ ...question, proof }, walk)]
}

const addressStep = (restriction: readonly string[], from: string): CheckStep => ({
  name: 'address',
  hint: 'add the address to restricted_to of the role, or ask about one that is there',
  run: () => mustBeFromHere(restriction, { clientIp: from, request: '' }),
})

function proofSteps(
  { instance, role, proof, from }: RecognitionQuestion & { readonly proof: Uint8Array },
  walk: Walk,
): readonly CheckStep[] {
  return [
    {
      name: 'proof',
      async run() {
        const { authenticator, settings } = mustHaveStarted(walk)
        const isNamed = authenticator.namedBy(settings) === 'request'
        walk.recognised = await authenticator.recognise(
          {
            ...instance,
            ...(isNamed ? { login: loginOf(role) } : {}),
            ...presented(authenticator, proof),
            clientIp: from ?? '',
          },
          settings,
        )
      },
    },
    {
      name: 'identity',
      hint: 'ask about the role that the proof names',
      run() {
        if (walk.recognised?.role === role) return
        const named = quoted(walk.recognised?.role ?? '')
        throw new Failure('unauthorized', `CONJ00007E the proof is one of ${named}`)
      },
    },
    {
      name: 'attributes',
      async run() {
        const { recognised, demands } = walk
        if (recognised === undefined || demands === undefined) throw new Error('out of order')
        const asked = from === undefined ? anywhere(demands) : demands
        const { verdict, attributes } = await verdictOn(recognised, asked, from)
        walk.verdict = verdict
        walk.attributes = attributes
        mustHold(verdict)
      },
    },
  ]
}

/** A role without what it demands of where somebody is. */
const anywhere = (role: Demanding): Demanding => ({
  ...role,
  conditions: role.conditions.filter(({ attribute }) => attribute !== SOURCE_ADDRESS),
})

/** What somebody would present: the body of a request, or what the connection would bring, in PEM. */
const presented = (
  { provenBy }: Authenticator,
  proof: Uint8Array,
): Pick<Proof, 'body' | 'certificates'> =>
  provenBy === undefined
    ? { body: proof }
    : {
        body: new Uint8Array(),
        certificates: certificatesIn(Buffer.from(proof).toString('latin1')),
      }

const PEM = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g

const certificatesIn = (text: string): readonly Uint8Array[] =>
  Array.from(text.matchAll(PEM), ([, base64 = '']) => Buffer.from(base64, 'base64'))

function mustHaveStarted({
  authenticator,
  settings,
}: Walk): Required<Pick<Walk, 'authenticator' | 'settings'>> {
  if (authenticator !== undefined && settings !== undefined) return { authenticator, settings }
  throw new Error('the steps of a walk are out of order')
}

const conditionsIn = ({ verdict, demands }: Walk): readonly ExplainedCondition[] =>
  (demands?.conditions ?? []).map(
    (condition) =>
      verdict?.findings.find((finding) => finding.condition === condition) ?? {
        condition,
        outcome: 'unknown',
        source: '',
        values: [],
      },
  )
