import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDryRun } from '#api/dry-run.ts'
import type { DryRunBody } from '#api/dry-run.ts'
import type { Answer } from '#client/transport.ts'
import { jsonOf } from './node.ts'
import { openPolicyScene } from './policy-scene.ts'
import type { PolicyScene } from './policy-scene.ts'

let scene: PolicyScene

before(async () => {
  scene = await openPolicyScene()
  await scene.load(`
- !user ann
- !policy
  id: dev
  owner: !user ann
  body:
    - !policy db
- !variable secret
- !group outsiders
`)
  await scene.load(
    `
- !variable a
- !user { id: ed, annotations: { description: first } }
- !variable { id: old, annotations: { description: gone } }
`,
    { branch: 'dev/db', by: await scene.as('ann') },
  )
})
after(() => scene[Symbol.asyncDispose]())

function bodyOf(answer: Answer, status = 200): DryRunBody {
  const body = jsonOf(answer, status)
  assert.ok(isDryRun(body))
  return body
}

const DB = {
  identifier: 'acme:policy:dev/db',
  id: 'dev/db',
  type: 'policy',
  owner: 'acme:policy:dev',
  policy: 'acme:policy:root',
  permissions: {},
  annotations: {},
  members: ['acme:policy:dev'],
  memberships: ['acme:user:ed@dev-db'],
  restricted_to: [],
}

const ED = {
  identifier: 'acme:user:ed@dev-db',
  id: 'ed@dev-db',
  type: 'user',
  owner: 'acme:policy:dev/db',
  policy: 'acme:policy:dev/db',
  permissions: {},
  annotations: { description: 'first' },
  members: ['acme:policy:dev/db'],
  memberships: [],
  restricted_to: [],
}

test('a dry run tells what would be created, updated and deleted, and who would gain what', async () => {
  const text = `
- !user { id: ed, annotations: { description: second } }
- !group readers
- !grant { role: !group readers, member: !user ed }
- !variable b
- !permit { role: !group readers, privileges: [read, execute], resource: !variable b }
- !delete { record: !variable old }
`
  const by = await scene.as('ann')
  const readers = 'acme:group:dev/db/readers'
  const b = 'acme:variable:dev/db/b'
  assert.deepEqual(bodyOf(await scene.dryRun(text, { branch: 'dev/db', method: 'PATCH', by })), {
    status: 'Valid YAML',
    created: {
      items: [
        {
          identifier: readers,
          id: 'dev/db/readers',
          type: 'group',
          owner: 'acme:policy:dev/db',
          policy: 'acme:policy:dev/db',
          permissions: { execute: [b], read: [b] },
          annotations: {},
          members: ['acme:policy:dev/db', 'acme:user:ed@dev-db'],
          memberships: [],
          restricted_to: [],
        },
        {
          identifier: b,
          id: 'dev/db/b',
          type: 'variable',
          owner: 'acme:policy:dev/db',
          policy: 'acme:policy:dev/db',
          permitted: { execute: [readers], read: [readers] },
          annotations: {},
        },
      ],
    },
    updated: {
      before: { items: [DB, ED] },
      after: {
        items: [
          { ...DB, memberships: ['acme:user:ed@dev-db', readers] },
          { ...ED, annotations: { description: 'second' }, memberships: [readers] },
        ],
      },
    },
    deleted: {
      items: [
        {
          identifier: 'acme:variable:dev/db/old',
          id: 'dev/db/old',
          type: 'variable',
          owner: 'acme:policy:dev/db',
          policy: 'acme:policy:dev/db',
          permitted: {},
          annotations: { description: 'gone' },
        },
      ],
    },
    access: [readers, 'acme:user:ed@dev-db'].flatMap((role) =>
      ['execute', 'read'].map((privilege) => ({ role, privilege, resource: b, change: 'gained' })),
    ),
  })
})

test('a dry run of any method leaves everything as it was, and uses up no version', async () => {
  const version = await scene.load('- !variable first', { branch: 'dev' })
  for (const method of ['POST', 'PATCH', 'PUT'] as const) {
    for (const query of ['dryRun=true', 'dryRun=%20TRUE%20', 'dryRun=false&dryRun=true']) {
      assert.equal(
        (await scene.dryRun('- !host dry', { branch: 'dev', method, query })).status,
        200,
      )
    }
  }
  const path = '/resources/acme/host/dev/dry'
  assert.equal((await scene.node.as(scene.admin, { method: 'GET', path })).status, 404)
  const first = { method: 'GET', path: '/resources/acme/variable/dev/first' } as const
  assert.equal((await scene.node.as(scene.admin, first)).status, 200)
  assert.equal(await scene.load('- !variable second', { branch: 'dev' }), version + 1)
})

test('a policy that is not valid answers 422 with each place, the message and what to do about it', async () => {
  const answer = await scene.dryRun('- !user bob\n- !varable x\n- !group\n  id: g\n  what: 1\n', {
    branch: 'dev/db',
  })
  const { status, errors = [] } = bodyOf(answer, 422)
  assert.equal(status, 'Invalid YAML')
  assert.deepEqual(
    errors.map(({ line, column, context }) => [line, column, context]),
    [
      [2, 3, { policy_id: 'dev/db', offending_lines: [2] }],
      [5, 3, { policy_id: 'dev/db', offending_lines: [5] }],
    ],
  )
  assert.match(
    errors[0]?.message ?? '',
    /^Unrecognized data type '!varable'\ndid you mean !variable\? The tag must be one of the following: !delete,/,
  )
})

test('what a policy refers to and is not there is an error with its place, too', async () => {
  const text = '- !group g\n- !grant { role: !group g, member: !user nobody }\n'
  const { errors } = bodyOf(await scene.dryRun(text), 422)
  assert.deepEqual(errors, [
    {
      line: 2,
      column: 36,
      message:
        "User 'nobody' not found in account 'acme'\nIt must be declared in this policy, or be there already; a / in front means that its name begins at the root",
      context: { policy_id: 'root', offending_lines: [2] },
    },
  ])
})

test('a dry run needs what the load needs, and an empty text is no policy', async () => {
  const ed = await scene.as('ed@dev-db')
  assert.equal((await scene.dryRun('- !user x', { by: ed })).status, 404)
  await scene.load(
    '- !permit { role: !user /ed@dev-db, privileges: [read, create], resource: !policy db }',
    { branch: 'dev', method: 'PATCH' },
  )
  const at = { branch: 'dev/db', by: ed } as const
  assert.equal((await scene.dryRun('- !variable x', at)).status, 200)
  assert.equal((await scene.dryRun('- !variable x', { ...at, method: 'PATCH' })).status, 403)
  assert.equal((await scene.dryRun('- !variable x', { ...at, method: 'PUT' })).status, 403)
  assert.deepEqual(jsonOf(await scene.dryRun(' '), 422), {
    error: {
      code: 'validation_failed',
      message: 'policy_text is not present',
      details: [{ code: 'validation_failed', target: 'policy_text', message: 'is not present' }],
    },
  })
})

test('`deny-wins`: a dry run names nothing that its caller cannot see', async () => {
  await scene.load(`
- !permit { role: !user ann, privilege: read, resource: !policy dev }
- !grant { role: !group outsiders, member: !user ann }
- !policy
  id: hidden
  body:
    - !group keepers
    - !host { id: keeper }
    - !grant { role: !group keepers, member: !host keeper }
- !policy
  id: open
  body:
    - !variable v
    - !permit { role: !group /hidden/keepers, privilege: read, resource: !variable v }
    - !permit { role: !user /ann, privilege: read, resource: !variable v }
- !permit { role: !user ann, privileges: [read, update], resource: !policy open }
- !permit { role: !user ann, privileges: [read, update], resource: !variable open/v }
`)
  const by = await scene.as('ann')
  const text = `
- !variable v
- !permit { role: !user /ann, privileges: [read, update], resource: !variable v }
- !permit { role: !group /hidden/keepers, privileges: [read, execute], resource: !variable v }
`
  const answer = await scene.dryRun(text, { branch: 'open', method: 'PATCH', by })
  const { updated, access } = bodyOf(answer)
  assert.deepEqual(updated?.before.items[0], {
    identifier: 'acme:group:[REDACTED]',
    type: 'group',
  })
  const v = updated?.after.items.find(({ id }) => id === 'open/v')
  assert.deepEqual(v?.permitted?.['execute'], ['acme:group:[REDACTED]'])
  assert.deepEqual(access, [
    {
      role: 'acme:group:[REDACTED]',
      privilege: 'execute',
      resource: 'acme:variable:open/v',
      change: 'gained',
    },
    {
      role: 'acme:host:[REDACTED]',
      privilege: 'execute',
      resource: 'acme:variable:open/v',
      change: 'gained',
    },
  ])
  // Warnings repeat names as the caller wrote them; nothing else has any.
  const { warnings, ...told } = bodyOf(answer)
  assert.equal(warnings?.length, 4)
  assert.doesNotMatch(JSON.stringify(told), /keeper|hidden/)
})

test('`escalation`: a dry run shows who would come to own a policy, with all that is in it', async () => {
  await scene.load(`
- !group newcomers
- !user joe
- !grant { role: !group newcomers, member: !user joe }
- !policy
  id: vault
  body:
    - !variable key
`)
  const text = '- !grant { role: !policy vault, member: !group newcomers }'
  const { access, truncated } = bodyOf(await scene.dryRun(text))
  assert.deepEqual(
    access?.map(({ role, privilege, resource, change }) => [role, privilege, resource, change]),
    ['acme:group:newcomers', 'acme:user:joe'].map((role) => [
      role,
      '*',
      'acme:variable:vault/key',
      'gained',
    ]),
  )
  assert.equal(truncated, undefined)
})

test('a dry run is in the trail as a validation, whether it is valid or not', async () => {
  await scene.dryRun('- !user fine', { branch: 'dev' })
  await scene.dryRun('- !usr wrong', { branch: 'dev' })
  const path = '/audit/acme?operation=validate&limit=2'
  const trail = jsonOf(await scene.node.as(scene.admin, { method: 'GET', path }))
  assert.ok(Array.isArray(trail))
  const seen = JSON.stringify(trail.toReversed())
  assert.match(seen, /"kind":"policy","operation":"validate","result":"success"/)
  assert.match(
    seen,
    /"operation":"validate","result":"failure".*"reason":"Error at line 1, column 3/,
  )
})
