import { moment } from '#http/openapi/ids.ts'
import { described, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import {
  component,
  dictionary,
  list,
  oneOfTexts,
  record,
  text,
  whole,
} from '#http/openapi/schema.ts'
import type { Component } from '#http/openapi/schema.ts'

/** How one condition on an attribute came out. */
export const attributeFinding: Component = component(
  'AttributeFinding',
  record(
    {
      attribute: text({ description: 'What it is: `jwt.repository`.' }),
      outcome: oneOfTexts(['passed', 'failed', 'missing']),
      statedBy: text({ description: 'What states the condition: an annotation, mostly.' }),
    },
    {
      source: text({ description: 'Who vouches for the attribute; absent when nobody does.' }),
      values: list(text()),
    },
  ),
)

const event = component(
  'AuditEvent',
  record(
    {
      at: moment('When the outcome was known.'),
      request: text({ description: 'The id of the request.' }),
      account: text(),
      kind: text({ description: 'What it was about.', minLength: 1 }),
      operation: text({ description: 'The verb.', minLength: 1 }),
      result: oneOfTexts(['success', 'failure']),
      user: text({ description: 'Who asked: a role, or what stands for somebody unknown.' }),
      clientIp: text(),
      subject: dictionary(
        { type: ['string', 'integer', 'boolean'] },
        { description: 'What it was done to.' },
      ),
    },
    {
      attestation: list(attributeFinding, {
        description: 'How what is known of the caller was held against what its role demands.',
      }),
      reason: text({ description: 'Why it was refused; the caller may have been told less.' }),
    },
  ),
)

const entry = component(
  'AuditEntry',
  record({ id: whole(1, { description: 'Later records have larger ones.' }), event }),
)

const MOST = 1000

/** The trail of who did what. */
export const AUDIT: Readonly<Record<'read', Operation>> = {
  read: {
    id: 'readAudit',
    tag: 'audit',
    summary: 'Read the trail',
    description:
      'For whoever owns the root policy, and roles with `read` on the webservice `strongroom/audit`. Reading it is recorded, too.',
    query: {
      role: described('Only what this role did: `kind:id` or a full id.', text({ minLength: 1 })),
      resource: described(
        'Only what was done to it: `kind:id` or a full id.',
        text({ minLength: 1 }),
      ),
      operation: described('Only this verb.', text()),
      result: described('Only what ended so.', oneOfTexts(['success', 'failure'])),
      limit: described('The most records; 100 when absent.', whole(1, { maximum: MOST })),
      before: described(
        'Only records before the one of this id.',
        whole(1, { maximum: Number.MAX_SAFE_INTEGER }),
      ),
    },
    answers: { 200: jsonAnswer('Records, the newest first.', list(entry)) },
    refusals: { 422: 'A parameter is malformed.' },
  },
}
