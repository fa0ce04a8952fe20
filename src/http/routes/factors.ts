import { PATHS } from '#api/paths.ts'
import type { RemoveFactor, RenewRecoveryCodes, ResetFactors } from '#app/change-factors.ts'
import type { BeginTotp, ConfirmTotp } from '#app/enrol-totp.ts'
import type { ListFactors } from '#app/list-factors.ts'
import type { VerifyFactor } from '#app/verify-factor.ts'
import { Failure } from '#lib/failure.ts'
import { FACTORS } from '#http/about/factors.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import {
  optionalText,
  printEnrolment,
  printFactors,
  printPending,
  readCode,
  readMembers,
  requiredText,
} from '#http/factor-body.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes of second factors. */
export interface FactorUses {
  readonly listFactors: ListFactors
  readonly beginTotp: BeginTotp
  readonly confirmTotp: ConfirmTotp
  readonly verifyFactor: VerifyFactor
  readonly renewRecoveryCodes: RenewRecoveryCodes
  readonly removeFactor: RemoveFactor
  readonly resetFactors: ResetFactors
}

/** The most bytes of a body: a code and its name. */
const SMALL = { maxBody: 4096 }

/** Second factors: authenticator apps and recovery codes. */
export const factorRoutes = (use: FactorUses): readonly Route[] => [
  route('GET', PATHS.factors, FACTORS.list, (call) => list(use, call)),
  route('DELETE', PATHS.factors, FACTORS.reset, (call) => reset(use, call)),
  route('POST', PATHS.totpFactors, FACTORS.begin, (call) => begin(use, call), SMALL),
  route('POST', PATHS.totpConfirmation, FACTORS.confirm, (call) => confirm(use, call), SMALL),
  route('DELETE', PATHS.factor, FACTORS.remove, (call) => remove(use, call)),
  route('POST', PATHS.recoveryCodes, FACTORS.renewCodes, (call) => renewCodes(use, call)),
  route('POST', PATHS.mfaVerification, FACTORS.verify, (call) => verify(use, call), SMALL),
]

async function list(use: FactorUses, call: Call<'account'>): Promise<Answer> {
  const factors = await use.listFactors(await call.session(), call.params.account)
  return json(200, printFactors(factors))
}

async function begin(use: FactorUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const name = optionalText(await readMembers(call, ['name']), 'name')
  return json(201, printPending(await use.beginTotp(session, call.params.account, name)))
}

async function confirm(use: FactorUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const session = await call.session()
  const { account, id } = call.params
  const code = requiredText(await readMembers(call, ['code']), 'code')
  return json(200, printEnrolment(await use.confirmTotp(session, account, id, code)))
}

async function verify(use: FactorUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const given = await readCode(call)
  return tokenAnswer(call, await use.verifyFactor(session, call.params.account, given))
}

async function renewCodes(use: FactorUses, call: Call<'account'>): Promise<Answer> {
  const codes = await use.renewRecoveryCodes(await call.session(), call.params.account)
  return json(201, { recovery_codes: codes })
}

async function remove(use: FactorUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  return tokenAnswer(call, await use.removeFactor(await call.session(), account, id))
}

async function reset(use: FactorUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const role = call.query.get('role')
  if (role === null) throw new Failure('parameter_missing', 'the parameter `role` is missing')
  await use.resetFactors(session, call.params.account, role)
  return empty(204)
}
