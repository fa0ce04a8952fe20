import type { EnrolledFactorBody } from '#api/mfa-wire.ts'
import { isEnrolledFactor } from '#api/mfa-wire.ts'
import type { NewCeremonyBody } from '#api/passkey-wire.ts'
import { isBegunCeremony } from '#api/passkey-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import { bodyOf } from './answers.ts'
import { tokenIn } from './authentication.ts'
import { jsonCall } from './json.ts'
import type { Session, SessionAnswer } from './session.ts'

/** Where the browser brings the code of a ceremony: a port of this machine, and a text by which it is known there. */
export interface PasskeyReturn {
  readonly port: number
  readonly state: string
}

/** A passkey that a person is to touch, in a browser. */
export interface PasskeyCeremony<Outcome> {
  /** The page that asks for it. */
  readonly url: string
  /** Ends it with the code of that page, in the name of the very token that began it; throws `mfa_refused` for any other code. */
  complete(code: string): Promise<Outcome>
}

/** Begins to enrol a passkey that will be called `name`. */
export const enrolPasskey = (
  session: Session,
  name: string,
  back: PasskeyReturn | undefined,
): Promise<PasskeyCeremony<EnrolledFactorBody>> =>
  begin(session, { purpose: 'enrolment', name, ...returnOf(back) }, (answer) =>
    bodyOf(answer, isEnrolledFactor),
  )

/** Begins to prove a passkey. */
export const verifyPasskey = (
  session: Session,
  back: PasskeyReturn | undefined,
): Promise<PasskeyCeremony<AccessToken>> =>
  begin(session, { purpose: 'verification', ...returnOf(back) }, tokenIn)

const returnOf = (
  back: PasskeyReturn | undefined,
): Pick<NewCeremonyBody, 'callback_port' | 'state'> =>
  back === undefined ? {} : { callback_port: back.port, state: back.state }

async function begin<Outcome>(
  session: Session,
  order: NewCeremonyBody,
  outcomeOf: (answer: SessionAnswer) => Outcome,
): Promise<PasskeyCeremony<Outcome>> {
  const { account } = session
  const path = fillPath(PATHS.passkeyCeremonies, { account })
  const answer = await session.succeed(jsonCall('POST', path, order))
  const { id, url } = bodyOf(answer, isBegunCeremony)
  const completion = fillPath(PATHS.passkeyCompletion, { account, id })
  return {
    url: mustBeWeb(url),
    complete: async (code) => {
      const call = jsonCall('POST', completion, { code })
      return outcomeOf(await session.succeed({ ...call, bearer: answer.bearer }))
    },
  }
}

/** What is opened in a browser is a page, and no program of this machine. */
function mustBeWeb(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw new Failure('corrupt', 'the server did not answer with the address of a page')
}
