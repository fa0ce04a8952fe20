import { mustSucceed } from './answers.ts'
import type { TokenHolder } from './token-holder.ts'
import type { Answer, Call, Transport } from './transport.ts'

/** Requests in the name of the logged-in role of one account. */
export interface Session {
  readonly account: string
  /** The answer, whatever its status but 401, which throws `unauthorized`. */
  ask(call: Call): Promise<Answer>
  /** The answer when it is a success; throws the refusal as a failure when it is not. */
  succeed(call: Call): Promise<Answer>
}

/**
 * Sends each call with an access token. When the server refuses the token, which it may do before the token's time is over,
 * the client authenticates once more and repeats the call once.
 */
export function openSession(account: string, transport: Transport, tokens: TokenHolder): Session {
  const ask = async (call: Call): Promise<Answer> => {
    const token = await tokens.current()
    const answer = await transport.send(authorized(call, token.authorization))
    if (answer.status !== 401) return answer
    if (!tokens.refused(token)) return mustSucceed(answer)
    const renewed = await tokens.current()
    const again = await transport.send(authorized(call, renewed.authorization))
    return again.status === 401 ? mustSucceed(again) : again
  }
  return { account, ask, succeed: async (call) => mustSucceed(await ask(call)) }
}

const authorized = (call: Call, authorization: string): Call => ({
  ...call,
  headers: { ...call.headers, Authorization: authorization },
})
