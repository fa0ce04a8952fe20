import { contentAnswer, described, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation, RequestBody } from '#http/openapi/operation.ts'
import { list, oneOfTexts, text, whole } from '#http/openapi/schema.ts'
import { apiKey } from './authentication.ts'
import { invalidRun, policyLoad, validRun } from './dry-run-schema.ts'

const statements = list(
  { type: 'object', description: 'One statement, by its kind.' },
  { description: 'The statements that would make what is there.' },
)

const body: RequestBody = {
  description: 'The policy, whatever the type says; it is UTF-8.',
  content: { 'application/x-yaml': text({ minLength: 1 }) },
  isRequired: true,
}

const query: Operation['query'] = {
  dryRun: described('`true` only tells what the load would do.', oneOfTexts(['true', 'false'])),
}

const load: Pick<Operation, 'tag' | 'query' | 'body' | 'answers' | 'refusals'> = {
  tag: 'policies',
  query,
  body,
  answers: {
    200: jsonAnswer('What the load would do: the answer of a dry run.', validRun),
    201: jsonAnswer('The policy is loaded.', policyLoad(apiKey)),
    422: jsonAnswer('The dry run found that the policy cannot be loaded.', invalidRun),
  },
  refusals: {
    404: 'There is no such policy, or none that the caller may know of.',
    422: 'The policy cannot be loaded, and nothing of it is; all that is wrong with it is told.',
  },
}

/** Loading policy, and what is in effect. */
export const POLICIES: Readonly<Record<'fetch' | 'add' | 'update' | 'replace', Operation>> = {
  fetch: {
    id: 'getPolicy',
    tag: 'policies',
    summary: 'The policy that is in effect',
    description:
      'For the owner of the policy: what the caller sees in it, as policy that would make it. A request whose `Content-Type` is `application/json` is answered in JSON, any other in YAML.',
    query: {
      depth: described('The most levels of policies below this one.', whole(0, { maximum: 64 })),
      limit: described(
        'The most resources, annotations and permissions together; with more the request is refused.',
        whole(0, { maximum: 100_000 }),
      ),
    },
    answers: {
      200: contentAnswer('The policy.', {
        'application/x-yaml': text(),
        'application/json': statements,
      }),
    },
    refusals: {
      400: 'A bound is no number, or larger than the server allows; or the path is not well encoded.',
      403: 'The caller does not hold the owner of the policy, or may not use its token from its address.',
      404: 'There is no such policy, or none that the caller may know of.',
      422: 'There is more than the limit, or the id cannot be one.',
    },
  },
  add: {
    ...load,
    id: 'loadPolicy',
    summary: 'Add to a policy',
    description: 'It needs `create`. What is there already stays as it is.',
  },
  update: {
    ...load,
    id: 'updatePolicy',
    summary: 'Add to a policy, change it and take away from it',
    description: 'It needs `update`. Only what is said to go goes.',
  },
  replace: {
    ...load,
    id: 'replacePolicy',
    summary: 'Replace a policy',
    description: 'It needs `update` on the policy and on everything in it. What is not said goes.',
  },
}
