import { fullId, idList } from '#http/openapi/ids.ts'
import { described, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import {
  component,
  list,
  oneOf,
  oneOfTexts,
  record,
  text,
  truth,
  whole,
} from '#http/openapi/schema.ts'
import type { Schema } from '#http/openapi/schema.ts'
import { NEXT_PAGE, PAGES } from './paging.ts'

const path: Readonly<Record<string, Schema>> = {
  ground: oneOfTexts(
    ['owner', 'permission'],
    'Whether the last role owns the resource or is permitted to.',
  ),
  path: list(
    { type: ['string', 'null'] },
    {
      description:
        'The role, then what each is a member of; null stands for roles that the caller may not know of.',
    },
  ),
}

const privilege = text({ description: 'What was asked about.' })

const hidesOthers = truth('Whether there are others that the caller may not know of.')

const factor = record(
  { within: whole(1, { description: 'How many seconds ago it may have been proven.' }) },
  {
    missing: truth('Whether the caller lacks it; absent when the question is about somebody else.'),
  },
  'The second factor that the role needs besides; absent when none is demanded.',
)

const explanation = component(
  'AccessExplanation',
  record(
    {
      role: fullId,
      privilege,
      resource: fullId,
      allowed: truth('Whether policy lets the role.'),
      paths: list(record(path)),
      privileges: list(text(), {
        description: 'What the role may do to the resource; `*` alone for its owner.',
      }),
      granted: { ...idList.schema, description: 'Roles that may do it by themselves.' },
      hides_others: hidesOthers,
    },
    { second_factor: factor },
  ),
)

const entry = component('AccessEntry', record({ role: fullId, ...path }))

const roles = component(
  'AccessList',
  record({ privilege, resource: fullId, roles: list(entry), hides_others: hidesOthers }),
)

/** Who may do what, and why. */
export const ACCESS: Readonly<Record<'explain', Operation>> = {
  explain: {
    id: 'explainAccess',
    tag: 'resources',
    summary: 'Who may do something to a resource, and why',
    query: {
      privilege: { ...described('What is to be done.', text({ minLength: 1 })), isRequired: true },
      role: described(
        'Explains why this role may or may not, `kind:id` or a full id; without it those who may are listed.',
        text(),
      ),
      kind: described('Lists only roles of this kind.', text()),
      'kind[]': described('The same for several kinds.', list(text())),
      ...PAGES,
    },
    answers: {
      200: jsonAnswer(
        'Those who may, or why one role may or may not.',
        oneOf([explanation, roles]),
        NEXT_PAGE,
      ),
    },
    refusals: {
      404: 'There is no such resource or role, or none that the caller may know of.',
      422: 'The privilege is missing, a parameter is malformed, or an id cannot be one.',
    },
  },
}
