import assert from 'node:assert/strict'
import { openGate } from '#app/gate.ts'
import { REQUIRE_MFA } from '#domain/factor-demand.ts'
import { accountOf, roleOfLogin } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { fakeSts } from '../issuers/fake-sts.ts'
import type { Caller, Reply } from './client.ts'
import { POLICY } from './demand-table.ts'
import { ACCOUNT, at, authorizationOf, NOW, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const cutOff = async (): Promise<never> => {
  throw new Failure('unreachable', 'there is no network')
}

/** A node with what the table of uses is about. */
export async function openWorld(): Promise<TestNode> {
  const node = await openNode({
    issuerCalls: fakeSts(() => NOW),
    authenticatorCalls: { get: cutOff, send: cutOff },
  })
  await node.load(POLICY)
  await node.set('db', 'value')
  return node
}

/** Puts an annotation on a resource as nothing but a policy or a restore does. */
export const annotate = (
  node: TestNode,
  resource: Id,
  name: string,
  value: string,
): Promise<void> =>
  node.store.change(accountOf(resource), (transaction) =>
    transaction.apply([{ op: 'change', row: { table: 'annotation', resource, name, value } }]),
  )

export const demand = (node: TestNode, resource: Id, value: string): Promise<void> =>
  annotate(node, resource, REQUIRE_MFA, value)

/** The bearer of a token that says that a factor was proven just now. */
export async function proven(node: TestNode, login: string): Promise<Caller> {
  const role = roleOfLogin(ACCOUNT, login)
  const { graph } = await (await openGate(node.store)).pass()
  const generation = graph.credential(role)?.generation ?? assert.fail(`no ${role}`)
  const token = await node.tokens.issue(role, generation, { factor: ['otp'] })
  return node.client.caller({ Authorization: authorizationOf(token) })
}

const CHALLENGE = 'Bearer error="insufficient_user_authentication", max_age=300'

/** That a reply says which privilege on what wants a factor, and how fresh. */
export function assertDemanded(reply: Reply, privilege: string, resource: Id): void {
  const message = `${privilege} on ${resource} needs a second factor that was proven in the last 5 minutes: \`strongroom mfa verify\` proves one`
  assert.equal(reply.status, 403, reply.text)
  assert.equal(reply.headers['www-authenticate'], CHALLENGE)
  const isV2 = at(reply.json, 'error') === undefined
  assert.deepEqual(
    reply.json,
    isV2
      ? { code: '403', message }
      : { error: { code: 'mfa_required', message, privilege, resource, max_age: 300 } },
  )
}
