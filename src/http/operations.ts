import { PATHS } from '#api/paths.ts'
import type { Route } from './route.ts'

/** What is called when a path of ours is asked by a method, in the words of the Conjur API (reference/conjur-api.md 7.5). */
const OPERATIONS: Readonly<Record<string, string>> = {
  [`GET ${PATHS.login}`]: 'getAPIKey',
  [`POST ${PATHS.authenticate}`]: 'getAccessToken',
  [`POST ${PATHS.authenticateJwt}`]: 'getAccessTokenViaJWT',
  [`POST ${PATHS.authenticateJwtAs}`]: 'getAccessTokenViaJWT',
  [`GET ${PATHS.authenticateOidc}`]: 'getAccessTokenViaOIDC',
  [`POST ${PATHS.authenticateOidc}`]: 'getAccessTokenViaOIDC',
  [`POST ${PATHS.authenticateAzure}`]: 'getAccessTokenViaAzure',
  [`POST ${PATHS.authenticateGcp}`]: 'getAccessTokenViaGCP',
  [`PUT ${PATHS.apiKey}`]: 'rotateAPIKey',
  [`PUT ${PATHS.password}`]: 'changePassword',
  [`POST ${PATHS.policy}`]: 'loadPolicy',
  [`PATCH ${PATHS.policy}`]: 'updatePolicy',
  [`PUT ${PATHS.policy}`]: 'replacePolicy',
  [`GET ${PATHS.secret}`]: 'getSecret',
  [`POST ${PATHS.secret}`]: 'createSecret',
  [`GET ${PATHS.secrets}`]: 'getSecrets',
  [`POST ${PATHS.secretValues}`]: 'getSecrets',
  [`GET ${PATHS.allResources}`]: 'showResourcesForAllAccounts',
  [`GET ${PATHS.resources}`]: 'showResourcesForAccount',
  [`GET ${PATHS.resourcesOfKind}`]: 'showResourcesForKind',
  [`GET ${PATHS.resource}`]: 'showResource',
  [`GET ${PATHS.role}`]: 'showRole',
  [`POST ${PATHS.role}`]: 'addMemberToRole',
  [`DELETE ${PATHS.role}`]: 'removeMemberFromRole',
  [`GET ${PATHS.whoami}`]: 'whoAmI',
  [`GET ${PATHS.accounts}`]: 'getAccounts',
  [`POST ${PATHS.accounts}`]: 'createAccount',
  [`DELETE ${PATHS.account}`]: 'deleteAccount',
  [`POST ${PATHS.hostFactoryTokens}`]: 'createToken',
  [`DELETE ${PATHS.hostFactoryToken}`]: 'revokeToken',
  [`POST ${PATHS.hostFactoryHosts}`]: 'createHost',
  [`GET ${PATHS.publicKeysOfUser}`]: 'showPublicKeys',
  [`GET ${PATHS.publicKeysOfKey}`]: 'showPublicKeys',
  [`POST ${PATHS.signCertificate}`]: 'sign',
  [`GET ${PATHS.authenticators}`]: 'getAuthenticators',
  [`PATCH ${PATHS.enableInstance}`]: 'enableAuthenticatorInstance',
  [`GET ${PATHS.authenticatorStatus}`]: 'getGCPAuthenticatorStatus',
  [`GET ${PATHS.instanceStatus}`]: 'getServiceAuthenticatorStatus',
  [`GET ${PATHS.metrics}`]: 'getMetrics',
}

/** The operation that a route is counted under; `unknown` for those that the Conjur API has no word for, and for no route. */
export const operationOf = (route: Pick<Route, 'method' | 'path'> | undefined): string =>
  (route && OPERATIONS[`${route.method} ${route.path}`]) ?? 'unknown'
