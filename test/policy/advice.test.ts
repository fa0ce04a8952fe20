import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceOn, faultOf, plan, worldOf } from './loading.ts'

/** The literal advice of reference/conjur-api.md 4.9. */
const KNOWN: Readonly<Record<string, string>> = {
  '- hello\n': 'Please check the syntax for defining a new node.',
  '- !policy\n  body: - x\n':
    "This error can occur when you have an unnecessary '-' at the beginning of a line",
  '- !policy\n  id: x\n  body\n  - !user a\n':
    "This error can occur when you have a missing ':' or missing space after ':'",
  '- !policy\n  id: x\n body: y\n': 'This error can occur when you have an indentation problem',
  '- [a, b\n':
    "This error can occur when you don't end a list properly, or have a problem element in the list",
  '- !user,a\n': 'Only one node can be defined per line.',
  '- !policy\n\tid: x\n': 'You must use spaces for indentation, not tabs.',
  '- !secret x\n':
    'The tag must be one of the following: !delete, !deny, !grant, !group, !host, !host-factory, !layer, !permit, !policy, !revoke, !user, !variable, !webservice',
  '- !variable\n': "Each resource must be identified using the 'id' field",
  '- !group {id: a, owner: !group b}\n- !group {id: b, owner: !group a}\n':
    'Try redefining one or both.',
  '- !host {id: h, restricted_to: x}\n':
    'Make sure your address or range is in the correct format (e.g. 192.168.1.0 or 192.168.1.0/16)',
}

test('the advice that clients know is given in its very words', () => {
  for (const [text, advice] of Object.entries(KNOWN)) assert.equal(adviceOn(text), advice, text)
})

test('a name that is not there comes with the declared one that is near, and no other', () => {
  const world = worldOf('- !group secret-team\n')
  const text =
    '- !policy { id: shop, body: [!group developers, !host developers] }\n- !grant { role: !group shop/develpers, member: !group secret-taem }\n'
  const [first, second] = faultOf(() => plan(world, text)).problems
  assert.match(first?.advice ?? '', /^did you mean shop\/developers\? It must be declared/)
  // There is a `secret-team`, which the author of this policy need not know of.
  assert.match(second?.advice ?? '', /^It must be declared/)
})

test('an alias that is not there comes with the anchor that is near', () => {
  assert.match(
    adviceOn('- &hosts\n  - !host a\n- *host\n') ?? '',
    /^did you mean hosts\? Define it further up with &host/,
  )
})

test('`regex-dos`: a policy full of near misses is answered as quickly as any other', () => {
  const anchors = Array.from({ length: 1400 }, (_, n) => `- &${'a'.repeat(30)}${n} []\n`)
  const aliases = Array.from({ length: 100 }, (_, n) => `- *${'a'.repeat(30)}b${n}\n`)
  const began = performance.now()
  const { problems } = faultOf(() => plan(worldOf(), `${anchors.join('')}${aliases.join('')}`))
  assert.equal(problems.length, 100)
  assert.ok(performance.now() - began < 5000)
})
