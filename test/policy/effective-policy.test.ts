import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printJson } from '#policy/print-policy.ts'
import { fetched, fetchedBody, fetchedText } from './fetching.ts'
import { changesOf, id, load, plan, worldOf } from './loading.ts'
import type { MemoryWorld } from './memory-world.ts'

/** The lines of the fetched root, without the first. */
const linesOf = (world: MemoryWorld): readonly string[] =>
  fetchedText(world).trimEnd().split('\n').slice(1)

test('statements come by their kind, then by their name, and the shortest form is one line', () => {
  const world = worldOf(`
- !group g
- !layer l
- !host-factory { id: hf, layers: [!layer l] }
- !permit { role: !group g, privileges: [update, read], resource: !webservice w }
- !grant { role: !group g, members: [!user z, !user a] }
- !host h
- !webservice w
- !variable { id: v, kind: password, mime_type: text/plain, annotations: { b: c, a: b } }
- !policy p
- !user z
- !user a
`)
  assert.deepEqual(linesOf(world), [
    '- !user a',
    '- !user z',
    '- !policy',
    '  id: p',
    '  body: []',
    '- !variable',
    '  id: v',
    '  annotations:',
    '    a: b',
    '    b: c',
    '  kind: password',
    '  mime_type: text/plain',
    '- !webservice w',
    '- !host h',
    '- !layer l',
    '- !host-factory',
    '  id: hf',
    '  layers:',
    '    - !layer l',
    '- !group g',
    '- !grant',
    '  role: !group g',
    '  members:',
    '    - !user /a',
    '    - !user /z',
    '- !permit',
    '  role: !group g',
    '  privileges: [read, update]',
    '  resource: !webservice w',
  ])
})

test('an owner is said only where it is not the policy around, or the administrator at the root', () => {
  const world = worldOf(`
- !user ann
- !variable { id: hers, owner: !user ann }
- !policy
  id: p
  owner: !user ann
  body:
    - !group g
    - !variable { id: v, owner: !group g }
    - !group { id: h, owner: !user /admin }
`)
  assert.deepEqual(
    linesOf(world).filter((line) => /owner|id: /.test(line)),
    [
      '  id: p',
      '  owner: !user /ann',
      '      id: v',
      '      owner: !group /p/g',
      '      id: h',
      '      owner: !user /admin',
      '  id: hers',
      '  owner: !user /ann',
    ],
  )
})

test('a user is shown in the policy whose path its login ends with, and one of the root at the root', () => {
  const world = worldOf(`
- !user bob@a-b
- !policy
  id: a
  body:
    - !policy { id: b, body: [!user ali] }
- !policy
  id: a-b
  body: [!user eve, !user eve@home]
- !grant { role: !user a/b/ali, member: !user a-b/eve }
`)
  assert.deepEqual(linesOf(world), [
    '- !user bob@a-b',
    '- !policy',
    '  id: a',
    '  body:',
    '    - !policy',
    '      id: b',
    '      body:',
    '        - !user ali',
    '        - !grant',
    '          role: !user ali',
    '          members:',
    '            - !user /a-b/eve',
    '- !policy',
    '  id: a-b',
    '  body:',
    '    - !user eve',
    '    - !user eve@home',
  ])
})

test('a permit names its role shortly where both stand in one policy, else from the root', () => {
  const world = worldOf(`
- !group g
- !policy
  id: p
  body:
    - !group g
    - !variable v
    - !permit { role: !group g, privilege: read, resource: !variable v }
    - !permit { role: !group /g, privilege: read, resource: !variable v }
`)
  assert.deepEqual(
    linesOf(world).filter((line) => line.includes('role:')),
    ['        role: !group /g'.slice(2), '        role: !group g'.slice(2)],
  )
})

test('the depth counts levels below what is fetched, and users stand with their policy', () => {
  const world = worldOf(`
- !policy
  id: a
  body:
    - !user u
    - !variable v
    - !policy { id: b, body: [!user x, !variable w] }
`)
  const shown = (depth: number): readonly string[] =>
    fetchedText(world, { policy: 'a', depth }).match(/(?<=- !(?:user|variable) )\w+|id: b/g) ?? []
  assert.deepEqual(shown(0), ['u'])
  assert.deepEqual(shown(1), ['u', 'id: b', 'x', 'v'])
  assert.deepEqual(shown(2), ['u', 'id: b', 'x', 'w', 'v'])
})

test('as JSON a statement is an object with its tag, and a name is the value of one', () => {
  const world = worldOf(`
- !group g
- !grant { role: !group g, member: !member { role: !user /admin, admin: true } }
- !variable { id: v, annotations: { __proto__: x } }
`)
  assert.equal(
    printJson(fetched(world)),
    '[{"variable":{"id":"v","annotations":{"__proto__":"x"}}},{"group":{"id":"g"}},' +
      '{"grant":{"role":{"group":"g"},"members":[{"member":{"role":{"user":"/admin"},"admin":true}}]}}]',
  )
})

test('nothing is an empty list', () => {
  const world = worldOf('[]')
  assert.equal(fetchedText(world), '--- []\n')
  assert.equal(printJson(fetched(world)), '[]')
  assert.deepEqual(plan(world, fetchedText(world), { mode: 'replace' }).changes, [])
})

test('what a policy says about itself stands in its body without a name, when it was loaded through the policy', () => {
  const world = worldOf('- !policy p\n- !user u')
  const text = '- !layer\n- !permit { role: !user /u, privilege: read, resource: !policy }\n'
  load(world, text, { policy: 'p' })
  const body = fetchedBody(world, { policy: 'p' })
  assert.match(body, /^- !layer ""$/m)
  assert.match(body, /^ {2}resource: !policy ""$/m)
  assert.deepEqual(changesOf(plan(world, body, { policy: 'p', mode: 'replace' })), [])
})

test('a host factory whose layers cannot be named from its policy is shown in the raw form', () => {
  const world = worldOf(`
- !layer l
- !policy { id: p, body: [!layer m] }
- !host-factory { id: p/hf, layers: [!layer l] }
`)
  const text = fetchedText(world)
  assert.match(text, /!role\n +kind: host_factory\n +id: hf/)
  assert.match(text, /role: !layer l\n +members:\n +- !host-factory \/p\/hf/)
  assert.deepEqual(changesOf(plan(world, text, { mode: 'replace' })), [])
})

test('what the administrator or the root policy was given by a policy is shown, they themselves are not', () => {
  const world = worldOf(`
- !user { id: admin, annotations: { mail: a@b } }
- !policy { id: root, annotations: { purpose: all } }
- !user u
- !permit { role: !user u, privilege: read, resource: !policy root }
`)
  assert.deepEqual(linesOf(worldOf('[]')), [])
  const text = fetchedText(world)
  assert.match(text, /id: admin\n {2}annotations/)
  assert.match(text, /id: root\n {2}annotations/)
  assert.deepEqual(changesOf(plan(world, text, { mode: 'replace' })), [])
})

test('`deny-wins`: a policy that the reader cannot see is not named, even by the path of a user', () => {
  const world = worldOf(`
- !user ann
- !policy { id: secret, body: [!user spy] }
- !policy
  id: open
  owner: !user ann
  body:
    - !group g
    - !grant { role: !group g, member: !user /secret/spy }
`)
  const text = fetchedText(world, { policy: 'open', by: id('user:ann') })
  assert.match(text, /- !user \/spy@secret/)
})
