import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { received } from '#compiler/sent-failure.ts'
import { serveCompiles } from '#compiler/serve.ts'
import type { Reply, Request } from '#compiler/serve.ts'
import { joinSlices } from '#compiler/slices.ts'
import type { Slice } from '#compiler/slices.ts'
import { adminOf, makeId, rootPolicyOf } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { CompileInput } from '#policy/compile.ts'
import { PolicyFault } from '#policy/fault.ts'

const inputOf = (text: string, mode: CompileInput['mode'] = 'update'): CompileInput => ({
  text,
  account: 'acme',
  target: rootPolicyOf('acme'),
  owner: adminOf('acme'),
  mode,
})

/** A port behind which policies are read, as they are in the thread. */
function openPort(): { readonly port: MessagePort; [Symbol.dispose](): void } {
  const { port1, port2 } = new MessageChannel()
  serveCompiles(port2)
  return { port: port1, [Symbol.dispose]: () => port1.close() }
}

async function ask(port: MessagePort, request: Request): Promise<Reply> {
  port.postMessage(request, [])
  const [reply] = (await once(port, 'message')) as [Reply]
  return reply
}

async function slicesFrom(port: MessagePort, input: CompileInput): Promise<readonly Slice[]> {
  const slices: Slice[] = []
  let reply = await ask(port, { kind: 'compile', input })
  for (; reply.kind === 'slice'; reply = await ask(port, { kind: 'next' })) {
    slices.push(reply.slice)
  }
  assert.equal(reply.kind, 'end')
  return slices
}

const MANY = Array.from(
  { length: 2500 },
  (_, n) => `- !host { id: h${n}, annotations: { id: x } }\n`,
)
const EVERYTHING = `${MANY.join('')}
- !user { id: u, public_key: ssh-rsa AAAA key, restricted_to: 10.0.0.0/8 }
- !group g
- !grant { role: !group g, members: [!user u, !member { role: !host h1, admin: true }] }
- !permit { role: !group g, privileges: [read, update], resource: !host h2 }
- !delete { record: !user u }
- !revoke { role: !group g, member: !user u }
- !deny { role: !group g, privilege: read, resource: !host h2 }
`

test('a policy that comes in slices is the one that is read at once', async () => {
  using opened = openPort()
  for (const input of [inputOf(EVERYTHING), inputOf('# nothing\n'), inputOf('- !user a\n')]) {
    const slices = await slicesFrom(opened.port, input)
    assert.deepEqual(joinSlices(input, slices), compilePolicy(input))
  }
})

test('no slice is long, however long the policy', async () => {
  using opened = openPort()
  const slices = await slicesFrom(opened.port, inputOf(EVERYTHING))
  assert.ok(slices.length > 3)
  for (const slice of slices) {
    for (const list of Object.values(slice)) assert.ok(list.length <= 2000)
  }
})

test('whatever is wrong with a policy is the same on the other side, and the next one is read', async () => {
  using opened = openPort()
  const wrong = [
    inputOf('- !grup a\n- !user\n  id: 1\n  foo: x\n'),
    inputOf('- !user a\n--- \n- !user b\n'),
    inputOf(''),
    inputOf('- !delete { record: !user u }', 'add'),
  ]
  for (const input of wrong) {
    const reply = await ask(opened.port, { kind: 'compile', input })
    assert.ok(reply.kind === 'failed')
    const failure = received(reply.failure)
    assert.throws(
      () => compilePolicy(input),
      (expected: unknown) => {
        assert.ok(expected instanceof Failure)
        assert.equal(failure.constructor, expected.constructor)
        for (const member of ['code', 'message', 'hint', 'wire', 'name'] as const) {
          assert.deepEqual(failure[member], expected[member])
        }
        assert.deepEqual(
          failure instanceof PolicyFault && failure.problems,
          expected instanceof PolicyFault && expected.problems,
        )
        return true
      },
    )
  }
  assert.equal((await slicesFrom(opened.port, inputOf('- !user a'))).length, 1)
})

test('the same text means something else in another place or mode, and is read again for it', async () => {
  using opened = openPort()
  const first = inputOf('- !user a')
  const inputs: readonly CompileInput[] = [
    first,
    first,
    { ...first, mode: 'replace' },
    { ...first, owner: makeId('acme', 'group', 'ops') },
    { ...first, target: makeId('acme', 'policy', 'shop') },
    { ...first, account: 'rival', target: rootPolicyOf('rival'), owner: adminOf('rival') },
    { ...first, text: '- !user b' },
    first,
  ]
  for (const input of inputs) {
    assert.deepEqual(joinSlices(input, await slicesFrom(opened.port, input)), compilePolicy(input))
  }
  const strict = {
    ...first,
    switches: { usersInRootPolicyOnly: true },
    owner: inputs[3]?.owner ?? first.owner,
  }
  assert.equal((await ask(opened.port, { kind: 'compile', input: strict })).kind, 'failed')
})

test('a policy that is given up in the middle does not mix with the next one', async () => {
  using opened = openPort()
  await ask(opened.port, { kind: 'compile', input: inputOf(EVERYTHING) })
  const input = inputOf('- !user alone')
  assert.deepEqual(joinSlices(input, await slicesFrom(opened.port, input)), compilePolicy(input))
})
