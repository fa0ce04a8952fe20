import { accountOf, identifierOf, makeId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { Authenticator } from './authenticator.ts'
import { carryOut } from './check-steps.ts'
import type { CheckResult, CheckStep, Outcome } from './check-steps.ts'
import type { Passage } from './gate.ts'
import {
  declaredValues,
  instanceName,
  isEnabled,
  mustHaveShapes,
  settingIds,
  settingsOf,
  webserviceOf,
} from './instance-settings.ts'
import type { Instance } from './instance-settings.ts'
import { isAllowedNow, isPermitted } from './permission.ts'
import type { RecognitionParts } from './recognition.ts'
import type { Recorder } from './recorder.ts'
import { notPermitted } from './refusals.ts'
import type { Session } from './session.ts'

/** What telling the status of an authenticator stands on. */
export type StatusParts = RecognitionParts & { readonly recorder: Recorder }

/** How an authenticator is: `not_found`, `not_implemented` and `forbidden` tell why it was not looked into. */
export interface StatusReport {
  readonly verdict: 'ok' | 'not_found' | 'not_implemented' | 'forbidden' | 'broken'
  readonly checks: readonly CheckResult[]
}

/**
 * Whether an authenticator could recognise anybody, by everything that can be checked without a proof, in the order of
 * reference/conjur-api.md 6.2. It is told to roles that may `read` the webservice `status` below the authenticator's own.
 */
export type AuthenticatorStatus = (session: Session, instance: Instance) => Promise<StatusReport>

export function authenticatorStatus(parts: StatusParts): AuthenticatorStatus {
  const { gate, recorder, authenticators } = parts
  return async (session, instance) => {
    const authenticator = authenticators.find(({ type }) => type === instance.type)
    const ids = authenticator === undefined ? [] : settingIds(authenticator, instance)
    const passage = await gate.enter(
      session,
      ids.map((resource) => ({ resource })),
    )
    const question = { session, instance, authenticator, passage }
    const common = await carryOut(commonSteps(parts, question))
    // The values are looked into for nobody who may not ask.
    const own = common.failed === undefined ? await carryOut(await ownSteps(parts, question)) : OPEN
    const { step: failed, error } = common.failed ?? own.failed ?? {}
    const report: StatusReport = {
      verdict: failed?.verdict ?? 'ok',
      checks: [...common.checks, ...own.checks],
    }
    const subject = { authenticator: instance.type, service: webserviceOf(instance) }
    const deed = { kind: 'authn', operation: 'validate-status', subject } as const
    await recorder.record([
      error === undefined ? recorder.done(session, deed) : recorder.refused(session, deed, error),
    ])
    // No word on the authenticator: whoever asks is told what they lack like everywhere else.
    if (error?.code === 'mfa_required') throw error
    return report
  }
}

/** A step, and what it means when it fails. */
interface Step extends CheckStep {
  readonly verdict: Exclude<StatusReport['verdict'], 'ok'>
  readonly hint: string
}

/** Nothing was looked at, and so nothing is wrong. */
const OPEN: Outcome<Step> = { checks: [] }

interface Question {
  readonly session: Session
  readonly instance: Instance
  readonly authenticator: Authenticator | undefined
  readonly passage: Passage
}

/** The type `authn`, which is no {@link Authenticator}: it looks at API keys, which need no configuration. */
const API_KEYS = 'authn'

function commonSteps(parts: StatusParts, question: Question): readonly Step[] {
  const { session, instance, authenticator, passage } = question
  const { graph } = passage
  return [
    step('type', 'not_found', 'use a type that GET /authenticators lists as installed', () => {
      mustBeInstalled(question)
    }),
    step('status', 'not_implemented', 'authenticate instead: that shows whether it works', () => {
      if (authenticator?.checks === undefined) {
        throw refused(
          `CONJ00056E Status check is not implemented for authenticator '${instance.type}'`,
        )
      }
    }),
    step(
      'access',
      'forbidden',
      "declare a webservice `status` in the authenticator's policy and permit the role to read it",
      () => mustBeReader(graph, session, instance),
    ),
    step('webservice', 'not_found', "declare a webservice in the authenticator's policy", () => {
      mustBeThere(graph, webserviceOf(instance))
    }),
    step(
      'enabled',
      'broken',
      `run \`strongroom authenticator enable -i ${instanceName(instance)}\``,
      () => {
        if (!isEnabled(parts.enabled, passage, instance)) {
          throw refused(`CONJ00004E '${instanceName(instance)}' is not enabled`)
        }
      },
    ),
  ]
}

async function ownSteps(
  parts: StatusParts,
  { instance, authenticator, passage }: Question,
): Promise<readonly Step[]> {
  if (authenticator?.checks === undefined) return []
  const settings = await settingsOf(parts, authenticator, instance, passage)
  const own = authenticator.checks(instance, settings)
  return [
    step('values', 'broken', 'set the variable that is named, or remove it from the policy', () => {
      mustHaveShapes(authenticator, instance, declaredValues(authenticator, instance, settings))
    }),
    ...own.map((check): Step => ({ ...check, verdict: 'broken' })),
  ]
}

const step = (name: string, verdict: Step['verdict'], hint: string, run: Step['run']): Step => ({
  name,
  verdict,
  hint,
  run,
})

const refused = (message: string, options?: ErrorOptions): Failure =>
  new Failure('unauthorized', message, options)

function mustBeInstalled({ authenticator, instance: { type } }: Question): void {
  if (authenticator !== undefined || type === API_KEYS) return
  throw refused(`CONJ00001E Authenticator type '${type}' is not supported`)
}

/** Only who may read the root policy learns that there is no such authenticator; to others it is one that they may not look at. */
function mustBeReader(graph: RoleGraph, session: Session, instance: Instance): void {
  const { role } = session
  const status = statusOf(webserviceOf(instance))
  if (isPermitted(graph, session, 'read', status)) return
  const knows = isAllowedNow(graph, session, 'read', rootPolicyOf(instance.account))
  // What is missing is told by the next step.
  if (knows && graph.resource(webserviceOf(instance)) === undefined) return
  throw refused(`CONJ00006E '${role}' does not have 'read' privilege on ${status}`, {
    cause: notPermitted(role, 'read', status),
  })
}

const statusOf = (webservice: Id): Id =>
  makeId(accountOf(webservice), 'webservice', `${identifierOf(webservice)}/status`)

function mustBeThere(graph: RoleGraph, webservice: Id): void {
  if (graph.resource(webservice) !== undefined) return
  const name = identifierOf(webservice).slice('conjur/'.length)
  throw refused(`CONJ00005E Webservice '${name}' not found`)
}
