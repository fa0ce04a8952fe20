import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PolicyFault } from '#policy/fault.ts'
import { compile, emptyWorld, load, plan } from './loading.ts'
import { MemoryWorld } from './memory-world.ts'
import { pick, randomOf } from './random-nested-policy.ts'
import { randomPolicy } from './random-policy.ts'

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
