import type { Authenticator } from '#app/authenticator.ts'
import { azureAuthenticator, type AzureAuthenticatorParts } from './azure/authenticator.ts'
import { certAuthenticator, type CertAuthenticatorParts } from './cert/authenticator.ts'
import { gcpAuthenticator, type GcpAuthenticatorParts } from './gcp/authenticator.ts'
import { iamAuthenticator, type IamAuthenticatorParts } from './iam/authenticator.ts'
import { jwtAuthenticator, type JwtAuthenticatorParts } from './jwt/authenticator.ts'
import { k8sAuthenticator, type K8sAuthenticatorParts } from './k8s/authenticator.ts'
import { ldapAuthenticator, type LdapAuthenticatorParts } from './ldap/authenticator.ts'
import { oidcAuthenticator, type OidcAuthenticatorParts } from './oidc/authenticator.ts'

/** What the authenticators together stand on. */
export type AuthenticatorParts = AzureAuthenticatorParts &
  CertAuthenticatorParts &
  GcpAuthenticatorParts &
  IamAuthenticatorParts &
  JwtAuthenticatorParts &
  K8sAuthenticatorParts &
  LdapAuthenticatorParts &
  OidcAuthenticatorParts

/** Every way in which somebody can be recognised, by type: a new one is a folder, a line here and a page in docs/. */
const TABLE: Readonly<Record<string, (parts: AuthenticatorParts) => Authenticator>> = {
  'authn-azure': azureAuthenticator,
  'authn-cert': certAuthenticator,
  'authn-gcp': gcpAuthenticator,
  'authn-iam': iamAuthenticator,
  'authn-jwt': jwtAuthenticator,
  'authn-k8s': k8sAuthenticator,
  'authn-ldap': ldapAuthenticator,
  'authn-oidc': oidcAuthenticator,
}

/** The types of authenticators that there are. */
export const AUTHENTICATORS: readonly string[] = Object.keys(TABLE)

/** All authenticators. */
export const authenticators = (parts: AuthenticatorParts): readonly Authenticator[] =>
  Object.values(TABLE).map((open) => open(parts))
