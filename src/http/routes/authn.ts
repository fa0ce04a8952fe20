import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import type { Authenticate, Login } from '#app/authenticate.ts'
import { refuseToken } from '#app/change-credential.ts'
import type { ChangePassword, RotateKeyOf, RotateOwnKey } from '#app/change-credential.ts'
import type { KeyRotation, ShowKeyRotationOf, ShowOwnKeyRotation } from '#app/key-rotation.ts'
import { printSeconds } from '#lib/iso8601.ts'
import { AUTHENTICATION } from '#http/about/authentication.ts'
import { empty, json, text } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes of authentication. */
export interface AuthnUses {
  readonly authenticate: Authenticate
  readonly login: Login
  readonly authenticateWorkload: AuthenticateWorkload
  readonly rotateOwnKey: RotateOwnKey
  readonly rotateKeyOf: RotateKeyOf
  readonly showOwnKeyRotation: ShowOwnKeyRotation
  readonly showKeyRotationOf: ShowKeyRotationOf
  readonly changePassword: ChangePassword
}

/** Logging in, tokens and credentials (reference/conjur-api.md 1.6). */
export const authnRoutes = (use: AuthnUses): readonly Route[] => [
  ...tokenRoutes(use),
  ...credentialRoutes(use),
]

const tokenRoutes = (use: AuthnUses): readonly Route[] => [
  route(
    'GET',
    PATHS.login,
    AUTHENTICATION.login,
    async (call) => text(200, await use.login(call.basic(call.params.account), call.origin)),
    { access: 'basic' },
  ),
  route(
    'POST',
    PATHS.authenticate,
    AUTHENTICATION.authenticate,
    async (call) => {
      const { account, login } = call.params
      const secret = (await call.body()).toString('utf8')
      return tokenAnswer(call, await use.authenticate({ account, login, secret }, call.origin))
    },
    { access: 'open' },
  ),
  route(
    'POST',
    PATHS.authenticateJwt,
    AUTHENTICATION.authenticateJwt,
    (call) => workload(use, call),
    { access: 'open' },
  ),
  route(
    'POST',
    PATHS.authenticateJwtAs,
    AUTHENTICATION.authenticateJwtAs,
    (call) => workload(use, call, call.params.login),
    { access: 'open' },
  ),
]

const credentialRoutes = (use: AuthnUses): readonly Route[] => [
  route('PUT', PATHS.apiKey, AUTHENTICATION.rotateKey, (call) => rotate(use, call), {
    access: 'either',
  }),
  route(
    'GET',
    PATHS.apiKey,
    AUTHENTICATION.showKeyRotation,
    async (call) => json(200, printRotation(await rotation(use, call))),
    { access: 'either' },
  ),
  route(
    'PUT',
    PATHS.password,
    AUTHENTICATION.changePassword,
    async (call) => {
      if (!call.isBasic) refuseToken()
      const password = (await call.body()).toString('utf8')
      const presented = call.basic(call.params.account)
      await use.changePassword(presented, call.origin, password, targetOf(call))
      return empty(204)
    },
    { access: 'either' },
  ),
]

async function workload(
  use: AuthnUses,
  call: Call<'service' | 'account'>,
  login?: string,
): Promise<Answer> {
  const { service, account } = call.params
  const proof = { type: 'authn-jwt', service, account, body: await call.body() }
  const named = login === undefined ? proof : { ...proof, login }
  return tokenAnswer(call, await use.authenticateWorkload(named, call.origin))
}

async function rotate(use: AuthnUses, call: Call<'account'>): Promise<Answer> {
  const { account } = call.params
  const target = targetOf(call)
  if (call.isBasic) {
    return text(200, await use.rotateOwnKey(call.basic(account), call.origin, target))
  }
  const session = await call.session()
  return text(200, await use.rotateKeyOf(session, account, target ?? session.role))
}

async function rotation(use: AuthnUses, call: Call<'account'>): Promise<KeyRotation> {
  const { account } = call.params
  const target = targetOf(call)
  if (call.isBasic) return use.showOwnKeyRotation(call.basic(account), call.origin, target)
  const session = await call.session()
  return use.showKeyRotationOf(session, account, target ?? session.role)
}

const printRotation = ({ role, rotatedAt }: KeyRotation): unknown => ({
  role,
  timestamp: rotatedAt === undefined ? '' : printSeconds(rotatedAt),
})

/** The role that a change of a credential is about, when the request names one. */
const targetOf = (call: Call): string | undefined => call.query.get('role') ?? undefined
