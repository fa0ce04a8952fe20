import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { RoleGraph } from '#domain/role-graph.ts'
import type { DescribedWorld } from '../worlds/read-world.ts'
import { readWorld } from '../worlds/read-world.ts'
import { NaiveJudge } from './naive-judge.ts'
import type { Judge } from './random-world.ts'

const files = globSync(`${import.meta.dirname}/../worlds/*.yaml`).toSorted()
const JUDGES: readonly [string, (world: DescribedWorld) => Judge][] = [
  ['role graph', ({ rows }) => new RoleGraph(rows)],
  ['naive judge', ({ rows }) => new NaiveJudge(rows)],
]

function assertJudged(judge: Judge, world: DescribedWorld): void {
  for (const { role, privilege, resource } of world.allowed) {
    const sentence = `${role} may ${privilege} ${resource}`
    assert.ok(judge.permits(role, privilege, resource), sentence)
    assert.ok(judge.visible(role, resource), sentence)
    assert.ok(judge.permittedRoles(privilege, resource).includes(role), sentence)
  }
  for (const { role, privilege, resource } of world.refused) {
    const sentence = `${role} may not ${privilege} ${resource}`
    assert.ok(!judge.permits(role, privilege, resource), sentence)
    assert.ok(!judge.permittedRoles(privilege, resource).includes(role), sentence)
  }
  for (const [role, resources] of world.sees) {
    assert.deepEqual(judge.visibleTo(role, {}), resources.toSorted(), `what ${role} sees`)
  }
}

for (const file of files) {
  const world = readWorld(readFileSync(file, 'utf8'))
  for (const [name, judgeOf] of JUDGES) {
    test(`${world.title} (${name})`, () => {
      assert.ok(world.allowed.length > 0 && world.refused.length > 0, 'a world states both')
      assertJudged(judgeOf(world), world)
    })
  }
}

test('there are worlds to judge', () => {
  assert.ok(files.length >= 6)
})

test('a described world that mentions what it does not declare is refused, so no misspelt refusal passes', () => {
  const world = 'title: t\naccount: acme\nowners: {user:admin: [variable:v]}\n'
  assert.throws(
    () => readWorld(`${world}refused: {user:admin: {read: [variable:w]}}`),
    /nothing declares acme:variable:w/,
  )
  assert.throws(() => readWorld(`${world}refuse: {}`), /unknown section refuse/)
})
