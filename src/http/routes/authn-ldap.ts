import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import type { LoginByProof } from '#app/login-by-proof.ts'
import { LDAP } from '#http/about/authn-ldap.ts'
import { text } from '#http/answer.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes by which people log in with the password of a directory. */
export interface LdapUses {
  readonly authenticateWorkload: AuthenticateWorkload
  readonly loginByProof: LoginByProof
}

const type = 'authn-ldap'

/** Logging in by the password of a directory (reference/conjur-api.md 1.6, 6.10). */
export const ldapRoutes = (use: LdapUses): readonly Route[] => [
  route(
    'GET',
    PATHS.loginLdap,
    LDAP.login,
    async (call) => {
      const { service, account } = call.params
      const { login, secret } = call.basic(account)
      const proof = { type, service, account, login, body: Buffer.from(secret) }
      return text(200, await use.loginByProof(proof, call.origin))
    },
    { access: 'basic' },
  ),
  route(
    'POST',
    PATHS.authenticateLdap,
    LDAP.authenticate,
    async (call) => {
      const { service, account, login } = call.params
      const proof = { type, service, account, login, body: await call.body() }
      return tokenAnswer(call, await use.authenticateWorkload(proof, call.origin))
    },
    { access: 'open' },
  ),
]
