import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from '#app/gate.ts'
import { identifierOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Random } from '../domain/random.ts'
import { ACCOUNT, loadAs, openNode } from './harness.ts'

const WORLD = `
- !variable secret
- !group ops
- !host gate
- !policy
  id: other
  body:
    - !variable secret
    - !group crew
    - !host gate
- !permit { role: !group ops, privileges: [read, execute, update], resource: !variable secret }
- !user dev
- !policy
  id: team
  body:
    - !variable secret
    - !group crew
    - !host gate
- !permit { role: !user dev, privileges: [read, create, update], resource: !policy team }
- !permit { role: !user dev, privileges: [update], resource: [!variable team/secret, !group team/crew, !host team/gate] }
`

/** Names as somebody writes them who wants out of the branch. */
const NAMES = {
  variable: [
    'secret',
    '/secret',
    '../secret',
    '/other/secret',
    '../other/secret',
    'other/secret',
    'new',
  ],
  group: ['crew', '/ops', '../ops', '/other/crew', '../../ops', 'ops', 'new'],
  host: ['gate', '/gate', '../gate', '/other/gate', 'new'],
  user: ['new', '/dev', '/admin', '../admin', 'admin', 'dev'],
  policy: ['new', '/root', '../other', '/other', '/team', '../team', 'root', '..'],
} as const

const KINDS = ['variable', 'group', 'host', 'user', 'policy'] as const

function reference(random: Random, kinds: readonly (keyof typeof NAMES)[] = KINDS): string {
  const kind = random.pick(kinds)
  return `!${kind} ${random.pick(NAMES[kind])}`
}

const ROLES = ['group', 'host', 'user', 'policy'] as const

const STATEMENTS: readonly ((random: Random) => string)[] = [
  (random) => `- ${reference(random)}`,
  (random) => {
    const kind = random.pick(KINDS)
    return `- !${kind} { id: ${random.pick(NAMES[kind])}, owner: ${reference(random, ROLES)} }`
  },
  (random) => `- !grant { role: ${reference(random, ROLES)}, member: ${reference(random, ROLES)} }`,
  (random) =>
    `- !permit { role: ${reference(random, ROLES)}, privileges: [read, execute, update, create], resource: ${reference(random)} }`,
  (random) =>
    `- !revoke { role: ${reference(random, ROLES)}, member: ${reference(random, ROLES)} }`,
  (random) =>
    `- !deny { role: ${reference(random, ROLES)}, privileges: [read], resource: ${reference(random)} }`,
  (random) => `- !delete { record: ${reference(random)} }`,
  (random) => `- !policy { id: ${random.pick(NAMES.policy)}, body: [${reference(random)}] }`,
  (random) => `- !group { id: new, account: rival, owner: ${reference(random, ROLES)} }`,
]

const isOutside = (id: Id): boolean => !/^team(?:\/|$)|@team(?:-|$)/.test(identifierOf(id))

/** What the developer, and every role of the branch, can see outside of it, and what there is outside. */
function reachOf(graph: RoleGraph): readonly string[] {
  const inside = graph
    .resources()
    .filter(({ id }) => !isOutside(id) && graph.role(id) !== undefined)
  const roles = [...inside.map(({ id }) => id), DEV]
  const seen = roles.flatMap((role) =>
    graph
      .visibleTo(role, {})
      .filter(isOutside)
      .map((id) => `${role} sees ${id}`),
  )
  const there = graph.resources().filter(({ id }) => isOutside(id))
  return [...seen, ...there.map(({ id, owner }) => `${id} is of ${owner}`)].toSorted((one, other) =>
    one < other ? -1 : 1,
  )
}

const DEV = makeId(ACCOUNT, 'user', 'dev')

test('`escalation`: whoever may load a branch gains nothing outside of it, whatever is loaded', async () => {
  await using node = await openNode()
  await node.load(WORLD)
  const gate = await openGate(node.store)
  const before = reachOf((await gate.pass()).graph)
  const dev = await node.as('dev')
  const random = new Random(1)
  const outcomes = { loaded: 0, refused: 0 }
  for (let round = 0; round < 250; round++) {
    const lines = Array.from({ length: 1 + random.below(2) }, () => random.pick(STATEMENTS)(random))
    const text = lines.join('\n')
    const method = random.pick(['POST', 'PATCH', 'PATCH', 'PUT'] as const)
    const branch = random.pick(['team', 'team', 'team', 'root', 'other'])
    const { status } = await loadAs(dev, text, { branch, method })
    assert.ok([201, 403, 404, 422].includes(status), `${status} for ${text}`)
    outcomes[status === 201 ? 'loaded' : 'refused'] += 1
    assert.deepEqual(reachOf((await gate.pass()).graph), before, `${method} ${branch}\n${text}`)
  }
  assert.ok(outcomes.loaded > 20 && outcomes.refused > 20, JSON.stringify(outcomes))
})
