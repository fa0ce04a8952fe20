import assert from 'node:assert/strict'
import type { Answer, Call } from '#client/transport.ts'
import type { Scene } from './scene.ts'

/** The media type of the v2 API. */
export const V2 = 'application/x.secretsmgr.v2beta+json'

/** What a role answers to a request of the v2 API; `body` is sent as JSON, a text as it is. */
export const ask = (
  scene: Scene,
  login: string,
  [method, path]: readonly [Call['method'], string],
  body?: unknown,
): Promise<Answer> =>
  scene.as(login, method, path, {
    headers: { Accept: V2 },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

/** The body of an answer, which must have this status and the type of the v2 API. */
export function bodyOf(answer: Answer, status: number): unknown {
  const text = answer.body.toString()
  assert.equal(answer.status, status, text)
  assert.equal(answer.headers['content-type'], V2)
  const body: unknown = JSON.parse(text)
  return body
}

/** That an answer refuses with this status and message, as the v2 API does. */
export const assertRefused = (answer: Answer, status: number, message: string): void =>
  assert.deepEqual(bodyOf(answer, status), { code: String(status), message })

/** What the trail says of the last deeds of a kind, newest first: operation, result, and who. */
export async function deedsOf(
  scene: Scene,
  kind: string,
  limit: number,
): Promise<readonly unknown[]> {
  const events = await scene.trail(100)
  return events
    .filter((event) => event['kind'] === kind)
    .slice(0, limit)
    .map(({ operation, result, user }) => [operation, result, user])
}
