import assert from 'node:assert/strict'
import { Secret } from 'otpauth'
import { isEnrolledFactor, isFactorList, isPendingTotp } from '#api/mfa-wire.ts'
import type { EnrolledFactorBody, FactorListBody } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { isAccessToken } from '#api/wire.ts'
import { totpCode } from '#crypto/totp.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, at, authorizationOf, mustBe, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

/** `officer` may update `alice` and `app`; `reader` may see `alice`; `stranger` knows nobody. */
const POLICY = `
- !user alice
- !user officer
- !user reader
- !user stranger
- !host app
- !variable db
- !permit { role: !user officer, privilege: [read, update], resource: !user alice }
- !permit { role: !user officer, privilege: [read, update], resource: !host app }
- !permit { role: !host app, privilege: [read, update], resource: !user alice }
- !permit { role: !user reader, privilege: [read], resource: !user alice }
- !permit { role: !user alice, privilege: [read, execute], resource: !variable db }
`

/** A server with some people, and what they do with their second factors. */
export interface FactorScene extends TestNode {
  /** Moves the clock on by one time step, so that the next code is another one. */
  later(): void
  /** The code that an app with this secret (base32) shows now, or so many steps later. */
  code(secret: string, steps?: number): string
  /** A bearer of the token that a reply holds. */
  bearer(reply: Reply): Caller
}

/** A path of second factors, its names filled in. */
export const mfaPath = (
  path: keyof typeof PATHS,
  values: Readonly<Record<string, string>> = {},
): string => fillPath(PATHS[path], { account: ACCOUNT, ...values } as never)

/** Opens the scene. */
export async function openFactorScene(options: NodeOptions = {}): Promise<FactorScene> {
  const node = await openNode(options)
  if (options.database === undefined) await node.load(POLICY)
  return Object.assign(node, {
    later: () => void (node.now += 30_000),
    code: (secret: string, steps = 0) => codeOf(secret, node.now + steps * 30_000),
    bearer: (reply: Reply) => bearerOf(node, mustBe(200, reply).json),
  })
}

/** The code of a secret in base32 at a time, in milliseconds since 1970. */
export const codeOf = (secret: string, now: number): string =>
  totpCode(Secret.fromBase32(secret).bytes, now)

/** Somebody who has a token, by what answered it. */
export function bearerOf(node: TestNode, token: unknown): Caller {
  assert.ok(isAccessToken(token))
  return node.client.caller({ Authorization: authorizationOf(token) })
}

/** What the payload of a token says. */
export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  assert.ok(isAccessToken(token))
  return JSON.parse(Buffer.from(token.payload, 'base64url').toString('utf8')) as Readonly<
    Record<string, unknown>
  >
}

/** A secret that waits for its confirmation. */
export async function begun(
  caller: Caller,
  name?: string,
): Promise<{ readonly id: string; readonly secret: string }> {
  const reply = await caller.post(mfaPath('totpFactors'), JSON.stringify({ name }))
  const pending = mustBe(201, reply).json
  assert.ok(isPendingTotp(pending))
  return pending
}

/** Confirms an app by a code. */
export const confirm = (caller: Caller, id: string, code: string): Promise<Reply> =>
  caller.post(mfaPath('totpConfirmation', { id }), JSON.stringify({ code }))

/** Proves an app by a code. */
export const verify = (caller: Caller, code: string): Promise<Reply> =>
  caller.post(mfaPath('mfaVerification'), JSON.stringify({ code }))

/** Uses a recovery code. */
export const recover = (caller: Caller, code: string): Promise<Reply> =>
  caller.post(mfaPath('mfaVerification'), JSON.stringify({ recovery_code: code }))

/** What somebody has. */
export async function factorsOf(caller: Caller): Promise<FactorListBody> {
  const list = mustBe(200, await caller.get(mfaPath('factors'))).json
  assert.ok(isFactorList(list))
  return list
}

/** That a reply refuses with this status and code. */
export function assertRefused(status: number, code: string, reply: Reply): void {
  assert.deepEqual([reply.status, codeIn(reply.json)], [status, code], reply.text)
}

const codeIn = (body: unknown): unknown => at(body, 'error', 'code')

/** Somebody who has an app now. */
export interface Enrolled {
  readonly body: EnrolledFactorBody
  /** Base32. */
  readonly secret: string
  /** Of a token that says that the app was proven. */
  readonly caller: Caller
  /** The codes, when it is the first factor. */
  readonly codes: readonly string[]
}

/** Enrols an app, and moves the clock on, so that the code it was confirmed by is not the one that it shows. */
export async function enrolled(scene: FactorScene, by: Caller, name?: string): Promise<Enrolled> {
  const { id, secret } = await begun(by, name)
  const body = mustBe(200, await confirm(by, id, scene.code(secret))).json
  assert.ok(isEnrolledFactor(body))
  scene.later()
  return { body, secret, caller: bearerOf(scene, body.token), codes: body.recovery_codes ?? [] }
}
