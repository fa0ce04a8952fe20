import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Question, Reply } from './client.ts'
import { USES, WITHOUT_PRIVILEGE } from './demand-table.ts'
import type { Use } from './demand-table.ts'
import { assertDemanded, demand, openWorld, proven } from './demand-world.ts'
import { ACCOUNT, at, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'
import { permitAll } from './matrix-world.ts'

const resourceOf = (on: string): Id => parseIdIn(ACCOUNT, on)

/** Where everything of {@link USES} can be asked, one after the other. */
async function openTable(): Promise<TestNode & { readonly filled: (use: Use) => Question }> {
  const node = await openWorld()
  await permitAll(node)
  const path = `/host_factory_tokens?host_factory=${ACCOUNT}:host_factory:factory&expiration=2050-01-01T00:00:00Z`
  const spare = String(at(mustBe(200, await node.admin.post(path)).json, '0', 'token'))
  const filled = ({ question }: Use): Question => ({
    ...question,
    path: question.path.replace('{spare}', spare),
  })
  return Object.assign(node, { filled })
}

/** Ends a demand, if what demanded it is still there. */
async function release(node: TestNode, resource: Id): Promise<void> {
  const { rows } = await node.store.snapshot()
  const isThere = [...rows].some((row) => row.table === 'resource' && row.id === resource)
  if (isThere) await demand(node, resource, 'false')
}

test('a privilege that demands a factor is refused by every route that uses it, to an owner as well, until a fresh one was proven', async () => {
  await using node = await openTable()
  const stale = await proven(node, 'admin')
  node.now += 301_000
  const fresh = await proven(node, 'admin')
  const admin = await node.as('admin')
  for (const use of USES) {
    const { privilege, on, status, besides } = use
    const demands = besides === undefined ? [use] : [use, besides]
    for (const each of demands) await demand(node, resourceOf(each.on), each.privilege)
    const asked = node.filled(use)
    const name = `${asked.method} ${asked.path}`
    for (const caller of [admin, stale]) {
      assertDemanded(await caller.send(asked), privilege, resourceOf(on))
      const last = (await node.trail()).findLast(({ result }) => result === 'failure')
      assert.match(last?.reason ?? '', /needs a second factor/, name)
    }
    const reply = await fresh.send(asked)
    assert.equal(reply.status, status, `${name}: ${reply.text}`)
    for (const each of demands) await release(node, resourceOf(each.on))
  }
})

test('a factor that is demanded for every privilege but one is not demanded for that one', async () => {
  await using node = await openTable()
  const all = ['read', 'execute', 'update', 'create', 'delete', 'use', 'sign']
  const others = (uses: readonly Use[]): string =>
    all.filter((name) => uses.every(({ privilege }) => privilege !== name)).join(', ')
  const sameRequest = Map.groupBy(USES, ({ question }) => JSON.stringify(question))
  for (const uses of sameRequest.values()) {
    for (const { on } of uses) await demand(node, resourceOf(on), others(uses))
    const [use = assert.fail('a group of none')] = uses
    const asked = node.filled(use)
    const reply = await node.admin.send(asked)
    assert.equal(reply.status, use.status, `${asked.method} ${asked.path}: ${reply.text}`)
    for (const { on } of uses) await release(node, resourceOf(on))
  }
})

test('who lacks the privilege, or does not see the resource, learns nothing of a demand', async () => {
  await using node = await openTable()
  const formOf = ({ status, text }: Reply): string => `${status} ${text}`
  const others = [await node.as('viewer'), await node.as('stranger')]
  for (const use of USES) {
    const [asked, resource] = [node.filled(use), resourceOf(use.on)]
    for (const caller of others) {
      const before = await caller.send(asked)
      await demand(node, resource, 'true')
      const after = await caller.send(asked)
      assert.equal(formOf(after), formOf(before), `${asked.method} ${asked.path}`)
      assert.equal(after.headers['www-authenticate'], before.headers['www-authenticate'])
      await demand(node, resource, 'false')
    }
    assert.equal((await node.admin.send(asked)).status, use.status)
  }
})

test('every route for bearers of tokens is in the table of uses, or uses no privilege', async () => {
  await using node = await openNode()
  const gated = node.routes
    .filter(({ access }) => access === 'token' || access === 'either')
    .map(({ method, path }) => `${method} ${path}`)
  const told = new Set([...USES.map(({ route }) => route), ...Object.keys(WITHOUT_PRIVILEGE)])
  assert.deepEqual(
    gated.filter((route) => !told.has(route)),
    [],
  )
  assert.deepEqual(
    USES.filter(({ route }) => !gated.includes(route)),
    [],
  )
})
