import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Desired } from '#policy/compile.ts'
import { faultOf } from './loading.ts'

const compile = (text: string): Desired =>
  compilePolicy({
    text,
    account: 'acme',
    target: rootPolicyOf('acme'),
    owner: adminOf('acme'),
    mode: 'add',
  })

test('a demand of a second factor that cannot be read is refused at its place, and so is every other one', () => {
  const text = `
- !variable
  id: db
  annotations:
    strongroom/require-mfa: execute update
    strongroom/require-mfa-within: 1d
- !policy
  id: shop
  body:
    - !host { id: web, annotations: { strongroom/require-mfa-exempt: user, strongroom/require-mfas: true } }
    - !webservice { id: api, annotations: { strongroom/require-mfa: authenticate } }
    - !group { id: staff, annotations: { strongroom/require-mfa: } }
`
  const { problems } = faultOf(() => compile(text))
  assert.deepEqual(
    problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
    [
      '5:29 the annotation `strongroom/require-mfa` cannot be `execute update`',
      '6:36 the annotation `strongroom/require-mfa-within` cannot be `1d`',
      '10:70 the annotation `strongroom/require-mfa-exempt` cannot be `user`',
      '10:76 there is no annotation `strongroom/require-mfas`',
      '11:69 the annotation `strongroom/require-mfa` cannot be `authenticate`',
      '12:65 the annotation `strongroom/require-mfa` cannot be ``',
    ],
  )
  for (const { advice } of problems) assert.match(advice, /^Write /)
})

test('a demand that can be read is loaded as it is written, and yes and no are words for true and false', () => {
  const { rows, warnings } = compile(`
- !variable
  id: db
  annotations:
    strongroom/require-mfa: execute, update
    strongroom/require-mfa-within: 5m
    strongroom/require-mfa-exempt: host
- !variable { id: other, annotations: { strongroom/require-mfa: yes } }
`)
  const values = rows.flatMap(({ row }) => (row.table === 'annotation' ? [row.value] : []))
  assert.deepEqual(values, ['execute, update', '5m', 'host', 'true'])
  assert.deepEqual(warnings, [])
})

test('a privilege that the server never asks for is warned of', () => {
  const { warnings } = compile(
    '- !variable { id: db, annotations: { strongroom/require-mfa: "execute,excute" } }',
  )
  assert.deepEqual(warnings, [
    "Annotation 'strongroom/require-mfa' names 'excute', which the server itself never asks for: it decides nothing but the answers of permission checks.",
  ])
})
