import { RESOURCE_KINDS } from '#http/kinds.ts'
import { fullId, idList, name } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation, QueryParameter, SuccessAnswer } from '#http/openapi/operation.ts'
import { list, oneOf, oneOfTexts, text } from '#http/openapi/schema.ts'
import { count, NEXT_PAGE, PAGES } from './paging.ts'
import { resource } from './resource-schema.ts'

const filters = {
  search: described('Words that a resource must hold, in its id or its annotations.', text()),
  owner: described(
    'Only what this role owns, or a role that it holds: `kind:id` or a full id.',
    text(),
  ),
  role: described('Lists what this role sees, which the caller holds.', fullId),
  acting_as: described('The same as `role`, which goes before it.', fullId),
  count: described('`true` answers with the number alone.', text()),
  ...PAGES,
} satisfies Record<string, QueryParameter>

const found: SuccessAnswer = jsonAnswer(
  'The resources that the caller sees, in the order of their ids, or their number.',
  oneOf([list(resource), count]),
  NEXT_PAGE,
)

const refusals: Operation['refusals'] = {
  403: 'The caller does not hold the role that it wants to act as; or its access token may not be used from its address.',
  404: 'The owner asked for is not there, or owns nothing that the caller sees.',
  422: 'A parameter is malformed, or more is asked for than one answer lists.',
}

/** What policy declares, and who may do what to it. */
export const RESOURCES: Readonly<
  Record<'listAll' | 'listAccount' | 'listKind' | 'show', Operation>
> = {
  listAll: {
    id: 'showResourcesForAllAccounts',
    tag: 'resources',
    summary: 'List resources of all accounts',
    query: {
      account: described('Only those of this account.', name),
      kind: described('Only those of this kind.', text()),
      ...filters,
    },
    answers: { 200: found },
    refusals,
  },
  listAccount: {
    id: 'showResourcesForAccount',
    tag: 'resources',
    summary: 'List resources of an account',
    query: { kind: described('Only those of this kind.', text()), ...filters },
    answers: { 200: found },
    refusals,
  },
  listKind: {
    id: 'showResourcesForKind',
    tag: 'resources',
    summary: 'List resources of a kind',
    params: { kind: described('The kind.', oneOfTexts([...RESOURCE_KINDS])) },
    query: filters,
    answers: { 200: found },
    refusals: {
      ...refusals,
      404: 'There is no such kind; or the owner asked for is not there, or owns nothing that the caller sees.',
    },
  },
  show: {
    id: 'showResource',
    tag: 'resources',
    summary: 'Show a resource, or who may do what to it',
    query: {
      check: described(
        'When it is there, whatever it says, the answer is whether `role` may do `privilege`.',
        text(),
      ),
      role: described('The role that is checked; the caller when absent.', fullId),
      privilege: described('What is to be done, for `check` and `permitted_roles`.', text()),
      permitted_roles: described(
        'When it is there, whatever it says, the answer is who may do `privilege`.',
        text(),
      ),
      permission: described('The same as `privilege`, which goes before it.', text()),
    },
    answers: {
      200: jsonAnswer(
        'The resource; or, for `permitted_roles`, the full ids of all roles that may.',
        oneOf([resource, idList]),
      ),
      204: emptyAnswer('The role may, which was to be checked.'),
    },
    refusals: {
      403: 'The caller does not hold the role that is to be checked; or its access token may not be used from its address.',
      404: 'There is no such resource, or none that the caller may know of; or the role may not, which was to be checked.',
      422: 'The privilege is missing, or an id cannot be one.',
    },
  },
}
