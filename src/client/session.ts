import type { AccessToken } from './access-token.ts'
import { failureOf, mustSucceed } from './answers.ts'
import type { TokenHolder } from './token-holder.ts'
import type { Answer, Call, Transport } from './transport.ts'

/** A call in the name of a role. */
export interface SessionCall extends Call {
  /** The token to send, and no other; the session's own when absent. */
  readonly bearer?: AccessToken
}

/** An answer, and the token that it was given to. */
export interface SessionAnswer extends Answer {
  readonly bearer: AccessToken
}

/** Requests in the name of the logged-in role of one account. */
export interface Session {
  readonly account: string
  /** The answer, whatever its status but 401, which throws `unauthorized`. */
  ask(call: SessionCall): Promise<SessionAnswer>
  /** The answer when it is a success; throws the refusal as a failure when it is not. */
  succeed(call: SessionCall): Promise<SessionAnswer>
}

/**
 * Sends each call with an access token. When the server refuses the token, which it may do before the token's time is over,
 * the client authenticates once more and repeats the call once.
 */
export function openSession(account: string, transport: Transport, tokens: TokenHolder): Session {
  const send = async (call: Call, bearer: AccessToken): Promise<SessionAnswer> => {
    const headers = { ...call.headers, Authorization: bearer.authorization }
    return { ...(await transport.send({ ...call, headers })), bearer }
  }
  const ask = async ({ bearer, ...call }: SessionCall): Promise<SessionAnswer> => {
    const answer = await send(call, bearer ?? (await tokens.current()))
    if (answer.status !== 401) return answer
    if (bearer !== undefined || !tokens.refused(answer.bearer)) throw failureOf(answer)
    const again = await send(call, await tokens.current())
    if (again.status === 401) throw failureOf(again)
    return again
  }
  return { account, ask, succeed: async (call) => succeeded(await ask(call)) }
}

/** `answer` when it is a success; throws the refusal as a failure when it is not. */
export function succeeded(answer: SessionAnswer): SessionAnswer {
  mustSucceed(answer)
  return answer
}
