import { loginOf } from '#domain/id.ts'
import type { Gate } from './gate.ts'
import type { Recorder } from './recorder.ts'
import type { Session } from './session.ts'

/** Who the bearer of a token is. */
export interface Identity {
  readonly account: string
  readonly login: string
  readonly clientIp: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
}

/** The identity behind a session; throws `token_invalid` when the token is no longer good. */
export type WhoAmI = (session: Session) => Promise<Identity>

export function whoAmI(parts: { readonly gate: Gate; readonly recorder: Recorder }): WhoAmI {
  return async (session) => {
    await parts.gate.enter(session)
    const deed = {
      kind: 'identity-check',
      operation: 'check',
      subject: { role: session.role },
    } as const
    await parts.recorder.record([parts.recorder.done(session, deed)])
    return {
      account: session.account,
      login: loginOf(session.role),
      clientIp: session.clientIp,
      issuedAt: session.issuedAt * 1000,
    }
  }
}
