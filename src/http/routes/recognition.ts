import type { RecognitionBody, RecognitionConditionBody } from '#api/authenticator-wire.ts'
import { PATHS } from '#api/paths.ts'
import type {
  ExplainAuthentication,
  ExplainedCondition,
  RecognitionExplanation,
} from '#app/explain-authentication.ts'
import type { Instance } from '#app/instance-settings.ts'
import type { Expected } from '#domain/attestation.ts'
import { parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { RECOGNITION } from '#http/about/recognition.ts'
import { json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { isObject, parseJsonBody } from '#http/json-body.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { instanceIn } from './authenticator-control.ts'

/** The use-case behind the routes that explain logins. */
export interface RecognitionUses {
  readonly explainAuthentication: ExplainAuthentication
}

/** A proof of 64 KiB, as a text of JSON. */
const MAX_BODY = 128 * 1024

/** Why somebody is recognised or not (docs/reference/extensions.md). */
export const recognitionRoutes = (use: RecognitionUses): readonly Route[] => [
  route(
    'POST',
    PATHS.explainAuthenticator,
    RECOGNITION.explain,
    (call) => explain(use, call, instanceIn(call)),
    { maxBody: MAX_BODY },
  ),
  route(
    'POST',
    PATHS.explainInstance,
    RECOGNITION.explainInstance,
    (call) => explain(use, call, { ...instanceIn(call), service: call.params.service }),
    { maxBody: MAX_BODY },
  ),
]

async function explain(use: RecognitionUses, call: Call, instance: Instance): Promise<Answer> {
  const session = await call.session()
  const body = parseJsonBody(await call.body())
  const { role: named, proof, source_address: from } = isObject(body) ? body : {}
  if (typeof named !== 'string') throw new Failure('parameter_missing', 'role is missing')
  const role = parseIdIn(instance.account, named)
  const question = {
    instance,
    role,
    ...(typeof proof === 'string' ? { proof: Buffer.from(proof) } : {}),
    ...(typeof from === 'string' ? { from } : {}),
  }
  return json(200, printExplanation(role, await use.explainAuthentication(session, question)))
}

const printExplanation = (
  role: Id,
  { conditions, ...explanation }: RecognitionExplanation,
): RecognitionBody => ({ role, ...explanation, conditions: conditions.map(printCondition) })

/** What stands before an expected value that is not to be taken for a text. */
const MARKS: Readonly<Record<Expected['kind'], string>> = {
  text: '',
  network: '',
  pattern: 'glob:',
  attribute: 'attribute:',
}

const printCondition = ({
  condition: { attribute, statedBy, anyOf },
  outcome,
  source,
  values,
}: ExplainedCondition): RecognitionConditionBody => ({
  attribute,
  outcome,
  expected: anyOf.map(({ kind, text }) => `${MARKS[kind]}${text}`),
  stated_by: statedBy,
  ...(source === '' ? {} : { source }),
  values,
})
