import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '#domain/change.ts'
import { makeId } from '#domain/id.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, assertSilent, basic, keyIn, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const BOB = makeId(ACCOUNT, 'user', 'bob')

/** A node with the user bob, on which something happens once somebody has decided to change the account, and before that is done. */
async function withBob(): Promise<{
  readonly node: TestNode
  readonly key: string
  /** What a request answers when these changes get in before it. */
  readonly overtaken: (by: readonly Change[], ask: () => Promise<Reply>) => Promise<Reply>
}> {
  let first: readonly Change[] = []
  const node = await openNode({
    between: (store) => ({
      async change(account, work) {
        const overtaking = first
        first = []
        if (overtaking.length > 0) {
          await store.change(account, (transaction) => transaction.apply(overtaking))
        }
        return store.change(account, work)
      },
    }),
  })
  const key = keyIn(await node.load('- !user bob'), 'user:bob')
  return {
    node,
    key,
    async overtaken(by, ask) {
      first = by
      const reply = await ask()
      assert.deepEqual(first, [], 'nothing was changed')
      return reply
    },
  }
}

/** Bob is deleted. */
const GONE: readonly Change[] = [
  { op: 'remove', row: { table: 'resource', id: BOB, owner: makeId(ACCOUNT, 'user', 'admin') } },
  { op: 'remove', row: { table: 'role', id: BOB } },
]

/** Bob gets another key. */
const ROTATED: readonly Change[] = [
  { op: 'change', row: { table: 'credential', role: BOB, generation: 'another' } },
]

const PASSWORD = 'AAbb11!! long enough'

const asBob = ({ client }: TestNode, secret: string): Caller => client.caller(basic('bob', secret))

test('a role that is deleted while somebody rotates its key is not there, and gets none', async () => {
  const { node, overtaken } = await withBob()
  await using _ = node
  const path = `/authn/${ACCOUNT}/api_key?role=user:bob`
  const reply = mustBe(404, await overtaken(GONE, () => node.admin.put(path)))
  assert.match(reply.text, /CONJ00123E/)
})

test('`stale-token`: a key that is replaced meanwhile neither logs in, nor rotates itself, nor sets a password', async () => {
  for (const changes of [GONE, ROTATED]) {
    for (const [method, path, body] of [
      // By the password: it gives a new key, where a key gives itself.
      ['GET', `/authn/${ACCOUNT}/login`, ''],
      ['PUT', `/authn/${ACCOUNT}/api_key`, ''],
      ['PUT', `/authn/${ACCOUNT}/password`, PASSWORD],
    ] as const) {
      const { node, key, overtaken } = await withBob()
      await using _ = node
      mustBe(204, await asBob(node, key).put(`/authn/${ACCOUNT}/password`, PASSWORD))
      const ask = (): Promise<Reply> => asBob(node, PASSWORD).send({ method, path, body })
      const { length } = await node.trail()
      assertSilent(401, await overtaken(changes, ask))
      const { result } = (await node.trail()).at(-1) ?? assert.fail('nothing is recorded')
      assert.deepEqual([(await node.trail()).length, result], [length + 1, 'failure'])
    }
  }
})
