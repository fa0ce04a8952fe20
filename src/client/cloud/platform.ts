import type { Answer } from '#client/transport.ts'
import { openTransport } from '#client/transport.ts'
import { pauseFor, retrying } from '#client/retry.ts'
import { parseServerUrl } from '#client/server-address.ts'
import type { Environment } from '#client/settings.ts'
import { Failure } from '#lib/failure.ts'

/** A question to a service of the platform that a program runs on. */
export interface PlatformQuestion {
  readonly url: URL
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The answer of such a service, whatever its status; throws `unreachable`, `untrusted` or `too_large` when there is none. */
export type AskPlatform = (question: PlatformQuestion) => Promise<Answer>

/** What a workload finds out who it is with. */
export interface PlatformParts {
  /** Where the platform says how to ask it, in the variables that its own SDKs read. */
  readonly environment: Environment
  readonly ask: AskPlatform
  /** The content of a file; throws `configuration` when it cannot be read. */
  readonly readText: (path: string) => Promise<string>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A platform, for whoever reads a message. */
export interface Platform {
  readonly name: string
  /** What to do where it does not tell who a program is: one sentence. */
  readonly advice: string
}

/** For one question with its repeats, in milliseconds, of which each attempt may take a third. */
const PATIENCE_MS = 6000
const ATTEMPTS = 3

/** The largest answer that is read, in bytes: they have few kilobytes. */
const MAX_ANSWER = 64 * 1024

/**
 * Asks over a connection of its own, which goes through no proxy, and again when nobody answers or it is not the time. Redirects are answers like
 * any other.
 */
export async function askPlatform(question: PlatformQuestion): Promise<Answer> {
  const { url, method = 'GET', headers = {}, body = '' } = question
  const address = parseServerUrl(url.origin)
  const direct = openTransport({ address, timeoutMs: PATIENCE_MS, maxAnswer: MAX_ANSWER })
  const transport = retrying(direct, {
    attempts: ATTEMPTS,
    patienceMs: PATIENCE_MS,
    pause: pauseFor,
    random: Math.random,
    now: () => performance.now(),
    wallClock: () => Date.now(),
  })
  try {
    const path = url.pathname + url.search
    return await transport.send({ method, path, headers, body, isRepeatable: true })
  } finally {
    transport.close()
  }
}

/**
 * The answer of `platform` to `question`, which is a success. Throws a failure that says who was asked where, and what to do: `unreachable` and the
 * like when there is no answer, `unavailable` when it is not the time, `configuration` when it refuses. The answer is in none of them: it may
 * hold a token.
 */
export async function mustTell(
  ask: AskPlatform,
  platform: Platform,
  question: PlatformQuestion,
): Promise<Answer> {
  const answer = await answerOf(ask, platform, question)
  const { status } = answer
  if (status >= 200 && status <= 299) return answer
  const isPassing = status === 429 || status >= 500
  const why = `${placeOf(question)} answered with status ${status}`
  throw untold(isPassing ? 'unavailable' : 'configuration', platform, why)
}

async function answerOf(
  ask: AskPlatform,
  platform: Platform,
  question: PlatformQuestion,
): Promise<Answer> {
  try {
    return await ask(question)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw untold(error.code, platform, `${placeOf(question)}: ${error.message}`, error.cause)
  }
}

/** The failure of an answer that does not tell what was asked, for example a page where there should be a token. */
export const senseless = (platform: Platform, question: PlatformQuestion, how: string): Failure =>
  untold('corrupt', platform, `the answer of ${placeOf(question)} ${how}`)

function untold(
  code: Failure['code'],
  { name, advice }: Platform,
  why: string,
  cause?: unknown,
): Failure {
  return new Failure(code, `${name} does not tell who this is: ${why}`, { hint: advice, cause })
}

/** Where a question goes, without its query. */
const placeOf = ({ url }: PlatformQuestion): string => url.origin + url.pathname

/** The URL that a variable of the environment gives; throws `configuration` for what is none of HTTP. */
export function urlIn(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url !== undefined && isHttp && url.username + url.password === '') return url
  throw new Failure('configuration', `${name} is not a URL of HTTP without credentials`)
}

/** Whatever runs on this machine, and the services of ECS and EKS on it. */
const NEAR =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/

/**
 * A URL of a variable at which a token is shown and the answer believed: over plain HTTP nobody but who is on this machine. Throws `configuration` for
 * others.
 */
export function mustBeNear(name: string, url: URL): URL {
  if (url.protocol === 'https:' || NEAR.test(url.hostname)) return url
  throw new Failure('configuration', `${name} is neither https nor on this machine`)
}
