import { createHash, randomBytes } from 'node:crypto'
import { authenticateWorkload } from '#app/authenticate-workload.ts'
import { authenticate, login } from '#app/authenticate.ts'
import { changePassword, rotateKeyOf, rotateOwnKey } from '#app/change-credential.ts'
import type { ApiKeys, Passwords } from '#app/credentials.ts'
import { fetchSecret, fetchSecrets } from '#app/fetch-secret.ts'
import type { Gate } from '#app/gate.ts'
import { loadPolicy } from '#app/load-policy.ts'
import { readAudit } from '#app/read-audit.ts'
import type { Clock, Recorder } from '#app/recorder.ts'
import { checkPermission, countResources, listResources, showResource } from '#app/resources.ts'
import { setSecret } from '#app/set-secret.ts'
import type { Store } from '#app/store.ts'
import type { Tokens } from '#app/tokens.ts'
import type { Vault } from '#app/vault.ts'
import { whoAmI } from '#app/who-am-i.ts'
import { createOutbound } from '#authn/outbound.ts'
import { authenticators } from '#authn/table.ts'
import { digestApiKey, generateApiKey, matchesDigest } from '#crypto/api-key.ts'
import { isStrongPassword, WEAK_PASSWORD } from '#crypto/password-rule.ts'
import { createPasswordHasher } from '#crypto/password.ts'
import type { Uses } from '#http/route-table.ts'
import type { Settings } from './settings.ts'

/** What the use-cases of a node share. */
export interface NodeParts {
  readonly store: Store
  readonly vault: Vault
  readonly gate: Gate
  readonly recorder: Recorder
  readonly tokens: Tokens
  readonly clock: Clock
}

/** API keys, as the use-cases need them. */
export const apiKeys: ApiKeys = {
  generate: () => generateApiKey(),
  digest: digestApiKey,
  matches: matchesDigest,
}

/** A generation that no token carries yet: 96 random bits. */
export const newGeneration = (): string => randomBytes(12).toString('base64url')

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function passwords(): Passwords {
  const hasher = createPasswordHasher()
  return {
    hash: (password) => hasher.hash(password),
    verify: (password, hash) => hasher.verify(password, hash),
    verifyNobody: (password) => hasher.verifyNobody(password),
    weakness: (password) => (isStrongPassword(password) ? undefined : WEAK_PASSWORD),
  }
}

/** Every use-case that the routes call, over the parts of this node. */
export function createUseCases(node: NodeParts, settings: Settings): Uses {
  const credentials = { ...node, apiKeys, passwords: passwords(), newGeneration }
  return {
    authenticate: authenticate(credentials),
    login: login(credentials),
    rotateOwnKey: rotateOwnKey(credentials),
    rotateKeyOf: rotateKeyOf(credentials),
    changePassword: changePassword(credentials),
    authenticateWorkload: authenticateWorkload({
      ...node,
      authenticators: authenticators({
        outbound: createOutbound({ allow: settings.outboundAllow }),
        now: node.clock,
      }),
      enabled: new Set(settings.authenticators),
    }),
    fetchSecret: fetchSecret(node),
    fetchSecrets: fetchSecrets(node),
    setSecret: setSecret(node),
    showResource: showResource(node),
    listResources: listResources(node),
    countResources: countResources(node),
    checkPermission: checkPermission(node),
    loadPolicy: loadPolicy({ ...node, apiKeys, newGeneration, sha256 }),
    readAudit: readAudit(node),
    whoAmI: whoAmI(node),
  }
}
