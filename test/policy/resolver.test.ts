import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_IDENTIFIER } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import {
  adviceOn,
  changesOf,
  compile,
  emptyWorld,
  id,
  plan,
  problemsOf,
  worldOf,
} from './loading.ts'
import type { Loading } from './loading.ts'

/** The rows that a text asks for, as `role host:x` and the like. */
const rowsOf = (text: string, loading?: Loading): readonly string[] =>
  compile(text, loading).rows.map(({ row }) => {
    const names = Object.entries(row).flatMap(([name, value]) =>
      name === 'table' || name === 'policy' ? [] : [String(value).replaceAll('acme:', '')],
    )
    return [row.table, ...names].join(' ')
  })

test('ids lie in the policies around them, and blank ones take the name of the policy', () => {
  const text = `
- !policy
  id: a
  body:
    - !webservice
    - !policy
      id: b
      body:
        - !layer
        - !variable x/y
        - !user bob
        - !host system:serviceaccount:ns:sa
        - !host-factory { id: hf, layers: !layer }
`
  assert.deepEqual(rowsOf(text), [
    'role policy:a',
    'role policy:a/b',
    'role layer:a/b',
    'role user:bob@a-b',
    'role host:a/b/system:serviceaccount:ns:sa',
    'role host_factory:a/b/hf',
    'resource policy:a user:admin',
    'resource webservice:a policy:a',
    'resource policy:a/b policy:a',
    'resource layer:a/b policy:a/b',
    'resource variable:a/b/x/y policy:a/b',
    'resource user:bob@a-b policy:a/b',
    'resource host:a/b/system:serviceaccount:ns:sa policy:a/b',
    'resource host_factory:a/b/hf policy:a/b',
    'membership layer:a/b host_factory:a/b/hf false false',
    'restriction user:bob@a-b ',
    'restriction host:a/b/system:serviceaccount:ns:sa ',
  ])
})

test('a policy that is loaded elsewhere than at the root is the policy around its statements', () => {
  const { rows } = compile('- !variable x\n- !variable\n', { policy: 'a/b' })
  assert.deepEqual(
    rows.map(({ row }) => row),
    ['a/b/x', 'a/b'].map((path) => ({
      table: 'resource',
      id: id(`variable:${path}`),
      owner: id('policy:a/b'),
      policy: id('policy:a/b'),
    })),
  )
})

test('members, owners and permitted roles may be absolute or relative; they are seen from their policy', () => {
  const text = `
- !variable
  id: v
  owner: !user /admin
- !grant { role: !group g, members: [!user /alice, !group ../h, !user ../bob, !group x/../y] }
- !permit { role: !group ../../ops, privilege: read, resource: !variable v }
`
  assert.deepEqual(rowsOf(text, { policy: 'a/b' }), [
    'resource variable:a/b/v user:admin',
    'membership group:a/b/g user:alice false false',
    'membership group:a/b/g group:a/h false false',
    'membership group:a/b/g user:bob@a false false',
    'membership group:a/b/g group:a/b/y false false',
    'permission variable:a/b/v group:ops read',
  ])
})

test('what a statement is about must lie in the policy', () => {
  const loading = { policy: 'shop' }
  const illegal = {
    '- !grant { role: !group /admins, member: !host web }':
      '1:25 Illegal absolute id: /admins </admins>',
    '- !permit { role: !group a, privilege: read, resource: !variable /x }':
      '1:66 Illegal absolute id: /x </x>',
    '- !delete { record: !user /admin }': '1:27 Illegal absolute id: /admin </admin>',
    '- !revoke { role: !group /a, member: !user b }': '1:26 Illegal absolute id: /a </a>',
    '- !deny { role: !group a, privilege: x, resource: !webservice /w }':
      '1:63 Illegal absolute id: /w </w>',
    '- !user /alice': '1:9 Illegal absolute id: /alice </alice>',
    '- !variable ../x': '1:13 Invalid relative reference: ../x <../x>',
  }
  for (const [text, problem] of Object.entries(illegal)) {
    assert.deepEqual(problemsOf(text, loading), [problem])
  }
})

test('a reference that climbs above the root is refused', () => {
  assert.deepEqual(
    problemsOf('- !grant { role: !group a, member: !user ../../x }', { policy: 'a' }),
    ['1:42 Invalid relative reference: a/../../x <../../x>'],
  )
})

test('`kind-confusion` nothing in another account can be declared, granted, permitted or deleted', () => {
  const texts = [
    '- !user { id: admin, account: other }',
    '- !grant { role: !group { id: g, account: other }, member: !user a }',
    '- !permit { role: !group g, privilege: x, resource: !variable { id: v, account: other } }',
    '- !delete { record: !user { id: admin, account: other } }',
  ]
  for (const text of texts)
    assert.match(problemsOf(text)[0] ?? '', /Illegal account: other <other>$/)
  assert.deepEqual(rowsOf('- !grant { role: !group g, member: !user { id: a, account: other } }'), [
    'membership group:g other:user:a false false',
  ])
})

test('`kind-confusion` no part of an id can pass for another', () => {
  const problems = {
    '- !role { kind: "user:admin", id: x }': '1:17 Illegal kind: user:admin <"user:admin">',
    '- !role { kind: "", id: x }': '1:17 Illegal kind:  <"">',
    '- !resource { kind: a/b, id: x }': '1:21 Illegal kind: a/b <a/b>',
    '- !grant { role: !group g, member: !user { id: a, account: "x:y" } }':
      '1:48 Illegal id: x:y:user:a <a>',
    '- !user "a\\nb"': String.raw`1:9 Illegal id: acme:user:a\u000ab <"a\nb">`,
    '- !user "a\\tb"': String.raw`1:9 Illegal id: acme:user:a\u0009b <"a\tb">`,
  }
  for (const [text, problem] of Object.entries(problems)) {
    assert.deepEqual(problemsOf(text), [problem], text)
  }
  assert.deepEqual(rowsOf('- !role { kind: user, id: /../x }'.replace('/../', 'a%2F')), [
    'role user:a%2Fx',
  ])
})

test('an id that becomes too long is refused where it stands', () => {
  const longest = 'x'.repeat(MAX_IDENTIFIER - 2)
  assert.equal(compile(`- !variable ${longest}`, { policy: 'a' }).rows.length, 1)
  assert.match(
    problemsOf(`- !variable ${longest}y`, { policy: 'a' })[0] ?? '',
    /^1:13 Illegal id: acme:variable:a\/x/,
  )
})

test('any other character may be part of an id', () => {
  const [row] = compile('- !variable "~!@#$%^&(){}[]-+=, ü/:\\"\'"').rows
  assert.equal(
    row?.row.table === 'resource' && row.row.id,
    `acme:variable:~!@#$%^&(){}[]-+=, ü/:"'`,
  )
})

test('a blank id at the root is refused', () => {
  assert.deepEqual(problemsOf('- !variable\n- !host-factory {id: "", layers: !layer x}\n'), [
    '1:3 variable has a blank id <!variable>',
    '2:3 host factory has a blank id <!host-factory>',
  ])
  assert.equal(adviceOn('- !variable\n'), "Each resource must be identified using the 'id' field")
})

test('declaring something twice is refused where it stands the second time', () => {
  assert.deepEqual(problemsOf('- !user bob\n- !variable bob\n- !user bob\n'), [
    "3:3 user 'bob' is declared more than once <!user bob>",
  ])
  assert.deepEqual(
    problemsOf(
      '- !host-factory {id: hf, layers: !layer l}\n- !host_factory {id: hf, layers: !layer l}\n',
    ),
    ["2:3 host factory 'hf' is declared more than once <!host_factory>"],
  )
  assert.deepEqual(problemsOf('- !policy\n', { policy: 'shop' }), [
    "1:3 policy 'shop' is declared more than once <!policy>",
  ])
  const collision =
    '- !policy {id: a-b, body: [!user c]}\n- !policy {id: a, body: [!policy {id: b, body: [!user c]}]}\n'
  assert.deepEqual(problemsOf(collision), [
    "2:49 user 'c@a-b' is declared more than once <!user c>",
  ])
  assert.equal(compile('- !role {kind: k, id: x}\n- !resource {kind: k, id: x}\n').rows.length, 2)
})

test('records that own each other are refused, one that owns itself is not', () => {
  const text =
    '- !group {id: a, owner: !group b}\n- !group {id: b, owner: !group c}\n- !group {id: c, owner: !group a}\n'
  assert.deepEqual(problemsOf(text), [
    "3:25 Dependency cycle encountered between group 'a' and group 'c' <!group a>",
  ])
  assert.equal(adviceOn(text), 'Try redefining one or both.')
  assert.deepEqual(problemsOf('- !policy {id: p, owner: !group p/g, body: [!group g]}\n'), [
    "1:45 Dependency cycle encountered between policy 'p' and group 'p/g' <!group g>",
  ])
  assert.equal(compile('- !group {id: a, owner: !group a}\n').rows.length, 2)
})

test('a chain of 10,000 owners is followed without recursion', () => {
  const links = Array.from(
    { length: 10_000 },
    (_, index) => `- !group {id: g${index}, owner: !group g${index + 1}}\n`,
  )
  assert.equal(compile(`${links.join('')}- !group g10000\n`).rows.length, 20_002)
})

test('annotation values with `..` in them are paths from the record', () => {
  const text = '- !webservice\n  id: ca\n  annotations:\n    key: ../keys/a\n    text: see a..b\n'
  assert.deepEqual(rowsOf(text, { policy: 'conjur/x' }).slice(1), [
    'annotation webservice:conjur/x/ca key conjur/x/keys/a',
    'annotation webservice:conjur/x/ca text see a..b',
  ])
  assert.deepEqual(problemsOf('- !user {id: a, annotations: {b: ../../c}}'), [
    '1:34 Invalid relative reference: a/../../c <../../c>',
  ])
})

test('an alias is the record where it stands first', () => {
  const text = `
- !policy
  id: a
  body:
    - &vars
      - !variable x
      - [!variable y]
    - !group g
- !permit { role: !group a/g, privileges: &both [read, execute], resources: [*vars] }
`
  assert.deepEqual(rowsOf(text).slice(-4), [
    'permission variable:a/x group:a/g read',
    'permission variable:a/x group:a/g execute',
    'permission variable:a/y group:a/g read',
    'permission variable:a/y group:a/g execute',
  ])
})

test('a policy that asks for too many rows is refused before they are made', () => {
  const list = (item: string): string => `[${`${item},`.repeat(500)}]`
  const text = `- !permit\n  role: ${list('!group g')}\n  privilege: ${list('p')}\n  resource: ${list('!variable v')}\n`
  assert.deepEqual(problemsOf(text), ['1:3 a policy can ask for 1000000 changes at most <!permit>'])
})

test('a public key is a resource of its user, named for the last word of the key', () => {
  const text = '- !policy {id: p, body: [!user {id: bob, public_key: " ssh-rsa AAA bob@lap "}]}'
  const desired = compile(text)
  assert.ok(rowsOf(text).includes('resource public_key:user/bob@p/bob@lap policy:p'))
  assert.deepEqual(desired.publicKeys, [
    { resource: id('public_key:user/bob@p/bob@lap'), value: 'ssh-rsa AAA bob@lap' },
  ])
})

test('the resources whose annotations are needed are those that the policy annotates', () => {
  const { resources } = compile('- !user {id: a, annotations: {x: y}}\n- !user b\n')
  assert.deepEqual(resources, [id('user:a')])
})

test('references must be there or be declared, each is reported where it stands', () => {
  const text = `
- !grant { role: !group g, member: !host_factory hf }
- !permit { role: !user { id: u, account: other }, privilege: read, resource: !variable v }
- !group { id: h, owner: !policy p }
- !host-factory { id: f, layers: !layer l }
- !grant { role: !group h, member: !host-factory f }
`
  const world = worldOf('- !group g\n')
  const faults = (): unknown => plan(world, text)
  assert.throws(faults, (error: unknown) => {
    assert.ok(error instanceof Failure && 'problems' in error && Array.isArray(error.problems))
    assert.deepEqual(
      error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
      [
        "2:36 Host_factory 'hf' not found in account 'acme'",
        "3:19 User 'u' not found in account 'other'",
        "3:79 Variable 'v' not found in account 'acme'",
        "4:26 Policy 'p' not found in account 'acme'",
        "5:34 Layer 'l' not found in account 'acme'",
      ],
    )
    return true
  })
})

test('a text without statements is no policy, a text that deletes cannot be added', () => {
  for (const text of ['', ' \n\t\n']) {
    assert.throws(() => compile(text), {
      code: 'validation_failed',
      message: 'policy_text is not present',
      wire: {
        details: [{ code: 'validation_failed', target: 'policy_text', message: 'is not present' }],
      },
    })
  }
  for (const text of [
    '- !delete { record: !user a }',
    '- !revoke { role: !group a, members: [] }',
    '- !deny { role: !group a, privilege: x, resource: !variable v }',
  ]) {
    assert.throws(() => compile(text, { mode: 'add' }), {
      code: 'validation_failed',
      message: 'policy_text may not contain deletion statements',
    })
  }
  assert.deepEqual(changesOf(plan(emptyWorld(), '# nothing\n', { mode: 'add' })), [])
})
