import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { cloudLogin } from '#client/cloud/login-call.ts'
import type { AskPlatform, PlatformQuestion } from '#client/cloud/platform.ts'
import type { CloudCredentials } from '#client/strongroom-options.ts'
import type { Answer, Call } from '#client/transport.ts'
import { Failure } from '#lib/failure.ts'

/** A question as a test states it. */
export interface Asked {
  readonly what: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What a platform answers: the status, the body, headers in lower case. */
export type Told = readonly [
  status: number,
  body?: string | object,
  headers?: Readonly<Record<string, string>>,
]

/** A workload on a platform that answers as a test says. */
export interface Workload {
  readonly environment?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  /** In the order of the questions; a failure is thrown. */
  readonly told?: readonly (Told | Failure)[]
  readonly now?: number
}

/** What it asked, and the request by which it logs in to the account `acme`. */
export interface Login {
  readonly asked: readonly Asked[]
  readonly call: Call
}

/** Logs in with `credentials`. */
export async function logIn(credentials: CloudCredentials, workload: Workload): Promise<Login> {
  const { environment = {}, files = {}, told = [], now = 0 } = workload
  const asked: Asked[] = []
  const answers = told.values()
  const ask: AskPlatform = async (question) => {
    asked.push(shown(question))
    const answer = answers.next().value ?? assert.fail(`nobody answers ${question.url.href}`)
    if (answer instanceof Failure) throw answer
    return answerOf(answer)
  }
  const readText = async (path: string): Promise<string> => files[path] ?? assert.fail(path)
  const parts = { environment, ask, readText, now: () => now }
  return { call: await cloudLogin('acme', credentials, parts), asked }
}

const shown = ({ url, method = 'GET', headers = {}, body }: PlatformQuestion): Asked => ({
  what: `${method} ${url.href}`,
  headers,
  body,
})

const answerOf = ([status, body = '', headers = {}]: Told): Answer => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

/** Secrets of the tests begin with it. */
const CANARY = /c4n4ry/i

/** That a login fails with this code and a message that matches, and shows no secret. */
export async function assertRefused(
  credentials: CloudCredentials,
  workload: Workload,
  code: Failure['code'],
  message: RegExp,
): Promise<Failure> {
  let failure: unknown
  try {
    await logIn(credentials, workload)
  } catch (error) {
    failure = error
  }
  if (!(failure instanceof Failure)) throw failure
  assert.equal(failure.code, code)
  assert.match(failure.message, message)
  assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }), CANARY)
  return failure
}
