import { fullId } from '#http/openapi/ids.ts'
import {
  component,
  dictionary,
  list,
  oneOfTexts,
  record,
  text,
  truth,
  whole,
} from '#http/openapi/schema.ts'
import type { Component } from '#http/openapi/schema.ts'

/** An id that may end in `[REDACTED]`, where the caller cannot see whose it is. */
const shownId = text({
  description: 'A full id; its end is `[REDACTED]` when the caller cannot see it.',
})

const byPrivilege = dictionary(list(shownId), { description: 'Full ids by privilege.' })

const item = component(
  'DryRunItem',
  record(
    { identifier: shownId, type: text({ description: 'The kind.' }) },
    {
      id: text({ description: 'The identifier.' }),
      owner: shownId,
      policy: shownId,
      permissions: byPrivilege,
      permitted: byPrivilege,
      annotations: dictionary(text()),
      members: list(shownId),
      memberships: list(shownId),
      restricted_to: list(text()),
    },
    'A role or a resource on one side of a load; of what the caller cannot see there are the first two members alone.',
  ),
)

const items = component('DryRunItems', record({ items: list(item) }))

const access = record({
  role: shownId,
  privilege: text({ description: '`*` stands for all privileges, those of an owner.' }),
  resource: shownId,
  change: oneOfTexts(['gained', 'lost']),
})

const warnings = list(text(), { minItems: 1 })

/** What a load would do. */
export const validRun: Component = component(
  'DryRun',
  record(
    {
      status: text({ const: 'Valid YAML' }),
      created: items,
      updated: record({ before: items, after: items }),
      deleted: items,
      access: list(access, { description: 'Who gains or loses what.' }),
    },
    { truncated: truth('Whether the report leaves something out.'), warnings },
  ),
)

/** Why a load cannot be done. */
export const invalidRun: Component = component(
  'InvalidDryRun',
  record({
    status: text({ const: 'Invalid YAML' }),
    errors: list(
      record({
        line: whole(1),
        column: whole(1),
        message: text({
          description: 'What is wrong, and on the next line what to do about it.',
        }),
        context: record({ policy_id: text(), offending_lines: list(whole(1)) }),
      }),
      { minItems: 1 },
    ),
  }),
)

/** What a load did. */
export const policyLoad: (key: Component) => Component = (key) =>
  component(
    'PolicyLoad',
    record(
      {
        created_roles: dictionary(record({ id: fullId, api_key: key }), {
          description:
            'The users and hosts that are new, by full id: the one time that their keys are shown.',
          propertyNames: fullId,
        }),
        version: whole(1),
      },
      { warnings },
    ),
  )
