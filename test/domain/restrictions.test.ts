import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restrictionsIn } from '#domain/restrictions.ts'
import type { RestrictionRules } from '#domain/restrictions.ts'

const read = (
  annotations: Readonly<Record<string, string>>,
  rules: Partial<RestrictionRules> = {},
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(
      restrictionsIn(new Map(Object.entries(annotations)), {
        type: 'authn-azure',
        service: 'prod',
        ...rules,
      }),
      ([name, { value }]) => [name, value],
    ),
  )

test('a restriction is for one service or for all, and the first overrides the second in either order', () => {
  const annotations = {
    'authn-azure/prod/group': 'one',
    'authn-azure/group': 'two',
    'authn-azure/subscription': 'three',
  }
  const expected = { group: 'one', subscription: 'three' }
  assert.deepEqual(read(annotations), expected)
  assert.deepEqual(read(Object.fromEntries(Object.entries(annotations).toReversed())), expected)
})

test('other services and types, nested names and empty values are passed over', () => {
  assert.deepEqual(
    read({
      'authn-azure/test/group': 'x',
      'authn-azure/prod/group/name': 'x',
      'authn-azure/prod/': 'x',
      'authn-azure/': 'x',
      'authn-azures/group': 'x',
      'authn-gcp/group': 'x',
      'authn-azure/empty': '',
    }),
    {},
  )
})

test('a type of which there is one has no services', () => {
  const rules = { type: 'authn-gcp', known: ['project-id'] }
  const annotations = new Map([
    ['authn-gcp/project-id', 'p'],
    ['authn-gcp/x/project-id', 'q'],
  ])
  assert.deepEqual(
    [...restrictionsIn(annotations, rules).values()],
    [{ name: 'project-id', value: 'p', statedBy: 'authn-gcp/project-id' }],
  )
})

test('a name that the authenticator does not know is refused', () => {
  assert.throws(() => read({ 'authn-azure/typo': 'x' }, { known: ['group'] }), {
    code: 'unauthorized',
    message: /^CONJ00050E/,
  })
})

test('an empty restriction is refused where the rules say so, also one that overrides another', () => {
  for (const annotations of [
    { 'authn-azure/group': '' },
    { 'authn-azure/group': 'x', 'authn-azure/prod/group': '' },
  ]) {
    assert.throws(() => read(annotations, { known: ['group'], refusesEmpty: true }), {
      code: 'unauthorized',
      message: /^CONJ00100E/,
    })
  }
  assert.deepEqual(read({ 'authn-azure/test/group': '' }, { refusesEmpty: true }), {})
})
