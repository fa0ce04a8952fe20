import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privilegesOn, rolesHeldBy, viewOf } from '#domain/access.ts'
import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { diffAccess } from '#policy/access-diff.ts'
import type { AccessDiff, Passage } from '#policy/access-diff.ts'
import { PolicyFault } from '#policy/fault.ts'
import { id, load, plan, root, worldOf } from './loading.ts'
import { MemoryWorld } from './memory-world.ts'
import { pick, randomNestedPolicy, randomOf } from './random-nested-policy.ts'

function passageOf(world: MemoryWorld, text: string, mode: 'add' | 'update' | 'replace'): Passage {
  const { changes, after } = plan(world, text, { mode })
  return { before: world, after, changes, target: root }
}

const printed = ({ changes }: AccessDiff): readonly string[] =>
  changes.map(({ role, privilege, resource, change }) =>
    `${role} ${change} ${privilege} on ${resource}`.replaceAll('acme:', ''),
  )

const diffOf = (
  world: MemoryWorld,
  text: string,
  mode: 'add' | 'update' | 'replace' = 'update',
): readonly string[] => printed(diffAccess(passageOf(world, text, mode)))

const SHOP = `
- !group readers
- !group staff
- !user bob
- !host web
- !variable db
- !grant { role: !group readers, member: !group staff }
- !grant { role: !group staff, member: !user bob }
- !permit { role: !group readers, privilege: read, resource: !variable db }
`

test('whoever joins a group gains what the group may do, itself or through others', () => {
  assert.deepEqual(diffOf(worldOf(SHOP), '- !grant { role: !group staff, member: !host web }'), [
    'host:web gained read on variable:db',
  ])
})

test('whoever leaves loses it, and so do all who hold its role', () => {
  const text = '- !revoke { role: !group readers, member: !group staff }'
  assert.deepEqual(diffOf(worldOf(SHOP), text), [
    'group:staff lost read on variable:db',
    'user:bob lost read on variable:db',
  ])
})

test('who may do it in two ways loses nothing with one of them', () => {
  const world = worldOf(
    SHOP,
    '- !permit { role: !user bob, privilege: read, resource: !variable db }',
  )
  assert.deepEqual(
    diffOf(world, '- !deny { role: !user bob, privilege: read, resource: !variable db }'),
    [],
  )
})

test('a new owner gains everything, and the old one keeps what it was permitted', () => {
  const world = worldOf(
    SHOP,
    '- !group owners\n- !user tom\n- !variable { id: key, owner: !user tom }\n- !permit { role: !user tom, privilege: read, resource: !variable key }',
  )
  assert.deepEqual(diffOf(world, '- !variable { id: key, owner: !group owners }'), [
    'group:owners gained * on variable:key',
    'user:tom lost * on variable:key',
  ])
})

test('that the owner of a branch owns what comes and goes in it is not said; that others do is', () => {
  const text = `
- !user ann
- !policy { id: p, owner: !user ann, body: [!variable v] }
- !variable plain
`
  const world = worldOf('- !user ann')
  assert.deepEqual(diffOf(world, text), [
    'user:ann gained * on policy:p',
    'user:ann gained * on variable:p/v',
  ])
  load(world, text)
  assert.deepEqual(diffOf(world, '- !user ann', 'replace'), [
    'user:ann lost * on policy:p',
    'user:ann lost * on variable:p/v',
  ])
})

test('what is kept from the reader is not said, and the same thing is said once', () => {
  const passage = passageOf(
    worldOf(SHOP),
    '- !grant { role: !group readers, members: [!host web] }\n- !permit { role: !host web, privilege: execute, resource: !variable db }',
    'update',
  )
  const { changes } = diffAccess(passage, (change) =>
    change.privilege === 'execute' ? undefined : { ...change, role: 'somebody' },
  )
  assert.deepEqual(changes, [
    { role: 'somebody', privilege: 'read', resource: id('variable:db'), change: 'gained' },
  ])
})

test('a diff ends where it grows too large, and says so', () => {
  const variables = Array.from({ length: 1500 }, (_, number) => `- !variable v${number}\n`).join('')
  const permits = '- !permit { role: !group readers, privilege: read, resource: !variable db }\n'
  const many = Array.from(
    { length: 1500 },
    (_, number) =>
      `- !permit { role: !group readers, privilege: read, resource: !variable v${number} }\n`,
  ).join('')
  const { changes, isComplete } = diffAccess(
    passageOf(worldOf(SHOP), `${variables}${permits}${many}`, 'update'),
  )
  assert.equal(changes.length, 1000)
  assert.equal(isComplete, false)
})

/** What a diff must list, found by asking about every role and every resource. */
function everyDifference(
  { before, after, target }: Passage,
  ids: readonly Id[],
): readonly string[] {
  const roles = ids.filter((one) => ['user', 'host', 'group', 'layer'].includes(kindOf(one)))
  return roles.flatMap((role) => {
    const [had, has] = [rolesHeldBy(before, role), rolesHeldBy(after, role)]
    const isMaster = had.has(target) && has.has(target)
    return ids.flatMap((resource) => {
      const [could, can] = [privilegesOn(before, had, resource), privilegesOn(after, has, resource)]
      const comesOrGoes = !before.resource(resource) || !after.resource(resource)
      const isTold = (privilege: string): boolean => privilege !== '*' || !comesOrGoes || !isMaster
      const gained = could.has('*') ? [] : [...can.difference(could)].filter(isTold)
      const lost = can.has('*') ? [] : [...could.difference(can)].filter(isTold)
      return [
        ...gained.map((privilege) => `${role} gained ${privilege} on ${resource}`),
        ...lost.map((privilege) => `${role} lost ${privilege} on ${resource}`),
      ]
    })
  })
}

test('a diff lists exactly what a comparison of everything before and after finds', () => {
  const random = randomOf(21)
  let found = 0
  for (let round = 0; round < 120; round++) {
    const world = worldOf()
    const mode = pick(random, ['add', 'update', 'replace'] as const)
    let passage: Passage
    try {
      load(world, randomNestedPolicy(random))
      passage = passageOf(world, randomNestedPolicy(random), mode)
    } catch (error) {
      if (error instanceof PolicyFault) continue
      throw error
    }
    const later = new MemoryWorld(world.rows)
    later.apply(passage.changes)
    const rows = [...world.rows, ...later.rows]
    const ids = [...new Set(rows.flatMap((row) => ('id' in row ? [row.id] : [])))]
    const expected = everyDifference({ ...passage, after: later }, ids)
    const told = diffAccess(passage)
    assert.equal(told.isComplete, true)
    assert.deepEqual(
      printed(told).toSorted(),
      expected.map((line) => line.replaceAll('acme:', '')).toSorted(),
    )
    found += expected.length
  }
  assert.ok(found > 200, `only ${found} changes`)
})

test('the questions about access answer for the graph as the graph itself does', () => {
  const random = randomOf(22)
  for (let round = 0; round < 60; round++) {
    const world = worldOf()
    try {
      load(world, randomNestedPolicy(random))
    } catch (error) {
      if (!(error instanceof PolicyFault)) throw error
    }
    const graph = new RoleGraph(world.rows)
    const ids = [...new Set(world.rows.flatMap((row) => ('id' in row ? [row.id] : [])))]
    for (const role of ids) {
      assert.deepEqual([...rolesHeldBy(world, role)].toSorted(), graph.rolesHeldBy(role))
      const sees = viewOf(graph, role)
      for (const resource of ids) assert.equal(sees(resource), graph.visible(role, resource))
    }
  }
})
