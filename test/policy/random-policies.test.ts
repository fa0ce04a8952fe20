import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PolicyFault } from '#policy/fault.ts'
import { compile, emptyWorld, load, plan } from './loading.ts'
import { MemoryWorld } from './memory-world.ts'
import { pick, randomOf } from './random-nested-policy.ts'
import type { Random } from './random-nested-policy.ts'

const ROLES = [
  '!group g0',
  '!group g1',
  '!group g2',
  '!user u0',
  '!host h0',
  '!layer l0',
  '!policy p0',
]
const RESOURCES = [...ROLES, '!variable v0', '!variable v1', '!webservice w0']

/** A small policy whose statements refer to each other, sometimes to what is not there. */
function randomPolicy(random: Random): string {
  const declared = RESOURCES.filter(() => random(3) > 0)
  const roles = declared.filter((one) => ROLES.includes(one))
  const anyRole = (): string =>
    random(20) === 0 || roles.length === 0 ? '!group g0' : pick(random, roles)
  const declarations = declared.map((one) => {
    const [tag = '', name = ''] = one.split(' ')
    const owner = random(3) === 0 ? `, owner: ${anyRole()}` : ''
    const annotations = random(3) === 0 ? `, annotations: { a: x${random(3)} }` : ''
    const addresses =
      /user|host/.test(tag) && random(2) === 0 ? `, restricted_to: 10.${random(2)}.0.0/16` : ''
    return `- ${tag} { id: ${name}${owner}${annotations}${addresses} }\n`
  })
  const grants = Array.from({ length: random(5) }, () => {
    const admin = random(2) === 0
    return `- !grant { role: ${anyRole()}, member: !member { role: ${anyRole()}, admin: ${admin} } }\n`
  })
  const permits = Array.from({ length: random(5) }, () => {
    const resource = declared.length === 0 ? '!variable v0' : pick(random, declared)
    return `- !permit { role: ${anyRole()}, privileges: [read, p${random(2)}], resource: ${resource} }\n`
  })
  return [...declarations, ...grants, ...permits].join('') || '[]'
}

/** Loads and says whether the policy was accepted. */
function loaded(world: MemoryWorld, text: string, mode: 'add' | 'update' | 'replace'): boolean {
  try {
    load(world, text, { mode })
    return true
  } catch (error) {
    if (error instanceof PolicyFault) return false
    throw error
  }
}

/** The rows of a fresh account into which `text` alone was loaded. */
function alone(text: string): readonly string[] {
  const world = emptyWorld()
  load(world, text)
  return world.lines
}

test('a replacement leads to the same world as loading its text into a fresh account, whatever was there', () => {
  const random = randomOf(1)
  let accepted = 0
  for (let round = 0; round < 150; round++) {
    const world = emptyWorld()
    for (let step = random(3); step > 0; step--) {
      loaded(world, randomPolicy(random), pick(random, ['add', 'update', 'replace'] as const))
    }
    const text = randomPolicy(random)
    if (!loaded(world, text, 'replace')) continue
    accepted++
    assert.deepEqual(world.lines, alone(text), text)
  }
  assert.ok(accepted > 40, `only ${accepted} policies were accepted`)
})

test('what is loaded holds every row that the policy asks for, and planning it again changes nothing', () => {
  const random = randomOf(2)
  for (let round = 0; round < 100; round++) {
    const world = emptyWorld()
    loaded(world, randomPolicy(random), 'update')
    const text = randomPolicy(random)
    const mode = pick(random, ['update', 'replace'] as const)
    if (!loaded(world, text, mode)) continue
    assert.deepEqual(plan(world, text, { mode }).changes, [], text)
    // Of rows with one key the last counts.
    const wanted = new MemoryWorld(compile(text).rows.map(({ row }) => row)).lines
    const there = new Set(world.lines)
    for (const line of wanted) assert.ok(there.has(line) || line.includes('"cidrs":[]'), line)
  }
})

test('an addition changes and removes nothing but restrictions, which only grow', () => {
  const random = randomOf(3)
  for (let round = 0; round < 100; round++) {
    const world = emptyWorld()
    loaded(world, randomPolicy(random), 'update')
    const before = world.lines.filter((line) => !line.includes('"cidrs"'))
    if (!loaded(world, randomPolicy(random), 'add')) continue
    const after = new Set(world.lines)
    for (const line of before) assert.ok(after.has(line), line)
  }
})

test('no sequence of loads into a nested policy touches what lies outside of it', () => {
  const random = randomOf(4)
  const outside =
    '- !policy p\n- !group g0\n- !user u0\n- !variable v0\n- !grant { role: !group g0, member: !user u0 }\n'
  const world = emptyWorld()
  load(world, outside)
  const before = world.lines
  for (let round = 0; round < 100; round++) {
    const text = randomPolicy(random)
    const mode = pick(random, ['add', 'update', 'replace'] as const)
    try {
      load(world, text, { mode, policy: 'p' })
    } catch (error) {
      if (!(error instanceof PolicyFault)) throw error
    }
    const after = new Set(world.lines)
    for (const line of before) assert.ok(after.has(line), line)
  }
})
