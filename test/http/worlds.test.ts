import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { identifierOf, kindOf } from '#domain/id.ts'
import { readWorld } from '../worlds/read-world.ts'
import type { DescribedWorld, Statement } from '../worlds/read-world.ts'
import { ACCOUNT, mustBe, openNode, resourcePath } from './harness.ts'
import type { TestNode } from './harness.ts'

const worlds = globSync(`${import.meta.dirname}/../worlds/*.yaml`)
  .toSorted()
  .map((file) => readWorld(readFileSync(file, 'utf8')))
  .filter(({ policies }) => policies.length > 0)

const METHODS = { add: 'POST', update: 'PATCH', replace: 'PUT' } as const

async function openWorld({ account, policies }: DescribedWorld): Promise<TestNode> {
  assert.equal(account, ACCOUNT)
  const node = await openNode()
  for (const { branch, mode, text } of policies) {
    await node.load(text, { branch, method: METHODS[mode] })
  }
  return node
}

/** What the server answers when its administrator, who holds every role of these worlds, asks for another role. */
async function statusOf(
  { admin }: TestNode,
  { role, privilege, resource }: Statement,
): Promise<number> {
  const query = new URLSearchParams({ check: 'true', privilege, role })
  const path = resourcePath(kindOf(resource), identifierOf(resource))
  return (await admin.get(`${path}?${query.toString()}`)).status
}

for (const world of worlds) {
  test(`${world.title} (a server)`, async () => {
    await using node = await openWorld(world)
    for (const statement of world.allowed) {
      assert.equal(await statusOf(node, statement), 204, JSON.stringify(statement))
    }
    for (const statement of world.refused) {
      assert.equal(await statusOf(node, statement), 404, JSON.stringify(statement))
    }
    for (const [role, resources] of world.sees) {
      const query = new URLSearchParams({ role })
      const { json } = mustBe(
        200,
        await node.admin.get(`/resources/${ACCOUNT}?${query.toString()}`),
      )
      assert.ok(Array.isArray(json))
      const ids = json.map(({ id }: { id: string }) => id)
      assert.deepEqual(ids.toSorted(), resources.toSorted(), role)
    }
  })
}

test('there are worlds that a server judges', () => {
  assert.ok(worlds.length >= 6)
})
