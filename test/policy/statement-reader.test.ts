import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceOn, compile, problemsOf } from './loading.ts'

const TAGS =
  'The tag must be one of the following: !delete, !deny, !grant, !group, !host, !host-factory, !layer, !permit, !policy, !revoke, !user, !variable, !webservice'

test('a misspelt tag comes with the tag that was meant and the list of tags', () => {
  assert.equal(adviceOn('- !varable x\n'), `did you mean !variable? ${TAGS}`)
  assert.equal(adviceOn('- !Host_Factroy x\n'), `did you mean !host-factory? ${TAGS}`)
  assert.equal(adviceOn('- !secret x\n'), TAGS)
})

test('a misspelt attribute comes with the attribute that was meant', () => {
  assert.match(
    adviceOn('- !user\n  id: x\n  anotations: {}\n') ?? '',
    /^did you mean annotations\?/,
  )
  assert.match(adviceOn('- !permit\n  privilige: read\n') ?? '', /^did you mean privilege\?/)
})

test('`yaml` tags that other programs act upon name nothing here', () => {
  const tags = [
    '!include',
    '!ruby/object:Gem::Installer',
    '!!js/function',
    '!!python/object',
    '!<x>',
  ]
  for (const tag of tags) {
    const [problem] = problemsOf(`- ${tag} /etc/passwd\n`)
    assert.equal(problem, `1:3 Unrecognized data type '${tag}' <${tag}>`)
  }
  const [inAttribute] = problemsOf('- !user\n  id: !include /etc/passwd\n')
  assert.equal(inAttribute, "2:7 Unrecognized data type '!include' <!include>")
  const [inAnnotation] = problemsOf(
    '- !user\n  id: a\n  annotations:\n    b: !include /etc/passwd\n',
  )
  assert.equal(inAnnotation, "4:8 Unrecognized data type '!include' <!include>")
})

test('`template` names of object members are attributes like any other', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.deepEqual(problemsOf(`- !user\n  id: x\n  ${name}: y\n`), [
      `3:3 No such attribute '${name}' on type User <${name}>`,
    ])
    assert.deepEqual(problemsOf(`- !${name} x\n`), [
      `1:3 Unrecognized data type '!${name}' <!${name}>`,
    ])
  }
  const { rows } = compile(
    '- !user\n  id: x\n  annotations:\n    __proto__: y\n    constructor: "{{z}}"\n',
  )
  assert.deepEqual(
    rows.flatMap(({ row }) => (row.table === 'annotation' ? [[row.name, row.value]] : [])),
    [
      ['__proto__', 'y'],
      ['constructor', '{{z}}'],
    ],
  )
})

test('every problem of a policy is reported, in the order of the text', () => {
  const text = [
    '- !varable x',
    '- !user',
    '  id: 1',
    '- !grant {role: !group /a, member: !group b}',
    '- !group c',
    '- !group c',
  ]
  assert.deepEqual(problemsOf(text.join('\n')), [
    "1:3 Unrecognized data type '!varable' <!varable>",
    "3:7 Expected a string for field 'id', got Integer <1>",
    '4:24 Illegal absolute id: /a </a>',
    "6:3 group 'c' is declared more than once <!group c>",
  ])
})

test('single values and lists, singular and plural names mean the same', () => {
  const rowsOf = (text: string): unknown => compile(text).rows.map(({ row }) => row)
  const long =
    '- !permit\n  roles: [!group a]\n  privileges: [[read]]\n  resources: [!variable b, [!variable c]]\n'
  const short = [
    '- !permit {role: !group a, privilege: read, resource: !variable b}',
    '- !permit {role: !group a, privilege: read, resource: !variable c}',
  ]
  assert.deepEqual(rowsOf(long), rowsOf(short.join('\n')))
  assert.deepEqual(
    rowsOf('- !host_factory {id: h, layers: !layer l}\n'),
    rowsOf('- !host-factory {id: h, layer: [!layer l]}\n'),
  )
})

test('annotations keep numbers as they are written and turn words for yes and no into true and false', () => {
  const { rows } = compile(
    '- !user\n  id: x\n  annotations:\n    a: yes\n    b: off\n    c: 010\n    d: 1.10\n    e:\n    f: "yes"\n    g/h i: j\n',
  )
  assert.deepEqual(
    rows.flatMap(({ row }) => (row.table === 'annotation' ? [`${row.name}=${row.value}`] : [])),
    ['a=true', 'b=false', 'c=010', 'd=1.10', 'e=', 'f=yes', 'g/h i=j'],
  )
})

test('attributes that are annotations by another name do not override explicit ones', () => {
  const { rows } = compile(
    [
      '- !user {id: u, uidnumber: 0x10}',
      '- !group {id: g, gidnumber: 1_000}',
      '- !variable {id: v, kind: password, mime_type: text/plain, annotations: {conjur/kind: key}}',
    ].join('\n'),
  )
  assert.deepEqual(
    rows.flatMap(({ row }) => (row.table === 'annotation' ? [`${row.name}=${row.value}`] : [])),
    [
      'conjur/uidnumber=16',
      'conjur/gidnumber=1000',
      'conjur/kind=key',
      'conjur/mime_type=text/plain',
    ],
  )
})

test('an annotation with the name of an attribute is kept and warned of, once', () => {
  const text =
    '- !user {id: a, annotations: {owner: x}}\n- !user {id: b, annotations: {owner: y}}\n'
  assert.deepEqual(compile(text).warnings, [
    "Annotation 'owner' matches a known policy attribute. This annotation will not be treated as a standard attribute and may not have the intended effect.",
  ])
})

test('attributes without a value are empty lists', () => {
  const text = '- !policy\n  id: p\n  annotations:\n  body:\n- !host\n  id: h\n  restricted_to:\n'
  assert.equal(compile(text).rows.length, 5)
})

test('`yaml` merge keys and keys that come twice are refused, so that what a reader sees is what is loaded', () => {
  assert.deepEqual(problemsOf('- &base !user\n  id: a\n- !user\n  <<: *base\n  id: b\n'), [
    "4:3 No such attribute '<<' on type User <<<>",
  ])
  assert.match(
    adviceOn('- !user\n  id: x\n  <<: {a: b}\n') ?? '',
    /^YAML merge keys are not supported/,
  )
  const twice = {
    '- !user { id: a, id: b }': '1:18 Duplicate attribute: id <id>',
    '- !permit { role: !group g, roles: !group h, privilege: p, resource: !variable v }':
      '1:29 Duplicate attribute: roles <roles>',
    '- !user { id: a, annotations: { x: 1, "x": 2 } }': '1:39 Duplicate attribute: x <"x">',
  }
  for (const [text, problem] of Object.entries(twice)) {
    assert.deepEqual(problemsOf(text), [problem], text)
  }
})
