import type { Authenticator } from '#app/authenticator.ts'
import { jwtAuthenticator, type JwtAuthenticatorParts } from './jwt/authenticator.ts'

/** What the authenticators together stand on. */
export type AuthenticatorParts = JwtAuthenticatorParts

/** Every way in which a workload can be recognised: a new one is a folder, a line here and a page in docs/. */
export const authenticators = (parts: AuthenticatorParts): readonly Authenticator[] => [
  jwtAuthenticator(parts),
]
