import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DryRunBody, DryRunItem } from '#api/dry-run.ts'
import { policyReport } from '#cli/policy-report.ts'

const report = (outcome: Omit<DryRunBody, 'status'>): readonly string[] =>
  policyReport({ status: 'Valid YAML', ...outcome }, 'acme')
    .trimEnd()
    .split('\n')

const group = (more: Partial<DryRunItem> = {}): DryRunItem => ({
  identifier: 'acme:group:ops',
  type: 'group',
  owner: 'acme:policy:root',
  members: ['acme:policy:root'],
  ...more,
})

test('what comes, changes and goes is a line each, with what is said of it below', () => {
  const before = group({ annotations: { note: 'old' } })
  const after = group({
    annotations: { note: 'new' },
    members: ['acme:policy:root', 'acme:user:bob'],
  })
  assert.deepEqual(
    report({
      created: {
        items: [
          {
            identifier: 'acme:variable:db',
            type: 'variable',
            owner: 'acme:policy:root',
            permitted: { read: ['acme:group:ops', 'other:group:x'] },
            annotations: { a: 'line\nbreak' },
          },
          { identifier: 'acme:host:web', type: 'host', restricted_to: ['10.0.0.0/8'] },
        ],
      },
      updated: { before: { items: [before] }, after: { items: [after] } },
      deleted: { items: [{ identifier: 'acme:user:old', type: 'user' }] },
      access: [
        {
          role: 'acme:user:bob',
          privilege: 'read',
          resource: 'acme:variable:db',
          change: 'gained',
        },
        { role: 'acme:user:ann', privilege: '*', resource: 'acme:host:web', change: 'lost' },
      ],
      warnings: ['look here'],
      truncated: true,
    }),
    [
      '+ variable:db',
      '    owner policy:root',
      '    annotation a: "line\\nbreak"',
      '    group:ops may read it',
      '    other:group:x may read it',
      '+ host:web',
      '    acts from 10.0.0.0/8',
      '~ group:ops',
      '    - annotation note: "old"',
      '    + annotation note: "new"',
      '    + member user:bob',
      '- user:old',
      'access:',
      '  + user:bob may read variable:db',
      '  - user:ann may no longer do everything to host:web',
      'warning: look here',
      '2 to create, 1 to update, 1 to delete',
      'there is more than is shown',
    ],
  )
})

test('what changes only because another item does is said there, unless that one is hidden', () => {
  const bob = { identifier: 'acme:user:bob', type: 'user' }
  const told = (memberships: readonly string[], permissions = {}): readonly string[] =>
    report({
      updated: {
        before: { items: [bob] },
        after: { items: [{ ...bob, memberships, permissions }] },
      },
    })
  assert.deepEqual(told(['acme:group:ops'], { read: ['acme:variable:db'] }), [
    'nothing would change',
  ])
  assert.deepEqual(told(['acme:group:[REDACTED]'], { read: ['acme:policy:p'] }), [
    '~ user:bob',
    '    + member of group:[REDACTED]',
    '    + may read policy:p',
    '0 to create, 1 to update, 0 to delete',
  ])
})

test('an invalid policy is its errors with their places and what to do about them', () => {
  const errors = [
    { line: 2, column: 5, message: "Unrecognized data type '!usr'\ndid you mean !user?" },
    { line: 3, column: 1, message: 'something else\n' },
  ]
  assert.equal(
    policyReport({ status: 'Invalid YAML', errors }, 'acme'),
    "line 2, column 5: Unrecognized data type '!usr'\n  did you mean !user?\nline 3, column 1: something else\n",
  )
})

test('what a server says cannot move the terminal', () => {
  const identifier = 'acme:user:\u001B[2J\u202Eevil'
  const lines = report({ created: { items: [{ identifier, type: 'user' }] } })
  assert.equal(lines[0], '+ user:\\u001b[2J\\u202eevil')
})
