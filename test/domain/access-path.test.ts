import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessPaths, accessTo } from '#domain/access-path.ts'
import type { AccessPath, AccessQuestion } from '#domain/access-path.ts'
import type { Row } from '#domain/change.ts'
import { parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { randomRows, universeOf } from './random-world.ts'
import { forSeeds } from './random.ts'

const id = (text: string): Id => parseId(`acme:${text}`)

const role = (name: string): Row => ({ table: 'role', id: id(name) })

const holds = (member: string, held: string): Row => ({
  table: 'membership',
  role: id(held),
  member: id(member),
  ownership: false,
  admin: false,
})

const DATABASE: Row = { table: 'resource', id: id('variable:db'), owner: id('policy:shop') }

const READ: Row = {
  table: 'permission',
  resource: id('variable:db'),
  role: id('layer:apps'),
  privilege: 'execute',
}

/** `user:ann` reaches the layer by a short way through `group:a` and by a longer one; `user:boss` owns the policy. */
const WORLD: readonly Row[] = [
  ...['user:ann', 'user:boss', 'group:a', 'group:b', 'group:c', 'layer:apps', 'policy:shop'].map(
    role,
  ),
  DATABASE,
  READ,
  holds('user:ann', 'group:a'),
  holds('group:a', 'layer:apps'),
  holds('user:ann', 'group:b'),
  holds('group:b', 'group:c'),
  holds('group:c', 'layer:apps'),
  holds('user:boss', 'policy:shop'),
  holds('user:boss', 'layer:apps'),
]

const question = (hidden: readonly string[] = []): AccessQuestion => ({
  world: new RoleGraph(WORLD),
  privilege: 'execute',
  resource: id('variable:db'),
  mayName: (other) => !hidden.includes(other.slice('acme:'.length)),
})

/** A path as text: `?` for what may not be named. */
const told = ({ ground, roles }: AccessPath): string =>
  `${roles.map((step) => step?.slice('acme:'.length) ?? '?').join(' > ')} (${ground})`

test('the way to a ground is a shortest one, and each ground has its own, the owner first', () => {
  assert.deepEqual(accessPaths(question(), id('user:ann')).map(told), [
    'user:ann > group:a > layer:apps (permission)',
  ])
  assert.deepEqual(accessPaths(question(), id('user:boss')).map(told), [
    'user:boss > policy:shop (owner)',
    'user:boss > layer:apps (permission)',
  ])
  assert.deepEqual(accessPaths(question(), id('group:nobody')), [])
})

test('a way whose roles may all be named is preferred to a shorter one', () => {
  assert.deepEqual(accessPaths(question(['group:a']), id('user:ann')).map(told), [
    'user:ann > group:b > group:c > layer:apps (permission)',
  ])
})

test('`deny-wins`: roles that may not be named are one gap, however many they are', () => {
  const hidden = ['group:a', 'group:b', 'group:c']
  assert.deepEqual(accessPaths(question(hidden), id('user:ann')).map(told), [
    'user:ann > ? > layer:apps (permission)',
  ])
  assert.deepEqual(
    accessPaths(question(['layer:apps', 'policy:shop']), id('user:boss')).map(told),
    ['user:boss > ? (owner)', 'user:boss > ? (permission)'],
  )
})

test('everybody who may is listed with a way; others are only said to be there', () => {
  const listed = (hidden?: readonly string[]): readonly unknown[] => {
    const { roles, pathOf, hidesOthers } = accessTo(question(hidden))
    return [...roles.map((listedRole) => told(pathOf(listedRole))), hidesOthers]
  }
  assert.deepEqual(listed(), [
    'group:a > layer:apps (permission)',
    'group:b > group:c > layer:apps (permission)',
    'group:c > layer:apps (permission)',
    'layer:apps (permission)',
    'policy:shop (owner)',
    'user:ann > group:a > layer:apps (permission)',
    'user:boss > policy:shop (owner)',
    false,
  ])
  assert.deepEqual(listed(['group:a', 'group:b', 'policy:shop']), [
    'group:c > layer:apps (permission)',
    'layer:apps (permission)',
    'user:ann > ? > layer:apps (permission)',
    'user:boss > layer:apps (permission)',
    true,
  ])
})

test('`deny-wins`: in 300 random worlds ways are found exactly where there is access, each step is a membership, and nothing hidden is named', () => {
  const universe = universeOf('one')
  let gaps = 0
  forSeeds(300, (random) => {
    const graph = new RoleGraph(randomRows(random, universe))
    const visible = new Set(universe.roles.filter(() => random.chance(60)))
    const mayName = (other: Id): boolean => visible.has(other)
    for (const resource of universe.resources) {
      for (const privilege of universe.privileges) {
        const asked = { world: graph, privilege, resource, mayName }
        const access = accessTo(asked)
        const allowed = universe.roles.filter((other) => graph.permits(other, privilege, resource))
        assert.deepEqual(access.roles, allowed.filter(mayName).toSorted())
        assert.equal(access.hidesOthers, !allowed.every(mayName))
        const paths = universe.roles.flatMap((other) => {
          const found = accessPaths(asked, other)
          assert.equal(found.length > 0, allowed.includes(other))
          return found
        })
        const shown = [...paths, ...access.roles.map((other) => access.pathOf(other))]
        for (const path of shown) assertPath(graph, path, mayName)
        gaps += paths.filter(({ roles }) => roles.includes(undefined)).length
      }
    }
  })
  assert.ok(gaps > 200, `only ${gaps} ways with gaps: the worlds are too poor to tell anything`)
})

function assertPath(
  graph: RoleGraph,
  { roles }: AccessPath,
  mayName: AccessQuestion['mayName'],
): void {
  for (const [index, step] of roles.entries()) {
    const next = roles[index + 1]
    if (step === undefined) continue
    assert.ok(mayName(step))
    if (next === undefined) continue
    assert.ok(graph.membershipsOf(step).some((row) => row.role === next))
  }
}
