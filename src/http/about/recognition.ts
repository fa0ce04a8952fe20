import { described, jsonAnswer, jsonBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { fullId } from '#http/openapi/ids.ts'
import { component, list, oneOfTexts, record, text } from '#http/openapi/schema.ts'

const question = component(
  'RecognitionQuestion',
  record(
    { role: text({ description: '`kind:id` or a full id.', minLength: 1 }) },
    {
      proof: text({
        description: 'The body with which somebody would authenticate as it: `jwt=TOKEN`.',
      }),
      source_address: text({
        description:
          'The IP address from which they would; without it, nothing is held against where they are.',
      }),
    },
  ),
)

const check = record(
  {
    name: text({ description: 'What was looked at.' }),
    result: oneOfTexts(['ok', 'failed', 'skipped']),
  },
  { error: text(), hint: text({ description: 'What to do about it.' }) },
)

const condition = record(
  {
    attribute: text({ description: 'What the role demands something of: `jwt.repository`.' }),
    outcome: oneOfTexts(
      ['passed', 'failed', 'missing', 'unknown'],
      '`unknown` where there is no proof, or no address, that it could be held against.',
    ),
    expected: list(text(), {
      description:
        'Texts, networks, patterns behind `glob:`, and names of attributes behind `attribute:` that say the same, one of which it must be.',
    }),
    stated_by: text({ description: 'The annotation that demands it, mostly.' }),
    values: list(text(), { description: 'What it is.' }),
  },
  { source: text({ description: 'Who vouches for it.' }) },
)

const explanation = component(
  'Recognition',
  record({
    role: fullId,
    outcome: oneOfTexts(
      ['recognised', 'refused', 'unproven'],
      'Whether the role would get a token, from the given address or else wherever it may come from; `unproven` when nothing is wrong and there is no proof.',
    ),
    checks: list(check, { description: 'The steps of a login, up to the first that fails.' }),
    conditions: list(condition),
    attributes: list(record({ name: text(), values: list(text()), source: text() }), {
      description: 'Everything that is known of whoever presented the proof.',
    }),
  }),
)

const common: Omit<Operation, 'id' | 'summary'> = {
  tag: 'authenticators',
  description:
    'Goes through a login and gives no token. It needs `read` on the webservice `status` below that of the authenticator, or `update` on the latter. Nothing of the proof but the attributes is told or kept.',
  body: jsonBody('Whom it is about, and what they would present.', question),
  answers: { 200: jsonAnswer('What becomes of the login, step by step.', explanation) },
  refusals: {
    400: 'The body is not JSON.',
    403: 'The caller may not ask, or not use its token from its address.',
    404: 'There is no such authenticator or role, or none that the caller may know of.',
    422: 'The role is missing, or an id or the address cannot be one.',
  },
}

/** Why somebody is recognised or not. */
export const RECOGNITION: Readonly<Record<'explain' | 'explainInstance', Operation>> = {
  explain: {
    ...common,
    id: 'explainAuthentication',
    summary: 'Explain a login with an authenticator of which there is one',
  },
  explainInstance: {
    ...common,
    id: 'explainAuthenticationWithInstance',
    summary: 'Explain a login with an authenticator',
    params: { service: described('The name of the authenticator.', text({ minLength: 1 })) },
  },
}
