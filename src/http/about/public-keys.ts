import { described, textAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { text } from '#http/openapi/schema.ts'

const show: Pick<Operation, 'tag' | 'description' | 'answers' | 'refusals'> = {
  tag: 'public keys',
  description:
    'They are public: who asks need not say who it is, but the trail has that somebody did.',
  answers: {
    200: textAnswer(
      'One key a line, in the order of their names; whoever does not exist has none.',
      text({ pattern: '\\n$' }),
    ),
  },
  refusals: { 422: 'The id cannot be one.' },
}

/** SSH keys of users. */
export const PUBLIC_KEYS: Readonly<Record<'ofUser' | 'ofKey', Operation>> = {
  ofUser: {
    ...show,
    id: 'showPublicKeys',
    summary: 'The public keys of a user',
    params: { id: described('The login of the user.', text({ minLength: 1 })) },
  },
  ofKey: {
    ...show,
    id: 'showPublicKeysBelow',
    summary: 'The public keys below a path of public keys',
    params: { id: described('The path.', text({ minLength: 1 })) },
  },
}
