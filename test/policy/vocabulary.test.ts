import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, emptyWorld, id, load, problemsOf } from './loading.ts'

/** Every attribute of every type (reference/conjur-api.md 4.2), with a value that it takes. */
const VALUES: Readonly<Record<string, string>> = {
  id: 'x',
  account: 'acme',
  owner: '!user admin',
  annotations: '{ a: b }',
  body: '[]',
  uidnumber: '1',
  gidnumber: '1',
  public_key: 'ssh-rsa AAAA me',
  public_keys: '[ssh-rsa AAAA me]',
  restricted_to: '10.0.0.0/8',
  kind: 'text',
  mime_type: 'text/plain',
  layer: '!layer l',
  layers: '[!layer l]',
  role: '!group g',
  roles: '[!group g]',
  member: '!user u',
  members: '[!user u]',
  privilege: 'read',
  privileges: '[read]',
  resource: '!variable v',
  resources: '[!variable v]',
  record: '!variable v',
  admin: 'true',
}

const COMMON = ['id', 'account', 'owner', 'annotations']

const RECORDS: Readonly<Record<string, readonly string[]>> = {
  policy: [...COMMON, 'body'],
  user: [...COMMON, 'uidnumber', 'public_key', 'public_keys', 'restricted_to'],
  host: [...COMMON, 'restricted_to'],
  group: [...COMMON, 'gidnumber'],
  layer: COMMON,
  variable: [...COMMON, 'kind', 'mime_type'],
  webservice: COMMON,
  'host-factory': [...COMMON, 'layer', 'layers', 'role'],
  role: ['id', 'account', 'kind'],
  resource: [...COMMON, 'kind'],
}

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  grant: ['role', 'roles', 'member', 'members'],
  revoke: ['role', 'roles', 'member', 'members'],
  permit: ['role', 'roles', 'privilege', 'privileges', 'resource', 'resources'],
  deny: ['role', 'roles', 'privilege', 'privileges', 'resource', 'resources'],
  delete: ['record'],
}

const CLASSES: Readonly<Record<string, string>> = { 'host-factory': 'HostFactory' }
const classOf = (tag: string): string =>
  CLASSES[tag] ?? `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`

const refusals = (text: string): readonly string[] => {
  try {
    compile(text)
    return []
  } catch {
    return problemsOf(text).map((problem) => problem.replace(/^\d+:\d+ /, '').replace(/ <.*/, ''))
  }
}

for (const [tag, attributes] of Object.entries({ ...RECORDS, ...ACTIONS })) {
  test(`!${tag} has the attributes of the reference and no other`, () => {
    for (const [name, value] of Object.entries(VALUES)) {
      const refused = refusals(`- !${tag}\n  ${name}: ${value}\n`)
      const unknown = `No such attribute '${name}' on type ${classOf(tag)}`
      assert.equal(refused.includes(unknown), !attributes.includes(name), `${tag} ${name}`)
    }
  })
}

test('every type of record makes the role and the resource that the reference says', () => {
  const text = `
- !policy p
- !user u
- !host h
- !group g
- !layer l
- !variable v
- !webservice w
- !host-factory { id: f, layer: !layer l, role: !group g }
- !role { kind: k, id: r }
- !resource { kind: k, id: s }
`
  const made = (table: 'role' | 'resource'): readonly string[] =>
    compile(text).rows.flatMap(({ row }) =>
      row.table === table && 'id' in row ? [row.id.replace('acme:', '')] : [],
    )
  const both = ['policy:p', 'user:u', 'host:h', 'group:g', 'layer:l']
  assert.deepEqual(made('role'), [...both, 'host_factory:f', 'k:r'])
  assert.deepEqual(made('resource'), [
    ...both,
    'variable:v',
    'webservice:w',
    'host_factory:f',
    'k:s',
  ])
})

test('what has a singular and a plural name takes one value or a list under either', () => {
  const rowsOf = (text: string): unknown => compile(text).rows.map(({ row }) => row)
  const spellings: readonly (readonly [text: string, one: string, value: string])[] = [
    ['- !user { id: u, ATTRIBUTE }', 'public_key', 'ssh-rsa AAAA me'],
    ['- !host-factory { id: f, ATTRIBUTE }', 'layer', '!layer l'],
    ['- !grant { ATTRIBUTE, member: !user u }', 'role', '!group g'],
    ['- !grant { role: !group g, ATTRIBUTE }', 'member', '!user u'],
    ['- !permit { ATTRIBUTE, privilege: x, resource: !variable v }', 'role', '!group g'],
    ['- !permit { role: !group g, ATTRIBUTE, resource: !variable v }', 'privilege', 'read'],
    ['- !permit { role: !group g, privilege: x, ATTRIBUTE }', 'resource', '!variable v'],
  ]
  for (const [text, one, value] of spellings) {
    const forms = [one, `${one}s`].flatMap((name) => [`${name}: ${value}`, `${name}: [${value}]`])
    const [first, ...others] = forms.map((form) => rowsOf(text.replace('ATTRIBUTE', form)))
    for (const other of others) assert.deepEqual(other, first)
  }
})

test('a privilege is any word, and a list in a list is one list', () => {
  const text =
    '- !permit { role: !group g, privileges: [fly, [make tea, "é/*"]], resource: !variable v }'
  const privileges = compile(text).rows.flatMap(({ row }) =>
    row.table === 'permission' ? [row.privilege] : [],
  )
  assert.deepEqual(privileges, ['fly', 'make tea', 'é/*'])
})

test('types that are not there, and tags of YAML itself, make no statement', () => {
  for (const tag of ['automatic-role', 'automatic_role', 'managed-role', 'managed_role']) {
    assert.deepEqual(refusals(`- !${tag} { record: !user u, role_name: x }`), [
      `'!${tag}' is not supported`,
    ])
  }
  assert.deepEqual(refusals('- !!str x'), ['Unexpected scalar'])
  assert.deepEqual(refusals('- !!map { id: x }'), ['No type given or inferred for sequence entry'])
  assert.deepEqual(refusals('- !record x'), ["Unrecognized data type '!record'"])
  assert.deepEqual(refusals('- !User x'), ["Unrecognized data type '!User'"])
})

test('a name that looks like a number is one only where it can be read as one', () => {
  const [row] = compile('- !user { id: 00008 }').rows
  assert.equal(row?.row.table === 'role' && row.row.id, id('user:00008'))
  const [tagged] = compile('- !user 00001').rows
  assert.equal(tagged?.row.table === 'role' && tagged.row.id, id('user:00001'))
  for (const text of ['00001', '0x1f', '1_000', '12', '1.5', '~', 'no', '2020-01-01']) {
    assert.match(refusals(`- !user { id: ${text} }`)[0] ?? '', /^Expected a string for field 'id'/)
  }
  assert.deepEqual(refusals('- !user { id: !!str 12 }'), [])
})

test('a policy of nothing is loaded, whatever form nothing has', () => {
  for (const text of ['# only a comment\n', '[]', '---\n', '- []\n']) {
    assert.deepEqual(load(emptyWorld(), text, { mode: 'add' }).changes, [])
  }
})
