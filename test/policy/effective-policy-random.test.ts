import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { PolicyFault } from '#policy/fault.ts'
import type { Plan } from '#policy/plan.ts'
import { fetchedBody, fetchedText } from './fetching.ts'
import { changesOf, emptyWorld, load, plan } from './loading.ts'
import type { Loading } from './loading.ts'
import type { MemoryWorld } from './memory-world.ts'
import { pick, randomNestedPolicy, randomOf } from './random-nested-policy.ts'
import type { Random } from './random-nested-policy.ts'

/** The plan of a load that was carried out; `undefined` when the policy was not accepted. */
function loaded(world: MemoryWorld, text: string, loading: Loading): Plan | undefined {
  try {
    return load(world, text, loading)
  } catch (error) {
    if (error instanceof PolicyFault) return undefined
    throw error
  }
}

interface Filled {
  readonly world: MemoryWorld
  readonly keys: ReadonlyMap<Id, string>
  /** The identifiers of its policies. */
  readonly policies: readonly string[]
}

/** A world that came about through several loads into several branches. */
function filled(random: Random): Filled {
  const world = emptyWorld()
  const keys = new Map<Id, string>()
  const policies = (): readonly string[] =>
    world.rows.flatMap((row) =>
      row.table === 'resource' && kindOf(row.id) === 'policy' && world.role(row.id) !== undefined
        ? [row.id.slice('acme:policy:'.length)]
        : [],
    )
  for (let round = 0; round < 4; round++) {
    const mode = pick(random, ['add', 'update', 'replace'] as const)
    const policy = pick(random, policies())
    for (const key of loaded(world, randomNestedPolicy(random), { mode, policy })?.publicKeys ??
      []) {
      keys.set(key.resource, key.value)
    }
  }
  return { world, keys, policies: policies() }
}

test('a fetched root policy, loaded again by PUT, changes nothing', () => {
  const random = randomOf(11)
  let rows = 0
  for (let round = 0; round < 80; round++) {
    const { world, keys } = filled(random)
    const text = fetchedText(world, { keys })
    const planned = plan(world, text, { mode: 'replace' })
    assert.deepEqual(changesOf(planned), [], text)
    rows += world.rows.length
  }
  assert.ok(rows > 80 * 20, `only ${rows} rows`)
})

test('the body of any fetched policy, loaded again by PUT into that policy, changes nothing', () => {
  const random = randomOf(12)
  let fetches = 0
  for (let round = 0; round < 60; round++) {
    const { world, keys, policies } = filled(random)
    for (const policy of policies.filter((name) => name !== 'root')) {
      const text = fetchedBody(world, { policy, keys })
      const changes = changesOf(plan(world, text, { mode: 'replace', policy }))
      // Only at the root can a key be declared apart from its user, and so with another owner.
      const others = changes.filter((line) => !line.startsWith('change resource public_key:'))
      assert.deepEqual(others, [], text)
      fetches++
    }
  }
  assert.ok(fetches > 60, `only ${fetches} policies`)
})

test('a fetched root policy, loaded into a fresh account, makes the same account', () => {
  const random = randomOf(13)
  for (let round = 0; round < 60; round++) {
    const world = emptyWorld()
    const keys = new Map<Id, string>()
    const planned = loaded(world, randomNestedPolicy(random), { mode: 'replace' })
    for (const { resource, value } of planned?.publicKeys ?? []) keys.set(resource, value)
    const text = fetchedText(world, { keys })
    const copy = emptyWorld()
    load(copy, text, { mode: 'replace' })
    assert.deepEqual(copy.lines, world.lines, text)
  }
})
