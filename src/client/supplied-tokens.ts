import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, quoted } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import {
  authenticateByCloud,
  authenticateByJwt,
  authenticateByKey,
  mustBeToken,
  readProof,
  tokenIn,
} from './authentication.ts'
import type { TokenParts } from './authentication.ts'
import { authenticateShowing } from './client-certificate.ts'
import { openLimit, unlessAborted } from './limit.ts'
import type { Credentials, TextSource } from './strongroom-options.ts'
import { textOf } from './text-source.ts'
import type { TokenHolder } from './token-holder.ts'
import { fixedToken, freshToken, renewedToken } from './token-holder.ts'

/** What obtaining the tokens of a program needs. */
export interface SuppliedTokenParts extends TokenParts {
  /** For obtaining one token, in milliseconds, what the program itself does included. */
  readonly timeoutMs: number
}

/** The holder of access tokens for the credentials of a program; nothing is asked of anybody before the first token is needed. */
export function suppliedTokens(credentials: Credentials, parts: SuppliedTokenParts): TokenHolder {
  const obtain = obtaining(credentials, parts)
  if (credentials.kind === 'token') {
    const { token } = credentials
    if (typeof token === 'string') return fixedToken(() => mustBeToken(token, 'the access token'))
    if (typeof token === 'object') return freshToken(() => tokenInFile(token.file))
  }
  return renewedToken(() => inTime(obtain(), parts.timeoutMs), parts.now)
}

type Obtain = () => Promise<AccessToken>

function obtaining(credentials: Credentials, parts: TokenParts): Obtain {
  const { transport, account, openShowing } = parts
  switch (credentials.kind) {
    case 'apiKey': {
      const { login, key } = credentials
      return async () =>
        authenticateByKey(transport, account, { login, key: await textOf(key, 'the API key') })
    }
    case 'token':
      return async () =>
        mustBeToken(await textOf(credentials.token, 'the access token'), 'what was given')
    case 'jwt':
      return async () =>
        authenticateByJwt(
          transport,
          account,
          credentials,
          await textOf(credentials.token, 'the JWT'),
        )
    case 'certificate':
      return async () => {
        const [cert, key] = await pairOf(credentials.certificate, credentials.key)
        return tokenIn(await authenticateShowing(openShowing, account, credentials, { cert, key }))
      }
    case 'iam':
    case 'azure':
    case 'gcp':
      return async () => authenticateByCloud(credentials, parts)
  }
}

const pairOf = (certificate: TextSource, key: TextSource): Promise<readonly [string, string]> =>
  Promise.all([textOf(certificate, 'the certificate'), textOf(key, 'the key of the certificate')])

/** Whoever asks for a token gives up at some time; the next one is not to wait for what never ends. */
async function inTime(token: Promise<AccessToken>, ms: number): Promise<AccessToken> {
  const late = (): Failure =>
    new Failure('unreachable', `there was no access token within ${ms / 1000} seconds`)
  const limit = openLimit(ms, late, [])
  try {
    return await unlessAborted(token, limit.signal)
  } finally {
    limit.release()
  }
}

/** How often a file is read, and how long after each time, until it holds a token: who keeps it fresh may be just writing it. */
const READS = 4
const READ_PAUSE_MS = 50

async function tokenInFile(file: string): Promise<AccessToken> {
  const what = `the content of ${quoted(file)}`
  for (let read = 1; read < READS; read += 1) {
    // oxlint-disable no-await-in-loop -- one attempt after the other
    try {
      return mustBeToken(await readProof(file), what)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
    await sleep(READ_PAUSE_MS)
    // oxlint-enable no-await-in-loop
  }
  return mustBeToken(await readProof(file), what)
}
