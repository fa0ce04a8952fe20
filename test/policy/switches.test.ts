import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import { faultOf } from './loading.ts'

const compile = (text: string, switches: PolicySwitches): unknown =>
  compilePolicy({
    text,
    account: 'acme',
    target: rootPolicyOf('acme'),
    owner: adminOf('acme'),
    mode: 'add',
    switches,
  })

const problemsOf = (text: string, switches: PolicySwitches): readonly string[] =>
  faultOf(() => compile(text, switches)).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  )

test('with users in the root policy alone, a user that the administrator does not own is refused', () => {
  const switches = { usersInRootPolicyOnly: true }
  compile(
    '- !user ann\n- !policy { id: p, body: [!user { id: eve, owner: !user /admin }] }',
    switches,
  )
  assert.deepEqual(
    problemsOf('- !policy\n  id: p\n  body:\n    - !user bob\n    - !host h\n', switches),
    ['4:7 User creation is disabled.'],
  )
  compile('- !policy { id: p, body: [!user bob] }', {})
})

test('with API keys by annotation alone, a host without `authn/api-key: true` is refused', () => {
  const switches = { apiKeyByAnnotationOnly: true }
  const text = `
- !host { id: a, annotations: { authn/api-key: true } }
- !host { id: b, annotations: { authn/api-key: false } }
- !host c
- !user d
`
  const message =
    "API key authentication for hosts is disabled by default and will be removed in a future release. Add the 'authn/api-key' annotation to this host with the value 'true' to ensure authentication works as expected for this host in the future."
  assert.deepEqual(problemsOf(text, switches), [`3:3 ${message}`, `4:3 ${message}`])
  compile(text, {})
})
