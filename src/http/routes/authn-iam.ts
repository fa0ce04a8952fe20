import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import { IAM } from '#http/about/authn-iam.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-case behind the route of authn-iam. */
export interface IamUses {
  readonly authenticateWorkload: AuthenticateWorkload
}

/** Logging in by a request that was signed with credentials of AWS (reference/conjur-api.md 6.9). */
export const iamRoutes = (use: IamUses): readonly Route[] => [
  route(
    'POST',
    PATHS.authenticateIam,
    IAM,
    async (call) => {
      const { service, account, login } = call.params
      const proof = { type: 'authn-iam', service, account, login, body: await call.body() }
      return tokenAnswer(call, await use.authenticateWorkload(proof, call.origin))
    },
    { access: 'open' },
  ),
]
