import { roleReference } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonBody, v2Answer } from '#http/openapi/operation.ts'
import type { Described, Operation } from '#http/openapi/operation.ts'
import {
  component,
  dictionary,
  list,
  oneOfTexts,
  record,
  text,
  whole,
} from '#http/openapi/schema.ts'
import type { Keywords } from '#http/openapi/schema.ts'
import { V2_PAGES } from './paging.ts'

const annotations = dictionary(text())

const branch = component(
  'Branch',
  record({
    name: text({ description: 'The last part of its path.' }),
    branch: text({ description: 'The path of the branch that it is in; `/` for the root.' }),
    owner: roleReference(undefined),
    annotations,
  }),
)

const branches = component(
  'Branches',
  record({
    branches: list(branch),
    count: whole(0, { description: 'How many there are in all.' }),
  }),
)

const SHOWN = "^[^<>'\\p{Cc}]{1,120}$"

const newAnnotations = dictionary(text({ pattern: SHOWN }), {
  propertyNames: text({ pattern: SHOWN }),
})

const rolePath = text({ maxLength: 500, pattern: '^/?[A-Za-z0-9\\-_.@]+(?:/[A-Za-z0-9\\-_.@]+)*$' })

/** Somebody whom a body names. */
const named = (kinds: readonly string[]): Keywords =>
  record({ kind: oneOfTexts(kinds), id: rolePath })

const owner = named(['host', 'user', 'group', 'policy'])

const newBranch = component(
  'NewBranch',
  record(
    {
      name: text({ pattern: '^[A-Za-z0-9\\-_]{1,60}$' }),
      branch: text({
        description: 'The path of the branch that it will be in; `/` for the root.',
        maxLength: 500,
        pattern: '^(?:/|/?[A-Za-z0-9\\-_]+(?:/[A-Za-z0-9\\-_]+)*)$',
      }),
    },
    { owner, annotations: newAnnotations },
  ),
)

const branchUpdate = component(
  'BranchUpdate',
  record(
    {},
    { owner, annotations: newAnnotations },
    'What is to be otherwise; annotations are added.',
  ),
)

const id: Described = described('The path of the branch; `root` for the root.', text())

const absent =
  'There is no such branch or owner, or none that the caller may do this to: these look alike.'

const group: Described = described('The path of the group.', text({ minLength: 1 }))

const member = component('GroupMember', named(['host', 'user', 'group']))

/** Policies as places in a tree, and members of groups. */
export const BRANCHES: Readonly<
  Record<'create' | 'list' | 'show' | 'update' | 'remove' | 'addMember' | 'removeMember', Operation>
> = {
  create: {
    id: 'createBranch',
    tag: 'branches',
    summary: 'Create a branch',
    description: 'It needs `create` on the branch that it will be in.',
    body: jsonBody('The branch.', newBranch),
    answers: { 201: v2Answer('The branch.', branch) },
    refusals: {
      404: absent,
      409: 'The branch exists.',
      422: 'The body or the query says something that cannot be.',
    },
  },
  list: {
    id: 'getBranches',
    tag: 'branches',
    summary: 'List branches',
    description: 'All that the caller may `read`, without the root, by path.',
    query: V2_PAGES,
    answers: { 200: v2Answer('The branches, and how many there are.', branches) },
    refusals: { 422: 'The query says something that cannot be.' },
  },
  show: {
    id: 'getBranch',
    tag: 'branches',
    summary: 'Show a branch',
    description: 'It needs `read`.',
    params: { id },
    answers: { 200: v2Answer('The branch.', branch) },
    refusals: { 404: absent, 422: 'The path cannot be one.' },
  },
  update: {
    id: 'updateBranch',
    tag: 'branches',
    summary: 'Change a branch',
    description: 'It needs `read` and `update`.',
    params: { id },
    body: jsonBody('What is to be otherwise.', branchUpdate),
    answers: { 200: v2Answer('The branch as it is now.', branch) },
    refusals: {
      404: absent,
      422: 'The body, the path or the query says something that cannot be.',
    },
  },
  remove: {
    id: 'deleteBranch',
    tag: 'branches',
    summary: 'Delete a branch with everything in it',
    description: 'It needs `update` on all of it. The root cannot be deleted.',
    params: { id },
    answers: { 204: emptyAnswer('It is gone.') },
    refusals: {
      404: absent,
      422: 'The administrator would go with it, or the path cannot be one.',
    },
  },
  addMember: {
    id: 'addGroupMember',
    tag: 'branches',
    summary: 'Make somebody a member of a group',
    description: 'It needs `create` on the branch that the group is in.',
    path: '/groups/:account/**:group/members',
    params: { group },
    body: jsonBody('Who becomes a member.', member),
    answers: { 201: v2Answer('The new member.', member) },
    refusals: {
      404: 'There is no such group, or none that the caller may change: these look alike.',
      409: 'It is a member already.',
      422: 'The member is not known to the caller, would make a circle of roles, or cannot be one.',
    },
  },
  removeMember: {
    id: 'removeGroupMember',
    tag: 'branches',
    summary: 'End a membership of a group',
    description: 'It needs `update` on the branch that the group is in.',
    path: '/groups/:account/**:group/members/:kind/**:id',
    params: {
      group,
      kind: described('The kind of the member.', oneOfTexts(['host', 'user', 'group'])),
    },
    answers: { 204: emptyAnswer('It is not a member any more.') },
    refusals: {
      404: 'There is no such group or membership, or none that the caller may change: these look alike.',
      422: 'The member is not known to the caller, or an id cannot be one.',
    },
  },
}
