import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '#domain/change.ts'
import { adminOf, makeId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Mode } from '#policy/compile.ts'
import { PolicyFault } from '#policy/fault.ts'
import { planPolicy } from '#policy/plan.ts'
import { accessOf } from '../domain/reference-access.ts'
import { atOnce } from '../policy/loading.ts'
import { MemoryWorld } from '../policy/memory-world.ts'
import { pick, randomOf } from '../policy/random-nested-policy.ts'
import type { Random } from '../policy/random-nested-policy.ts'
import { randomPolicy } from '../policy/random-policy.ts'

// Pure, and here because ten thousand policies take longer than all the fast tests together.

const ACCOUNTS = ['one', 'two'] as const
const POLICIES = 10_000
const PRIVILEGES = ['read', 'p0', 'p1']

/** Two accounts in one graph, with the rows that the graph should hold. */
interface Installation {
  readonly graph: RoleGraph
  readonly world: MemoryWorld
}

function newInstallation(): Installation {
  const rows = ACCOUNTS.flatMap((account) => MemoryWorld.account(account).rows)
  return { graph: new RoleGraph(rows), world: new MemoryWorld(rows) }
}

/** Loads a random policy into both; says whether it was accepted. */
function loadRandom(random: Random, { graph, world }: Installation, foreign: boolean): boolean {
  const account = pick(random, ACCOUNTS)
  const other = account === 'one' ? 'two' : 'one'
  const text = randomPolicy(random, foreign ? other : undefined)
  const branch = makeId(account, 'policy', 'p0')
  const isBranch = random(3) === 0 && graph.resource(branch) !== undefined
  const target = isBranch ? branch : rootPolicyOf(account)
  const owner = graph.resource(target)?.owner ?? adminOf(account)
  const mode: Mode = pick(random, ['add', 'update', 'replace'] as const)
  try {
    const desired = compilePolicy({ text, account, target, owner, mode })
    const { changes } = atOnce(planPolicy(desired, graph, world))
    world.apply(changes)
    graph.apply(changes)
    return true
  } catch (error) {
    if (error instanceof PolicyFault) return false
    throw error
  }
}

/** What the graph says, in the sentences of the reference. */
function accessIn(graph: RoleGraph, rows: readonly Row[]): readonly string[] {
  const idsOf = (table: 'role' | 'resource'): readonly Id[] =>
    rows.flatMap((row) => (row.table === table && 'id' in row ? [row.id] : []))
  const [roles, resources] = [idsOf('role'), idsOf('resource')]
  const access = roles.flatMap((role) => [
    ...roles.filter((held) => graph.holds(role, held)).map((held) => `${role} holds ${held}`),
    ...resources.flatMap((resource) => rightsOf(graph, role, resource)),
  ])
  return access.toSorted()
}

function rightsOf(graph: RoleGraph, role: Id, resource: Id): readonly string[] {
  const may = PRIVILEGES.filter((privilege) => graph.permits(role, privilege, resource))
  // Whoever may do what nobody is permitted owns it, and may do everything.
  if (graph.permits(role, 'never-permitted', resource)) {
    assert.deepEqual(may, PRIVILEGES)
    may.push('*')
  }
  const rights = may.map((privilege) => `${role} may ${privilege} ${resource}`)
  return graph.visible(role, resource) ? [...rights, `${role} sees ${resource}`] : rights
}

/** An owner may do everything: the reference says so once, and the graph for each privilege. */
const spelledOut = (access: readonly string[]): readonly string[] => {
  const all = new Set(access)
  for (const line of access) {
    if (!line.includes(' may * ')) continue
    for (const privilege of PRIVILEGES) all.add(line.replace(' may * ', ` may ${privilege} `))
  }
  return [...all].toSorted()
}

function assertLists(graph: RoleGraph, access: readonly string[], roles: readonly Id[]): void {
  const sentences = Map.groupBy(access, (line) => line.split(' ', 2).join(' '))
  for (const role of roles) {
    const listed = {
      sees: graph.visibleTo(role, {}),
      holds: graph.rolesHeldBy(role),
    }
    for (const [verb, ids] of Object.entries(listed)) {
      const expected = sentences.get(`${role} ${verb}`) ?? []
      assert.deepEqual(
        ids.map((id) => `${role} ${verb} ${id}`),
        expected,
      )
    }
  }
}

/** That a resource demands what its annotation says and no other demands anything; returns how many demand something. */
function assertDemands(graph: RoleGraph, rows: readonly Row[]): number {
  const demanding = new Set(
    rows.flatMap((row) =>
      row.table === 'annotation' && row.name === 'strongroom/require-mfa' ? [row.resource] : [],
    ),
  )
  for (const row of rows) {
    if (row.table !== 'resource') continue
    const expected = { privileges: new Set(['read', 'p0']), within: 300, exemptsHosts: false }
    assert.deepEqual(graph.demandOn(row.id), demanding.has(row.id) ? expected : undefined)
  }
  return demanding.size
}

const ACROSS = /^one:.* two:|^two:.* one:/

test('`deny-wins`, `cache-tenancy`: the graph and a naive reference agree on 10,000 random policies of two accounts, loaded one on the other', () => {
  const random = randomOf(2026)
  let [accepted, refused, sentences, across, demanded] = [0, 0, 0, 0, 0]
  while (accepted < POLICIES) {
    const installation = newInstallation()
    const { graph, world } = installation
    const mayMeet = random(2) === 0
    for (let step = 0; step < 6; step += 1) {
      if (!loadRandom(random, installation, mayMeet)) {
        refused += 1
        continue
      }
      accepted += 1
      const { rows } = world
      const access = spelledOut(accessOf(rows))
      assert.deepEqual(accessIn(graph, rows), access)
      demanded += assertDemands(graph, rows)
      sentences += access.length
      const meeting = access.filter((line) => ACROSS.test(line))
      if (mayMeet) across += Math.sign(meeting.length)
      else assert.deepEqual(meeting, [])
    }
    // What changed step by step answers as what is built at once, in lists as well.
    const roles = world.rows.flatMap((row) => (row.table === 'role' ? [row.id] : []))
    const access = spelledOut(accessOf(world.rows))
    assertLists(graph, access, roles)
    assertLists(new RoleGraph(world.rows), access, roles)
    assert.deepEqual(accessIn(new RoleGraph(world.rows), world.rows), access)
  }
  assert.ok(refused < accepted * 2, `${refused} were refused`)
  assert.ok(sentences > 40 * POLICIES, `only ${sentences} sentences: the policies are too poor`)
  assert.ok(demanded > POLICIES / 20, `only ${demanded} resources demanded a second factor`)
  assert.ok(across > POLICIES / 20, `only ${across} worlds had access across accounts`)
})
