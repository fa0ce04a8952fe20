import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from './loading.ts'

const PROBLEMS: readonly (readonly [name: string, text: string, ...problems: string[]])[] = [
  ['a mapping as the whole policy', 'id: x\n', '1:1 Unexpected mapping <id>'],
  ['a scalar as the whole policy', 'hello\n', '1:1 Unexpected scalar <hello>'],
  ['a tagged statement without a list', '!user bob\n', '1:1 Unexpected scalar <!user bob>'],
  ['text among statements', '- hello\n', '1:3 Unexpected scalar <hello>'],
  ['an empty item', '- !user a\n-\n', '2:2 Unexpected scalar <>'],
  ['a mapping without a tag', '- id: x\n', '1:3 No type given or inferred for sequence entry <id>'],
  ['a misspelt tag', '- !varable x\n', "1:3 Unrecognized data type '!varable' <!varable>"],
  ['a tag of YAML itself', '- !!binary x\n', "1:3 Unrecognized data type '!!binary' <!!binary>"],
  [
    'an automatic role',
    '- !automatic-role\n  record: x\n',
    "1:3 '!automatic-role' is not supported <!automatic-role>",
  ],
  [
    'a member among statements',
    '- !member {role: !user a}\n',
    "1:3 '!member' is not a statement <!member>",
  ],
  ['a record that is a list', '- !user [a, b]\n', '1:3 Unexpected sequence <!user>'],
  ['a grant that is a scalar', '- !grant x\n', '1:3 Unexpected scalar <!grant x>'],
  [
    'a body that is a mapping',
    '- !policy\n  id: p\n  body:\n    id: x\n',
    '4:5 Unexpected mapping <id>',
  ],
  ['a body that is a scalar', '- !policy {id: p, body: x}\n', '1:25 Unexpected scalar <x>'],
  [
    'an unknown attribute',
    '- !variable\n  id: x\n  uidnumber: 1\n',
    "3:3 No such attribute 'uidnumber' on type Variable <uidnumber>",
  ],
  [
    'an attribute of another type',
    '- !host-factory\n  id: x\n  layer: !layer l\n  body: []\n',
    "4:3 No such attribute 'body' on type HostFactory <body>",
  ],
  ['an attribute twice', '- !user\n  id: x\n  id: y\n', '3:3 Duplicate attribute: id <id>'],
  [
    'an attribute in two spellings',
    '- !grant\n  role: !group a\n  member: !user b\n  members: []\n',
    '4:3 Duplicate attribute: members <members>',
  ],
  [
    'an annotation twice',
    '- !user\n  id: x\n  annotations:\n    a: 1\n    a: 2\n',
    '5:5 Duplicate attribute: a <a>',
  ],
  [
    'a number as id',
    '- !user\n  id: 00001\n',
    "2:7 Expected a string for field 'id', got Integer <00001>",
  ],
  [
    'a boolean as id',
    '- !user\n  id: yes\n',
    "2:7 Expected a string for field 'id', got TrueClass <yes>",
  ],
  [
    'a date as id',
    '- !user\n  id: 2020-01-01\n',
    "2:7 Expected a string for field 'id', got Date <2020-01-01>",
  ],
  ['nothing as id', '- !user\n  id:\n', "2:6 Expected a string for field 'id', got NilClass <>"],
  ['a list as id', '- !user\n  id: [x]\n', "2:7 Expected a string for field 'id', got Array <[>"],
  ['a mapping as id', '- !user\n  id: {x: y}\n', "2:7 Attribute 'id' can't be a mapping <{>"],
  [
    'a record as id',
    '- !user\n  id: !group x\n',
    "2:7 Expected a string for field 'id', got Group <!group x>",
  ],
  [
    'a string as uidnumber',
    '- !user\n  id: x\n  uidnumber: "1"\n',
    '3:14 Expected a integer for field \'uidnumber\', got String <"1">',
  ],
  [
    'a string as owner',
    '- !user\n  id: x\n  owner: bob\n',
    "3:10 Expected a Role for field 'owner', got String <bob>",
  ],
  [
    'a variable as role',
    '- !grant\n  role: !variable x\n  member: !user a\n',
    "2:9 Expected a Role for field 'role', got Variable <!variable x>",
  ],
  [
    'a grant as role',
    '- !grant\n  role: !grant x\n  member: !user a\n',
    "2:9 Expected a Role for field 'role', got Grant <!grant x>",
  ],
  [
    'a string as member',
    '- !grant\n  role: !group x\n  members: [!user a, bob]\n',
    "3:22 Expected a Member for field 'members', got String <bob>",
  ],
  [
    'a role as resource',
    '- !permit\n  role: !group x\n  privilege: read\n  resource: !role {kind: a, id: b}\n',
    "4:13 Expected a Resource for field 'resource', got Role <!role>",
  ],
  [
    'a number as privilege',
    '- !permit\n  role: !group x\n  privileges: [read, 1]\n  resource: !variable y\n',
    "3:22 Expected a string for field 'privileges', got Integer <1>",
  ],
  [
    'a group as layer',
    '- !host-factory\n  id: x\n  layers: !group g\n',
    "3:11 Expected a Layer for field 'layers', got Group <!group g>",
    "1:3 Host factory 'x' does not include any layers <!host-factory>",
  ],
  [
    'a string as record',
    '- !delete\n  record: x\n',
    "2:11 Expected a Record for field 'record', got String <x>",
  ],
  [
    'a string as admin',
    '- !grant\n  role: !group x\n  member: !member {role: !user a, admin: "yes"}\n',
    '3:42 Expected a boolean for field \'admin\', got String <"yes">',
  ],
  [
    'a string as annotations',
    '- !user\n  id: x\n  annotations: y\n',
    "3:16 Expected a hash for field 'annotations', got String <y>",
  ],
  [
    'a mapping as annotation',
    '- !user\n  id: x\n  annotations:\n    a: {b: c}\n',
    "4:8 Attribute 'a' can't be a mapping <{>",
  ],
  [
    'a list as annotation',
    '- !user\n  id: x\n  annotations:\n    a: [b]\n',
    "4:8 Attribute 'a' can't be a sequence <[>",
  ],
  [
    'a record as address',
    '- !host\n  id: x\n  restricted_to: !user a\n',
    "3:18 Expected a CIDR for field 'restricted_to', got User <!user a>",
  ],
  [
    'a bad address',
    '- !host\n  id: x\n  restricted_to: [10.0.0.1, 10.0.0.256]\n',
    "3:29 Invalid IP address or CIDR range '10.0.0.256' <10.0.0.256>",
  ],
  [
    'an address with host bits',
    '- !host\n  id: x\n  restricted_to: 10.0.0.1/24\n',
    "3:18 Invalid IP address or CIDR range '10.0.0.1/24': Value has bits set to right of mask. Did you mean '10.0.0.0/24'? <10.0.0.1/24>",
  ],
  [
    'a grant without members',
    '- !grant\n  role: !group x\n',
    "1:3 Missing attribute 'member' on type Grant <!grant>",
  ],
  [
    'an empty permit',
    '- !permit {}\n',
    "1:3 Missing attribute 'role' on type Permit <!permit>",
    "1:3 Missing attribute 'privilege' on type Permit <!permit>",
    "1:3 Missing attribute 'resource' on type Permit <!permit>",
  ],
  ['a raw role without kind', '- !role x\n', "1:3 Missing attribute 'kind' on type Role <!role x>"],
  [
    'a merge key',
    '- !user\n  id: x\n  <<: {a: b}\n',
    "3:3 No such attribute '<<' on type User <<<>",
  ],
  [
    'a blank privilege',
    '- !permit\n  role: !group x\n  privilege: ""\n  resource: !variable y\n',
    '3:14 a name has 1 to 255 characters and no control characters <"">',
  ],
  [
    'a blank public key',
    '- !user\n  id: x\n  public_keys: [" "]\n',
    '3:17 Invalid public key \' \' <" ">',
  ],
  [
    'a public key name twice',
    '- !user\n  id: x\n  public_keys: [ssh-rsa AA lap, ssh-rsa BB lap]\n',
    "3:33 public key 'lap' is declared more than once <ssh-rsa BB lap>",
  ],
]

for (const [name, text, ...problems] of PROBLEMS) {
  test(`${name} is refused where it stands`, () => {
    assert.deepEqual([...problemsOf(text)].toSorted(), problems.toSorted())
  })
}
