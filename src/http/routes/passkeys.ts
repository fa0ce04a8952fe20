import { PATHS } from '#api/paths.ts'
import type { CeremonyCodeBody } from '#api/passkey-wire.ts'
import type { AnswerPasskeyCeremony, ShowPasskeyCeremony } from '#app/answer-passkey.ts'
import type { BeginPasskey } from '#app/begin-passkey.ts'
import type { CompletePasskey } from '#app/complete-passkey.ts'
import { PASSKEYS } from '#http/about/passkeys.ts'
import { json, withHeader } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { printEnrolment, readMembers, requiredText } from '#http/factor-body.ts'
import { printBegun, printCeremony, readOrder, readResponse } from '#http/passkey-body.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes of passkeys. */
export interface PasskeyUses {
  readonly beginPasskey: BeginPasskey
  readonly showPasskeyCeremony: ShowPasskeyCeremony
  readonly answerPasskeyCeremony: AnswerPasskeyCeremony
  readonly completePasskey: CompletePasskey
}

const OPEN = { access: 'open' } as const

/** Enrolling and proving passkeys: whoever bears a token begins and completes, a browser without one answers in between. */
export const passkeyRoutes = (use: PasskeyUses): readonly Route[] => [
  route('POST', PATHS.passkeyCeremonies, PASSKEYS.begin, (call) => begin(use, call)),
  route('GET', PATHS.passkeyCeremony, PASSKEYS.show, (call) => show(use, call), OPEN),
  route('POST', PATHS.passkeyResponse, PASSKEYS.answer, (call) => answer(use, call), OPEN),
  route('POST', PATHS.passkeyCompletion, PASSKEYS.complete, (call) => complete(use, call)),
]

async function begin(use: PasskeyUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const order = await readOrder(call)
  return json(201, printBegun(await use.beginPasskey(session, call.params.account, order)))
}

async function show(use: PasskeyUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  const shown = json(200, printCeremony(await use.showPasskeyCeremony(account, id)))
  return withHeader(shown, 'Cache-Control', 'no-store')
}

async function answer(use: PasskeyUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  const response = await readResponse(call)
  const code = await use.answerPasskeyCeremony(account, id, response, call.origin)
  return json(200, { code } satisfies CeremonyCodeBody)
}

async function complete(use: PasskeyUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const session = await call.session()
  const { account, id } = call.params
  const code = requiredText(await readMembers(call, ['code']), 'code')
  const completed = await use.completePasskey(session, account, id, code)
  return completed.purpose === 'enrolment'
    ? json(200, printEnrolment(completed))
    : tokenAnswer(call, completed.token)
}
