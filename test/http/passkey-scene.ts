import assert from 'node:assert/strict'
import { isEnrolledFactor } from '#api/mfa-wire.ts'
import type { EnrolledFactorBody } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import type { CreationOptions, RequestOptions } from '#crypto/passkey.ts'
import { softAuthenticator } from '../crypto/soft-authenticator.ts'
import type { Deviation, SoftAuthenticator } from '../crypto/soft-authenticator.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, at, mustBe, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

/** Where the people of the tests reach the server. */
export const ORIGIN = 'https://vault.example.com'
/** A server that knows its address. */
export const WITH_ADDRESS: NodeOptions = { settings: { publicUrl: new URL(ORIGIN) } }
/** Where a browser brings the code. */
export const CALLBACK = { callback_port: 49_152, state: 'a-state-of-24-characters' }

const POLICY = `
- !user alice
- !user bob
- !host robot
`

/** A server that knows its address, with alice and bob. */
export async function openScene(options: NodeOptions = {}): Promise<TestNode> {
  const node = await openNode({
    ...options,
    settings: { ...WITH_ADDRESS.settings, ...options.settings },
  })
  await node.load(POLICY)
  return node
}

/** An authenticator of its own. */
export const device = (): SoftAuthenticator => softAuthenticator({ origin: ORIGIN })

/** Where ceremonies begin. */
export const ceremonies: string = fillPath(PATHS.passkeyCeremonies, { account: ACCOUNT })
/** The path of a ceremony. */
export const ceremony = (id: string): string =>
  fillPath(PATHS.passkeyCeremony, { account: ACCOUNT, id })
/** Where a ceremony is completed. */
export const completion = (id: string): string => `${ceremony(id)}/completion`

/** Begins a ceremony, whatever comes of it. */
export const begin = (caller: Caller, order: object): Promise<Reply> =>
  caller.post(ceremonies, JSON.stringify(order))

/** A ceremony that has begun. */
export interface Begun {
  readonly id: string
  readonly url: string
  readonly options: CreationOptions & RequestOptions
}

/** Begins a ceremony, which must succeed. */
export const begun = async (caller: Caller, order: object): Promise<Begun> =>
  mustBe(201, await begin(caller, order)).json as Begun

/** Answers a ceremony, as the page does. */
export const answer = (node: TestNode, { id }: Begun, response: unknown): Promise<Reply> =>
  node.anyone.post(`${ceremony(id)}/response`, JSON.stringify({ response }))

/** The code of an answer that was taken. */
export const codeIn = (reply: Reply): string => String(at(mustBe(200, reply).json, 'code'))

/** Completes a ceremony, whatever comes of it. */
export const complete = (caller: Caller, { id }: Begun, code: string): Promise<Reply> =>
  caller.post(completion(id), JSON.stringify({ code }))

/** Enrols a passkey of the caller's, who may. */
export async function enrol(
  node: TestNode,
  caller: Caller,
  authenticator: SoftAuthenticator,
): Promise<EnrolledFactorBody> {
  const started = await begun(caller, { purpose: 'enrolment', name: 'laptop' })
  const code = codeIn(await answer(node, started, authenticator.create(started.options)))
  const { json } = mustBe(200, await complete(caller, started, code))
  assert.ok(isEnrolledFactor(json))
  return json
}

/** Begins to prove a passkey of the caller's, and answers. */
export async function proven(
  node: TestNode,
  caller: Caller,
  authenticator: SoftAuthenticator,
  deviation?: Deviation,
): Promise<readonly [Begun, Reply]> {
  const started = await begun(caller, { purpose: 'verification' })
  return [started, await answer(node, started, authenticator.get(started.options, deviation))]
}

/** What the trail says of factors: operation, result, and why. */
export const deeds = async (node: TestNode): Promise<readonly string[]> =>
  (await node.trail())
    .filter(({ kind }) => kind === 'factor')
    .map(({ operation, result, reason = '' }) => `${operation} ${result} ${reason}`.trim())

/** The error of a passkey, or a code, that is not accepted. */
export const refused = { code: 'mfa_refused', message: 'the passkey was not accepted' }
/** The error of a ceremony that is none any more. */
export const gone = { code: 'not_found', message: 'there is no such ceremony, or its time is over' }

/** The statuses of replies, sorted. */
export const statusesOf = (replies: readonly Reply[]): readonly number[] =>
  replies.map(({ status }) => status).toSorted((one, other) => one - other)
