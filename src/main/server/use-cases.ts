import { createHash, randomBytes } from 'node:crypto'
import { createManagedAccount, deleteAccount, listAccounts } from '#app/account-management.ts'
import type { AnnotationStore } from '#app/annotation-store.ts'
import { authenticate, login } from '#app/authenticate.ts'
import { listBranches, showBranch } from '#app/branches.ts'
import { createBranch, deleteBranch, updateBranch } from '#app/change-branches.ts'
import { changePassword, rotateKeyOf, rotateOwnKey } from '#app/change-credential.ts'
import { addMember, removeMember } from '#app/change-members.ts'
import { createHost } from '#app/create-host.ts'
import type { ApiKeys, Passwords } from '#app/credentials.ts'
import { clearSecret, expireSecret } from '#app/end-secret.ts'
import { explainAccess, listAccess } from '#app/explain-access.ts'
import { fetchPolicy } from '#app/fetch-policy.ts'
import { fetchSecret } from '#app/fetch-secret.ts'
import { fetchReadableSecrets, fetchSecrets } from '#app/fetch-secrets.ts'
import type { Directories } from '#app/directory.ts'
import type { FactorStore } from '#app/factor-store.ts'
import type { Gate } from '#app/gate.ts'
import { addGroupMember, removeGroupMember } from '#app/group-members.ts'
import { showKeyRotationOf, showOwnKeyRotation } from '#app/key-rotation.ts'
import { countResources, listResources } from '#app/list-resources.ts'
import type { HostFactoryStore } from '#app/host-factory-store.ts'
import { createHostFactoryTokens, revokeHostFactoryToken } from '#app/host-factory-tokens.ts'
import type { IssuerStore } from '#app/issuer-store.ts'
import { loadPolicy } from '#app/load-policy.ts'
import type { LockOutStore } from '#app/lock-out-store.ts'
import type { LockOut } from '#app/lock-out.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { Outbound, OutboundSockets } from '#app/outbound.ts'
import { listPermittedRoles } from '#app/permitted-roles.ts'
import type { PolicyCompiler } from '#app/policy-compiler.ts'
import type { PublicKeyStore } from '#app/public-key-store.ts'
import { showPublicKeys } from '#app/public-keys.ts'
import { readAudit } from '#app/read-audit.ts'
import type { Clock, Recorder } from '#app/recorder.ts'
import { checkPermission, showResource } from '#app/resources.ts'
import { listMembers, listMemberships, listRolesHeld, showRole, showRoleGraph } from '#app/roles.ts'
import { setSecret } from '#app/set-secret.ts'
import { signCertificate } from '#app/sign-certificate.ts'
import { tryPolicy } from '#app/try-policy.ts'
import type { Store } from '#app/store.ts'
import { newSigningKey } from '#app/token-desk.ts'
import type { Tokens } from '#app/tokens.ts'
import type { Vault } from '#app/vault.ts'
import { whoAmI } from '#app/who-am-i.ts'
import { readListsIn } from '#authn/cert/list-thread.ts'
import { readInCluster } from '#authn/kubernetes/in-cluster.ts'
import { AUTHENTICATORS } from '#authn/table.ts'
import type { AuthenticatorParts } from '#authn/table.ts'
import { digestApiKey, generateApiKey, matchesDigest } from '#crypto/api-key.ts'
import { isStrongPassword, WEAK_PASSWORD } from '#crypto/password-rule.ts'
import { createPasswordHasher } from '#crypto/password.ts'
import type { Uses } from '#http/route-table.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import { authenticatorUseCases } from './authenticator-use-cases.ts'
import { factorUseCases } from './factor-use-cases.ts'
import { issuing } from './issuer-use-cases.ts'
import { REVOCATION_PROGRAM } from './revocation-program.ts'
import { directoriesOf, outboundOf } from './outbound.ts'
import type { Settings } from './settings.ts'

/** What the use-cases of a node share. */
export interface NodeParts {
  readonly store: Store &
    AnnotationStore &
    FactorStore &
    HostFactoryStore &
    IssuerStore &
    LockOutStore &
    OnceStore &
    PublicKeyStore
  readonly vault: Vault
  readonly gate: Gate
  readonly recorder: Recorder
  readonly tokens: Tokens
  readonly lockOut: LockOut
  readonly clock: Clock
  /** What issuers send goes out here instead of over the network. */
  readonly issuerCalls?: Pick<Outbound, 'send'>
  /** What authenticators ask goes out here instead of over the network. */
  readonly authenticatorCalls?: Outbound
  /** Directories are visited here instead of over the network. */
  readonly directories?: Directories
  /** What authenticators converse over goes out here instead of over the network. */
  readonly authenticatorSockets?: OutboundSockets
  /** Reads large policies; absent where nobody is held up by one. */
  readonly compile?: PolicyCompiler
}

/** API keys, as the use-cases need them. */
export const apiKeys: ApiKeys = {
  generate: () => generateApiKey(),
  digest: digestApiKey,
  matches: matchesDigest,
}

/** A generation that no token carries yet: 96 random bits. */
export const newGeneration = (): string => randomBytes(12).toString('base64url')

/** The lower-case hexadecimal SHA-256 of a text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Passwords, as the use-cases need them. */
export function passwords(): Passwords {
  const hasher = createPasswordHasher()
  return {
    hash: (password) => hasher.hash(password),
    verify: (password, hash) => hasher.verify(password, hash),
    verifyNobody: (password) => hasher.verifyNobody(password),
    weakness: (password) => (isStrongPassword(password) ? undefined : WEAK_PASSWORD),
  }
}

/** What the authenticators of a node stand on. */
function authenticatorPartsOf(
  { store, vault, clock, lockOut, ...node }: NodeParts,
  settings: Settings,
): AuthenticatorParts & { readonly sockets: OutboundSockets } {
  const own = outboundOf(settings)
  return {
    outbound: node.authenticatorCalls ?? own,
    sockets: node.authenticatorSockets ?? own,
    directories: node.directories ?? directoriesOf(settings),
    usualDirectory: settings.usualDirectory,
    lockOut,
    inCluster: readInCluster(process.env),
    readLists: readListsIn(REVOCATION_PROGRAM),
    vault,
    once: store,
    now: clock,
  }
}

/** The types of authenticator that this server has, API keys first. */
export const installedAuthenticators: readonly string[] = ['authn', ...AUTHENTICATORS]

/** What the operator forbids policies to declare. */
const switchesOf = ({ usersInRootPolicyOnly, apiKeyDefault }: Settings): PolicySwitches => ({
  usersInRootPolicyOnly,
  apiKeyByAnnotationOnly: !apiKeyDefault,
})

/** Every use-case that the routes call, over the parts of this node. */
export function createUseCases(node: NodeParts, settings: Settings): Uses {
  const credentials = { ...node, apiKeys, passwords: passwords(), newGeneration }
  const accounts = {
    ...node,
    apiKeys,
    newGeneration,
    newSigningKey: (account: string) => newSigningKey(node.vault, account),
  }
  const { uses: issuerUses, dynamicSecrets, dynamicPolicy } = issuing(node, settings)
  const fetching = { ...node, dynamicSecrets }
  return {
    createManagedAccount: createManagedAccount(accounts),
    listAccounts: listAccounts(accounts),
    deleteAccount: deleteAccount(accounts),
    authenticate: authenticate(credentials),
    login: login(credentials),
    rotateOwnKey: rotateOwnKey(credentials),
    rotateKeyOf: rotateKeyOf(credentials),
    showOwnKeyRotation: showOwnKeyRotation(credentials),
    showKeyRotationOf: showKeyRotationOf(credentials),
    changePassword: changePassword(credentials),
    ...authenticatorUseCases(credentials, authenticatorPartsOf(node, settings), settings),
    ...factorUseCases({ ...node, newGeneration }, settings),
    showBranch: showBranch(node),
    listBranches: listBranches(node),
    createBranch: createBranch(node),
    updateBranch: updateBranch(node),
    deleteBranch: deleteBranch(node),
    addGroupMember: addGroupMember(node),
    removeGroupMember: removeGroupMember(node),
    ...issuerUses,
    fetchSecret: fetchSecret(fetching),
    fetchSecrets: fetchSecrets(fetching),
    fetchReadableSecrets: fetchReadableSecrets(fetching),
    expireSecret: expireSecret(node),
    clearSecret: clearSecret(node),
    setSecret: setSecret({
      ...node,
      keptSecretVersions: settings.secretVersions,
      hasDynamicSecrets: settings.dynamicSecrets,
    }),
    showResource: showResource(node),
    listResources: listResources(node),
    countResources: countResources(node),
    checkPermission: checkPermission(node),
    listPermittedRoles: listPermittedRoles(node),
    explainAccess: explainAccess(node),
    listAccess: listAccess(node),
    showRole: showRole(node),
    showRoleGraph: showRoleGraph(node),
    listRolesHeld: listRolesHeld(node),
    listMemberships: listMemberships(node),
    listMembers: listMembers(node),
    addMember: addMember(node),
    removeMember: removeMember(node),
    loadPolicy: loadPolicy({
      ...node,
      apiKeys,
      newGeneration,
      sha256,
      keptPolicyVersions: settings.policyVersions,
      switches: switchesOf(settings),
      dynamicPolicy,
    }),
    fetchPolicy: fetchPolicy({
      ...node,
      maxDepth: settings.effectivePolicyDepth,
      maxSize: settings.effectivePolicyLimit,
    }),
    tryPolicy: tryPolicy({ ...node, switches: switchesOf(settings), dynamicPolicy }),
    createHostFactoryTokens: createHostFactoryTokens({ ...node, apiKeys }),
    revokeHostFactoryToken: revokeHostFactoryToken({ ...node, apiKeys }),
    createHost: createHost({ ...node, apiKeys, newGeneration, switches: switchesOf(settings) }),
    showPublicKeys: showPublicKeys(node),
    signCertificate: signCertificate(node),
    readAudit: readAudit(node),
    whoAmI: whoAmI(node),
  }
}
