import type { ShowPublicKeys } from '#app/public-keys.ts'
import type { ReadAudit } from '#app/read-audit.ts'
import type { SignCertificate } from '#app/sign-certificate.ts'
import type { WhoAmI } from '#app/who-am-i.ts'
import { openApiDocument } from './openapi/document.ts'
import type { Route } from './route.ts'
import { accessRoutes } from './routes/access.ts'
import type { AccessUses } from './routes/access.ts'
import { accountRoutes } from './routes/accounts.ts'
import type { AccountUses } from './routes/accounts.ts'
import { auditRoutes } from './routes/audit.ts'
import { authenticatorRoutes } from './routes/authenticator-control.ts'
import type { AuthenticatorUses } from './routes/authenticator-control.ts'
import { instanceRoutes } from './routes/authenticators.ts'
import type { InstanceUses } from './routes/authenticators.ts'
import { certRoutes } from './routes/authn-cert.ts'
import type { CertUses } from './routes/authn-cert.ts'
import { cloudRoutes } from './routes/authn-cloud.ts'
import { iamRoutes } from './routes/authn-iam.ts'
import { k8sRoutes } from './routes/authn-k8s.ts'
import type { K8sUses } from './routes/authn-k8s.ts'
import { authnRoutes } from './routes/authn.ts'
import type { AuthnUses } from './routes/authn.ts'
import { ldapRoutes } from './routes/authn-ldap.ts'
import type { LdapUses } from './routes/authn-ldap.ts'
import { oidcRoutes } from './routes/authn-oidc.ts'
import type { OidcUses } from './routes/authn-oidc.ts'
import { branchRoutes } from './routes/branches.ts'
import type { BranchUses } from './routes/branches.ts'
import { certificateAuthorityRoutes } from './routes/certificate-authority.ts'
import { factorRoutes } from './routes/factors.ts'
import type { FactorUses } from './routes/factors.ts'
import { groupRoutes } from './routes/groups.ts'
import type { GroupUses } from './routes/groups.ts'
import { hostFactoryRoutes } from './routes/host-factories.ts'
import type { HostFactoryUses } from './routes/host-factories.ts'
import { issuerRoutes } from './routes/issuers.ts'
import type { IssuerUses } from './routes/issuers.ts'
import { mfaPageRoutes } from './routes/mfa-page.ts'
import type { MfaPage } from './routes/mfa-page.ts'
import { metricsRoutes } from './routes/metrics.ts'
import type { ReadMetrics } from './routes/metrics.ts'
import { openApiRoute } from './routes/openapi.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import type { PasskeyUses } from './routes/passkeys.ts'
import { policyRoutes } from './routes/policies.ts'
import type { PolicyUses } from './routes/policies.ts'
import { publicKeyRoutes } from './routes/public-keys.ts'
import { recognitionRoutes } from './routes/recognition.ts'
import type { RecognitionUses } from './routes/recognition.ts'
import { resourceRoutes } from './routes/resources.ts'
import type { ResourceUses } from './routes/resources.ts'
import { roleRoutes } from './routes/roles.ts'
import type { RoleUses } from './routes/roles.ts'
import { secretBatchRoutes } from './routes/secret-batches.ts'
import type { SecretBatchUses } from './routes/secret-batches.ts'
import { secretRoutes } from './routes/secrets.ts'
import type { SecretUses } from './routes/secrets.ts'
import { statusRoutes } from './routes/status.ts'

/** Every use-case that a route calls. */
export interface Uses
  extends
    AccessUses,
    AccountUses,
    AuthenticatorUses,
    AuthnUses,
    BranchUses,
    CertUses,
    FactorUses,
    GroupUses,
    HostFactoryUses,
    InstanceUses,
    IssuerUses,
    LdapUses,
    K8sUses,
    OidcUses,
    PasskeyUses,
    PolicyUses,
    RecognitionUses,
    ResourceUses,
    RoleUses,
    SecretBatchUses,
    SecretUses {
  readonly readAudit: ReadAudit
  readonly showPublicKeys: ShowPublicKeys
  readonly signCertificate: SignCertificate
  readonly whoAmI: WhoAmI
}

/** What the routes know of the program that they run in. */
export interface ServerFacts {
  /** Resolves when requests can be served; throws `unavailable` otherwise. */
  readonly ready: () => Promise<void>
  /** Our own version. */
  readonly version: string
  /** The page on which people create and use passkeys. */
  readonly mfaPage: MfaPage
  /** The most resources that one answer lists; 0 for no limit. */
  readonly maxListed?: number
  /** Whether there are host factories; there are unless this says no. */
  readonly hostFactories?: boolean
  /** Whether there are issuers; there are unless this says no. */
  readonly issuers?: boolean
  /** Absent where metrics are switched off. */
  readonly metrics?: ReadMetrics
}

/** All routes of the server: the one list that says what may be asked of it, and by whom. */
export function routeTable(uses: Uses, facts: ServerFacts): readonly Route[] {
  const routes: readonly Route[] = [
    ...statusRoutes({ whoAmI: uses.whoAmI, ...facts }),
    ...authnRoutes(uses),
    ...certRoutes(uses),
    ...cloudRoutes(uses),
    ...iamRoutes(uses),
    ...k8sRoutes(uses),
    ...ldapRoutes(uses),
    ...oidcRoutes(uses),
    ...factorRoutes(uses),
    ...passkeyRoutes(uses),
    ...mfaPageRoutes(facts.mfaPage),
    ...secretRoutes(uses),
    ...secretBatchRoutes(uses),
    ...resourceRoutes(uses, facts.maxListed),
    ...roleRoutes(uses),
    ...policyRoutes(uses),
    ...auditRoutes(uses),
    ...accessRoutes(uses),
    ...accountRoutes(uses),
    ...(facts.hostFactories === false ? [] : hostFactoryRoutes(uses)),
    ...(facts.issuers === false ? [] : issuerRoutes(uses)),
    ...publicKeyRoutes(uses),
    ...certificateAuthorityRoutes(uses),
    ...authenticatorRoutes(uses),
    ...recognitionRoutes(uses),
    ...instanceRoutes(uses),
    ...branchRoutes(uses),
    ...groupRoutes(uses),
    ...metricsRoutes(facts.metrics),
    openApiRoute(() => JSON.stringify(openApiDocument(routes, facts.version))),
  ]
  return routes
}
