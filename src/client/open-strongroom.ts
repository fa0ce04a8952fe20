import { Failure } from '#lib/failure.ts'
import type { CheckedConnection } from './checked-options.ts'
import { mustBeInterval } from './checked-options.ts'
import { timeoutFailure } from './connection-failure.ts'
import { openLimit, unlessAborted } from './limit.ts'
import { allSecrets, bytesOf, identityOf, listed, mustBeIds, utf8Of } from './program-calls.ts'
import { publishedError } from './published-error.ts'
import { checkPermission } from './resources.ts'
import { pauseFor, retrying } from './retry.ts'
import { fetchReadableSecrets } from './secret-batches.ts'
import { fetchSecret, storeSecret } from './secrets.ts'
import type { ServerAddress } from './server-address.ts'
import { hostAndPort } from './server-address.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import type { Environment } from './settings.ts'
import type { CallOptions, Strongroom, WatchOptions } from './strongroom.ts'
import type { Credentials } from './strongroom-options.ts'
import { StrongroomError } from './strongroom-error.ts'
import { suppliedTokens } from './supplied-tokens.ts'
import type { TokenHolder } from './token-holder.ts'
import type { ClientIdentity, Transport } from './transport.ts'
import { openTransport } from './transport.ts'
import { INTERVAL_MS, watchSecrets } from './watch.ts'

/** Which server a program talks to, as whom, and how. */
export interface Opening extends CheckedConnection {
  readonly address: ServerAddress
  readonly account: string
  readonly credentials: Credentials
  /** Where the cloud of a workload says how to ask it. */
  readonly environment: Environment
  readonly timeoutMs: number
}

/** A server as a program sees it; it connects when it is first asked. Throws `configuration` for what cannot go together. */
export function openOver(opening: Opening): Strongroom {
  const { account, signal } = opening
  const closing = new AbortController()
  const transport = openRepeating(opening, closing.signal)
  const close = (): void => {
    closing.abort(new StrongroomError('closed', 'the connection to the server was closed'))
    transport.close()
    signal?.removeEventListener('abort', close)
  }
  signal?.addEventListener('abort', close)
  if (signal?.aborted === true) close()
  const call = callsOver(opening, transport, closing.signal)
  return {
    account,
    ...readsOver(call),
    ...questionsOver(call),
    watch: (ids, options) => watchOver(call, closing.signal, ids, options),
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

function openRepeating(
  opening: Opening,
  closing: AbortSignal,
  identity?: ClientIdentity,
): Transport {
  const { address, caPem, pins, timeoutMs, attempts } = opening
  const transport = openTransport({
    address,
    timeoutMs,
    signal: closing,
    ...(caPem === undefined ? {} : { caPem }),
    ...(pins === undefined ? {} : { pins }),
    ...(identity === undefined ? {} : { identity }),
  })
  return retrying(transport, {
    attempts,
    patienceMs: timeoutMs,
    pause: pauseFor,
    random: Math.random,
    now: () => performance.now(),
    wallClock: () => Date.now(),
  })
}

/** Does `work` within the limit that a call has, and throws what a program is to see. */
type CallWithin = <Result>(
  options: CallOptions | undefined,
  work: (session: Session) => Promise<Result>,
) => Promise<Result>

function callsOver(opening: Opening, transport: Transport, closing: AbortSignal): CallWithin {
  const { account, address, credentials, environment, timeoutMs } = opening
  const late = (): Failure => timeoutFailure(hostAndPort(address), timeoutMs)
  const tokens = suppliedTokens(credentials, {
    transport,
    openShowing: (identity) => openRepeating(opening, closing, identity),
    account,
    environment,
    timeoutMs,
    now: () => performance.now(),
  })
  return async (options, work) => {
    const limit = openLimit(timeoutMs, late, [closing, options?.signal])
    const limited: Transport = {
      ...transport,
      send: (call) => transport.send({ ...call, limit }),
    }
    try {
      limit.signal.throwIfAborted()
      return await work(openSession(account, limited, waitingWithin(tokens, limit.signal)))
    } catch (error) {
      throw publishedError(error)
    } finally {
      limit.release()
    }
  }
}

/** Whoever gives up waiting for a token leaves it to the others who wait for the same one. */
const waitingWithin = (tokens: TokenHolder, signal: AbortSignal): TokenHolder => ({
  ...tokens,
  current: () => unlessAborted(tokens.current(), signal),
})

type Reads = Pick<Strongroom, 'secret' | 'secretText' | 'secrets' | 'readableSecrets' | 'setSecret'>

const readsOver = (call: CallWithin): Reads => ({
  secret: (id, options) => call(options, (session) => oneSecret(session, id, options?.version)),
  secretText: (id, options) =>
    call(options, async (session) => utf8Of(id, await oneSecret(session, id, options?.version))),
  secrets: (ids, options) =>
    call(options, async (session) => {
      mustBeIds(ids)
      return allSecrets(session, ids)
    }),
  readableSecrets: (ids, options) =>
    call(options, async (session) => {
      mustBeIds(ids)
      return fetchReadableSecrets(session, ids)
    }),
  setSecret: (id, value, options) =>
    call(options, async (session) => {
      mustBeIds([id])
      await storeSecret(session, id, bytesOf(value))
    }),
})

async function oneSecret(session: Session, id: string, version?: number): Promise<Buffer> {
  mustBeIds([id])
  return fetchSecret(session, id, version)
}

type Questions = Pick<Strongroom, 'list' | 'check' | 'whoami'>

const questionsOver = (call: CallWithin): Questions => ({
  list: (options = {}) => call(options, (session) => listed(session, options)),
  check: (resource, privilege, options) =>
    call(options, async (session) => {
      mustBeIds([resource])
      return checkPermission(session, resource, privilege, options?.role)
    }),
  whoami: (options) => call(options, identityOf),
})

function watchOver(
  call: CallWithin,
  closing: AbortSignal,
  ids: readonly string[],
  options: WatchOptions = {},
): ReturnType<Strongroom['watch']> {
  const { intervalMs = INTERVAL_MS, signal } = options
  try {
    mustBeIds(ids)
    mustBeInterval(intervalMs)
  } catch (error) {
    throw publishedError(error)
  }
  const either = signal === undefined ? closing : AbortSignal.any([closing, signal])
  return watchSecrets(
    ids,
    { ...options, signal: either },
    {
      read: (asked, ended) =>
        call({ signal: ended }, (session) => fetchReadableSecrets(session, asked)),
      pause: pauseFor,
      random: Math.random,
      now: () => performance.now(),
    },
  )
}
