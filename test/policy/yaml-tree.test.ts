import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceOn, compile, faultOf, problemsOf } from './loading.ts'

const SYNTAX: readonly (readonly [name: string, text: string, problem: string, advice?: RegExp])[] =
  [
    [
      'a mapping in a scalar statement',
      '- !user a\n  id: b\n',
      '2:5 mapping values are not allowed in this context <:>',
      /missing ':' or missing space/,
    ],
    [
      'a missing colon',
      '- !policy\n  id: x\n  body\n  - !user a\n',
      "3:3 could not find expected ':' while scanning a simple key <body>",
      /^This error can occur when you have a missing ':' or missing space after ':'$/,
    ],
    [
      'bad indentation',
      '- !policy\n  id: x\n body: y\n',
      "3:2 did not find expected '-' indicator while parsing a block collection <b>",
      /^This error can occur when you have an indentation problem$/,
    ],
    [
      'two colons in a line',
      '- a: b: c\n',
      '1:7 mapping values are not allowed in this context <:>',
    ],
    [
      'a list that is not closed',
      '- !group a\n- [a, b\n',
      "2:3 did not find expected ',' or ']' while parsing a flow sequence <[>",
      /^This error can occur when you don't end a list properly, or have a problem element in the list$/,
    ],
    [
      'a mapping that is not closed',
      '- !host {id: 1\n',
      "1:9 did not find expected ',' or '}' while parsing a flow mapping <{>",
      /mapping/,
    ],
    [
      'a missing comma',
      '- ["a" "b"]\n',
      "1:8 did not find expected ',' or ']' while parsing a flow sequence <\"b\">",
    ],
    [
      'two commas',
      '- [a,,b]\n',
      "1:6 did not find expected ',' or ']' while parsing a flow sequence <,>",
    ],
    [
      'a quote that is not closed',
      '- !user "abc\n',
      '1:9 found unexpected end of stream while scanning a quoted scalar <">',
    ],
    [
      'an unknown escape',
      '- !user "a\\qb"\n',
      '1:11 found unknown escape character while parsing a quoted scalar <\\>',
    ],
    [
      'a dash on the line of a key',
      '- !policy\n  body: - x\n',
      '2:9 block sequence entries are not allowed in this context <->',
      /^This error can occur when you have an unnecessary '-' at the beginning of a line$/,
    ],
    [
      'a tab for indentation',
      '- !policy\n\tid: x\n',
      '2:1 found character that cannot start any token while scanning for the next token <\t>',
      /^You must use spaces for indentation, not tabs\.$/,
    ],
    [
      'a reserved character',
      '- @x\n',
      '1:3 found character that cannot start any token while scanning for the next token <@>',
    ],
    [
      'a tag without space after it',
      '- !user,a\n',
      '1:8 did not find expected whitespace or line break while scanning a tag <,a>',
      /^Only one node can be defined per line\.$/,
    ],
    ['two tags', '- !user !host x\n', '1:9 found a second tag or anchor on one node <!host>'],
    [
      'text after the list',
      '- !user a\n!user b\n',
      "2:1 did not find expected '-' indicator while parsing a block collection <!user>",
    ],
    [
      'a directive',
      '%TAG ! x\n--- []\n',
      '1:1 found unknown directive name while scanning a directive <%TAG ! x>',
    ],
    [
      'two documents',
      '- !user a\n---\n- !user b\n',
      '2:1 Multiple YAML documents encountered. Only a single document is permitted per policy. <--->',
    ],
    ['a repeated anchor', '- &a !user x\n- &a !user y\n', '2:3 Duplicate anchor a <&a>'],
    ['an unknown alias', '- !user x\n- *b\n', "2:3 Undefined alias 'b' <*b>"],
    ['an alias in its own anchor', '- &a [*a]\n', "1:7 Undefined alias 'a' <*a>"],
    [
      'attributes on the line of a tag',
      '- !policy id: x\n',
      "1:3 Unexpected tag '!policy' on an attribute name <!policy id>",
    ],
    ['a bell', '- !user "a\u0007"\n', '1:11 control characters are not allowed <\u0007>'],
    ['a bare carriage return', '# c\r- !user a\n', '1:4 control characters are not allowed <\r>'],
    [
      'NUL in an escape',
      '- !user "a\\0"\n',
      '1:9 a scalar cannot contain NUL or half a surrogate pair <"a\\0">',
    ],
  ]

for (const [name, text, problem, advice] of SYNTAX) {
  test(`${name} is reported where it stands`, () => {
    assert.equal(problemsOf(text)[0], problem)
    if (advice !== undefined) assert.match(adviceOn(text) ?? '', advice)
  })
}

test('one slip is reported once, and slips on several lines are all reported', () => {
  assert.deepEqual(problemsOf('- !user,a\n- @x\n'), [
    '1:8 did not find expected whitespace or line break while scanning a tag <,a>',
    '2:3 found character that cannot start any token while scanning for the next token <@>',
  ])
})

test('what ends a file or marks a document is not a statement', () => {
  for (const text of ['# nothing\n', '[]', '--- []\n...\n', '%YAML 1.1\n---\n[]\n', '---\n']) {
    assert.deepEqual(compile(text).rows, [], text)
  }
})

test('`yaml` a document that nests 50,000 levels deep is refused at the limit, in any notation', () => {
  for (const level of ['[', '- ', '{a: ', '? ']) {
    const [problem] = problemsOf(level.repeat(50_000))
    assert.match(problem ?? '', /^1:\d+ a policy can nest 64 levels deep at most/, level)
  }
  const indented = Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
  assert.match(problemsOf(indented)[0] ?? '', /^66:\d+ a policy can nest 64 levels deep at most/)
})

test('`yaml` a chain of aliases nests no deeper than a document may', () => {
  const links = Array.from({ length: 1000 }, (_, index) => `- &a${index + 1} [*a${index}]\n`)
  const [problem] = problemsOf(`- &a0 [!user x]\n${links.join('')}`)
  assert.match(problem ?? '', /64 levels deep at most, aliases expanded/)
})

test('`yaml` an alias bomb is refused before it expands', () => {
  const levels = Array.from({ length: 40 }, (_, level) => {
    const below = level === 0 ? 'a' : `b${level - 1}`
    return `- &b${level} [*${below}, *${below}]\n`
  })
  assert.deepEqual(problemsOf(`- &a [!user x, !user y]\n${levels.join('')}`), [
    '21:3 a policy can have 4000000 nodes at most, aliases expanded <&b19>',
  ])
})

test('`yaml` a scalar of 1 MB is refused with its length', () => {
  assert.match(
    problemsOf(`- !user ${'x'.repeat(1_000_000)}`)[0] ?? '',
    /^1:9 a scalar can have 65536 characters at most; this one has 1000000 <x{80}>$/,
  )
})

test('`yaml` a million mistakes make a hundred problems at most', () => {
  const text = '- !user\n  k: v\n'.repeat(2000)
  assert.equal(problemsOf(text).length, 100)
})

test('`regex-dos` no text makes the reader slower than its length', () => {
  const texts = [
    '- [' + ','.repeat(50_000),
    '- a\n' + ' #\n'.repeat(20_000),
    '- a' + '\n'.repeat(50_000) + '- b',
    '- "' + 'x \n'.repeat(15_000) + '"',
    '- !user ' + '/'.repeat(60_000),
    '- !host {id: x, restricted_to: "' + ':'.repeat(60_000) + '"}',
    '- !user {id: x, public_key: "' + ' '.repeat(60_000) + '"}',
    '- !x' + '-_'.repeat(30_000) + ' y',
    '- !user {' + 'o'.repeat(60_000) + ': 1}',
    '- !user\n  id: ' + '1_'.repeat(30_000) + 'x',
  ]
  for (const text of texts) assert.ok(problemsOf(text).length > 0)
})

test('a fault names its first problem on the wire, and all of them', () => {
  const fault = faultOf(() => compile('- !grup a\n- !foo\n'))
  assert.equal(fault.code, 'policy_invalid')
  assert.equal(fault.status, 422)
  assert.equal(
    fault.message,
    "Error at line 1, column 3 in policy : Unrecognized data type '!grup'",
  )
  assert.deepEqual(fault.wire['innererror'], {
    code: 'policy_invalid',
    filename: 'policy',
    line: 1,
    column: 3,
  })
  assert.equal(fault.wire['problems'], fault.problems)
  assert.equal(fault.problems.length, 2)
})
