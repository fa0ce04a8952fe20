import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { accountOf, kindOf } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { NaiveJudge } from './naive-judge.ts'
import type { Judge, Universe } from './random-world.ts'
import {
  decisionsOf,
  joined,
  listsOf,
  randomChange,
  randomChanges,
  randomRows,
  rowsOf,
  universeOf,
} from './random-world.ts'
import { forSeeds } from './random.ts'

const one = universeOf('one')
const two = universeOf('two')
const both = joined(one, two)

const answersOf = (judge: Judge, universe: Universe): readonly unknown[] => [
  decisionsOf(judge, universe),
  listsOf(judge, universe),
  rowsOf(judge, universe),
]

test('the graph answers every question about 2,000 random worlds as the naive judge does, before and after changes', () => {
  let granted = 0
  forSeeds(2000, (random) => {
    const universe = random.chance(10) ? both : one
    const rows = randomRows(random, universe)
    const graph = new RoleGraph(rows)
    const judge = new NaiveJudge(rows)
    const decisions = decisionsOf(judge, universe)
    assert.deepEqual(decisionsOf(graph, universe), decisions)
    granted += decisions.length

    const changes = randomChanges(random, universe)
    graph.apply(changes)
    judge.apply(changes)
    assert.deepEqual(answersOf(graph, universe), answersOf(judge, universe))
  })
  assert.ok(granted > 20_000, `only ${granted} grants: the worlds are too poor to tell anything`)
})

test('a graph that changed answers as one that is built from what is left', () => {
  forSeeds(200, (random) => {
    const judge = new NaiveJudge(randomRows(random, both))
    const graph = new RoleGraph(judge.snapshot)
    for (let batch = 0; batch < 5; batch++) {
      const changes = randomChanges(random, both)
      graph.apply(changes)
      judge.apply(changes)
    }
    assert.deepEqual(rowsOf(graph, both), rowsOf(new RoleGraph(judge.snapshot), both))
    assert.deepEqual(decisionsOf(graph, both), decisionsOf(new RoleGraph(judge.snapshot), both))
  })
})

test('changes that a snapshot already contains may be applied again', () => {
  forSeeds(200, (random) => {
    const rows = randomRows(random, one)
    const log: readonly Change[] = Array.from({ length: 4 }, () =>
      randomChanges(random, one),
    ).flat()
    const graph = new RoleGraph(rows)
    graph.apply(log)
    const before = answersOf(graph, one)
    graph.apply(log.slice(random.below(log.length)))
    assert.deepEqual(answersOf(graph, one), before)
  })
})

test('`cache-tenancy`: two accounts of the same names, changed and asked in turns, decide each as if it were alone', () => {
  forSeeds(100, (random) => {
    const alone = [one, two].map((universe) => {
      const rows = randomRows(random, universe)
      return { universe, rows, graph: new RoleGraph(rows) }
    })
    const shared = new RoleGraph(alone.flatMap(({ rows }) => rows))
    for (let turn = 0; turn < 15; turn++) {
      const { universe, graph } = random.pick(alone)
      const change = randomChange(random, universe)
      shared.apply([change])
      graph.apply([change])
      for (const each of alone) {
        assert.deepEqual(decisionsOf(shared, each.universe), decisionsOf(each.graph, each.universe))
      }
      assertStrangers(shared, one, two)
      assertStrangers(shared, two, one)
    }
  })
})

test('what is about an account, and how many there are of a kind, is what the naive judge finds', () => {
  const sorted = (rows: readonly unknown[]): readonly string[] =>
    rows.map((row) => JSON.stringify(row)).toSorted()
  forSeeds(300, (random) => {
    const judge = new NaiveJudge(randomRows(random, both))
    const graph = new RoleGraph(judge.snapshot)
    for (let batch = 0; batch < 3; batch++) {
      const changes = randomChanges(random, both)
      graph.apply(changes)
      judge.apply(changes)
      assert.deepEqual(graph.census(), judge.census())
      assert.deepEqual(sorted(graph.rowsAbout('one')), sorted(judge.rowsAbout('one')))
    }
  })
})

/** No role of `universe` sees, holds or may do anything in `other`. */
function assertStrangers(graph: RoleGraph, universe: Universe, other: Universe): void {
  for (const role of universe.roles) {
    for (const resource of other.resources) assert.equal(graph.visible(role, resource), false)
    for (const held of other.roles) assert.equal(graph.holds(role, held), false)
  }
}

test('`deny-wins`: a listing holds a resource exactly if it may be seen, and all that may be read is seen', () => {
  const owners = new Set<Id>(one.roles.slice(1, 3))
  forSeeds(300, (random) => {
    const graph = new RoleGraph(randomRows(random, both))
    graph.apply(randomChanges(random, both))
    for (const role of both.roles) {
      const listed = graph.visibleTo(role, {})
      const filtered = graph.visibleTo(role, { account: 'one', kind: 'variable', owners })
      for (const resource of both.resources) {
        const visible = graph.visible(role, resource)
        assert.equal(listed.includes(resource), visible)
        const owner = graph.resource(resource)?.owner
        const matches =
          accountOf(resource) === 'one' &&
          kindOf(resource) === 'variable' &&
          owner !== undefined &&
          owners.has(owner)
        assert.equal(filtered.includes(resource), visible && matches)
        for (const privilege of [...both.privileges, 'never-granted']) {
          const allowed = graph.permits(role, privilege, resource)
          assert.ok(visible || !allowed)
          assert.equal(graph.permittedRoles(privilege, resource).includes(role), allowed)
        }
      }
    }
  })
})
