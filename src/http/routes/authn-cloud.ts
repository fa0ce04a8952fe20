import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import { CLOUD } from '#http/about/authn-cloud.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-case behind the routes by which workloads of clouds log in. */
export interface CloudUses {
  readonly authenticateWorkload: AuthenticateWorkload
}

/** Logging in by the token that a cloud gives to a workload (reference/conjur-api.md 1.6, 6.7, 6.8). */
export const cloudRoutes = (use: CloudUses): readonly Route[] => [
  route(
    'POST',
    PATHS.authenticateAzure,
    CLOUD.azure,
    async (call) => {
      const { service, account, login } = call.params
      const proof = { type: 'authn-azure', service, account, login, body: await call.body() }
      return tokenAnswer(call, await use.authenticateWorkload(proof, call.origin))
    },
    { access: 'open' },
  ),
  route(
    'POST',
    PATHS.authenticateGcp,
    CLOUD.gcp,
    async (call) => {
      const { account } = call.params
      const proof = { type: 'authn-gcp', account, body: await call.body() }
      return tokenAnswer(call, await use.authenticateWorkload(proof, call.origin))
    },
    { access: 'open' },
  ),
]
