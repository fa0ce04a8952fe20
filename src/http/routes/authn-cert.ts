import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import { CERT } from '#http/about/authn-cert.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-case behind the routes of authn-cert. */
export interface CertUses {
  readonly authenticateWorkload: AuthenticateWorkload
}

/** Logging in by the certificate of the connection (reference/conjur-api.md 6.11). */
export const certRoutes = (use: CertUses): readonly Route[] => [
  route('POST', PATHS.authenticateCert, CERT.authenticate, (call) => authenticate(use, call), {
    access: 'open',
  }),
  route(
    'POST',
    PATHS.authenticateCertAs,
    CERT.authenticateAs,
    (call) => authenticate(use, call, call.params.login),
    { access: 'open' },
  ),
]

async function authenticate(
  use: CertUses,
  call: Call<'service' | 'account'>,
  login?: string,
): Promise<Answer> {
  const { service, account } = call.params
  const body = await call.body()
  const proof = { type: 'authn-cert', service, account, body, certificates: call.certificates() }
  const named = login === undefined ? proof : { ...proof, login }
  return tokenAnswer(call, await use.authenticateWorkload(named, call.origin))
}
