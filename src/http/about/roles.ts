import { ROLE_KINDS } from '#http/kinds.ts'
import { fullId, idList, moment } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation, QueryParameter } from '#http/openapi/operation.ts'
import { component, list, oneOfTexts, record, text, truth } from '#http/openapi/schema.ts'
import { count, NEXT_PAGE, PAGES } from './paging.ts'
import { loadedThrough } from './resource-schema.ts'

const membership = component(
  'Membership',
  record(
    {
      admin_option: truth('Whether the member may pass the role on.'),
      ownership: truth('Whether it follows from owning the role.'),
      role: fullId,
      member: fullId,
    },
    loadedThrough,
    'That a member holds a role.',
  ),
)

const role = component(
  'Role',
  record(
    { created_at: moment('When it was declared.'), id: fullId, members: list(membership) },
    loadedThrough,
    'A role, with those who hold it directly.',
  ),
)

const edge = component(
  'RoleEdge',
  record({ parent: fullId, child: fullId }, {}, 'That the child holds the parent.'),
)

const kind = described('The kind.', oneOfTexts([...ROLE_KINDS]))

/** The first of these that is there decides what is answered, whatever it says. */
const QUESTIONS = {
  graph: described('Asks for the roles above and below this one, as edges.', text()),
  all: described('Asks for the ids of all roles that this one holds, itself included.', text()),
  memberships: described('Asks for what this role holds directly.', text()),
  members: described('Asks for those who hold this role directly.', text()),
} satisfies Record<string, QueryParameter>

const FILTERS = {
  search: described('Words that the resource of the other role must hold.', text()),
  kind: described('Only other roles of this kind.', text()),
  'kind[]': described('The same for several kinds.', list(text())),
  filter: described('Only this other role: `kind:id` or a full id.', text()),
  'filter[]': described('The same for several roles.', list(text())),
  count: described('When it is there, whatever it says, the number alone is answered.', text()),
  ...PAGES,
} satisfies Record<string, QueryParameter>

const member: Operation['query'] = {
  members: {
    ...QUESTIONS.members,
    description: 'Says that this is about members.',
    isRequired: true,
  },
  member: {
    ...described('Who: `kind:id` or a full id.', text({ minLength: 1 })),
    isRequired: true,
  },
}

/** Who holds which role. */
export const ROLES: Readonly<Record<'show' | 'addMember' | 'removeMember', Operation>> = {
  show: {
    id: 'showRole',
    tag: 'roles',
    summary: 'Show a role, or how it stands to others',
    description:
      'The first of `graph`, `all`, `memberships` and `members` that is there decides on the answer; without any of them it is the role itself.',
    params: { kind },
    query: { ...QUESTIONS, ...FILTERS },
    answers: {
      200: jsonAnswer(
        'The role, or what was asked for.',
        {
          anyOf: [role, list(edge), idList, list(membership), count],
        },
        NEXT_PAGE,
      ),
    },
    refusals: {
      404: 'There is no such role, or none that the caller may know of.',
      422: 'A parameter is malformed, or an id cannot be one.',
    },
  },
  addMember: {
    id: 'addMemberToRole',
    tag: 'roles',
    summary: 'Grant a role',
    description: 'It needs `create` on the policy of the role.',
    params: { kind },
    query: member,
    answers: { 204: emptyAnswer('The member holds the role.') },
    refusals: {
      404: 'There is no such role or member, or none that the caller may know of.',
      422: 'The role holds the member, which would make a circle; or an id is missing or cannot be one.',
    },
  },
  removeMember: {
    id: 'removeMemberFromRole',
    tag: 'roles',
    summary: 'Take a role away',
    description: 'It needs `update` on the policy of the role.',
    params: { kind },
    query: member,
    answers: { 204: emptyAnswer('The member does not hold the role by a grant any more.') },
    refusals: {
      404: 'There is no such role or membership, or none that the caller may know of.',
      422: 'The member holds the role because it owns it; or an id is missing or cannot be one.',
    },
  },
}
