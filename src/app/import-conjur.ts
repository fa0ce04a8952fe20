import type { KeyObject } from 'node:crypto'
import { openConjurBlob } from '#crypto/conjur-blob.ts'
import { importPkcs1Key } from '#crypto/signing-key.ts'
import type { Change } from '#domain/change.ts'
import { identifierOf, kindOf, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { accountDeed, mustBeAccountName } from './accounts.ts'
import { rowsOfConjur } from './conjur-rows.ts'
import type { ConjurAccount, ConjurPlace, ConjurSource } from './conjur-source.ts'
import type { ApiKeys } from './credentials.ts'
import type { HostFactoryToken } from './host-factory-store.ts'
import { instanceIn } from './instance-place.ts'
import type { Clock, Recorder } from './recorder.ts'
import type {
  RestoredSecret,
  RestoredTime,
  RestoredTimes,
  RestoreStore,
  RestoreTransaction,
} from './restore-store.ts'
import type { PolicyVersion } from './store.ts'
import { sealSigningKey } from './token-desk.ts'
import { sealSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What taking over a Conjur server stands on. */
export interface ImportParts {
  readonly source: ConjurSource
  /** The data key of the Conjur server. */
  readonly dataKey: KeyObject
  readonly store: RestoreStore
  readonly vault: Vault
  readonly recorder: Recorder
  readonly apiKeys: ApiKeys
  readonly clock: Clock
  readonly newGeneration: () => string
}

/** What came of an account. */
export interface ImportedAccount {
  readonly account: string
  /** How many there are of what was taken over. */
  readonly taken: {
    readonly roles: number
    readonly resources: number
    readonly annotations: number
    readonly secrets: number
    readonly policyVersions: number
    readonly apiKeys: number
    readonly hostFactoryTokens: number
  }
  readonly left: LeftBehind
  /** The instances of authenticators that it has, such as `authn-jwt/kube`, whether this program knows their type or not. */
  readonly authenticators: readonly string[]
}

/** What was not taken over. */
export interface LeftBehind {
  /** The users whose passwords must be set anew: their hashes are of a kind that is not checked here. */
  readonly passwords: readonly Id[]
  readonly expiredApiKeys: number
  readonly expiredHostFactoryTokens: number
  readonly issuers: number
  readonly foreignRights: number
  readonly foreignOwned: readonly Id[]
}

/**
 * Throws `configuration` unless the data key opens the signing keys of all these accounts, and `not_found` for an account that is none.
 * Nothing has been written by then, here or there.
 */
export async function mustOpenWith(
  { source, dataKey }: Pick<ImportParts, 'source' | 'dataKey'>,
  accounts: readonly string[],
): Promise<void> {
  for (const account of accounts) {
    // oxlint-disable-next-line no-await-in-loop -- there are few, and the first that does not open ends it
    const sealed = await source.signingKey(account)
    try {
      openConjurBlob(dataKey, `authn:${account}`, sealed).fill(0)
    } catch (cause) {
      const message = `the data key is not that of the Conjur server: it does not open the signing key of account ${quoted(account)}`
      throw new Failure('configuration', message, { cause })
    }
  }
}

/**
 * Takes over an account of a Conjur server: signing key, roles, resources, memberships, permissions, annotations, policy versions, all
 * versions of all secrets, API keys and host factory tokens (as digests), enabled authenticators, address restrictions and times of
 * creation; all of it or nothing. Throws `conflict` when there is an account of that name, `corrupt` when the data key does not open
 * what is there, `argument_error` for an id that cannot be one here.
 */
export async function importAccount(parts: ImportParts, account: string): Promise<ImportedAccount> {
  mustBeAccountName(account)
  const old = await parts.source.read(account)
  const signingKey = signingKeyOf(parts, account, old)
  const { rows, ...foreign } = rowsOfConjur(account, old, parts.newGeneration)
  const keys = keysOf(parts, old)
  const tokens = tokensOf(parts, old)
  let secrets = 0
  await parts.store.restoreAccount(signingKey, async (transaction) => {
    await transaction.apply(rows.map((row): Change => ({ op: 'add', row })))
    await transaction.replaceKeys(keys)
    await transaction.restorePolicyVersions(policyVersionsOf(old))
    await transaction.addHostFactoryTokens(tokens, new Date(parts.clock()))
    await transaction.restoreTimes(timesOf(old, keys))
    secrets = await copySecrets(parts, account, transaction)
    await transaction.record([importedEvent(parts, account)])
  })
  const { credentials, hostFactoryTokens, issuers } = old
  return {
    account,
    taken: {
      roles: old.roles.length,
      resources: old.resources.length,
      annotations: old.annotations.length,
      secrets,
      policyVersions: old.policyVersions.length,
      apiKeys: keys.length,
      hostFactoryTokens: tokens.length,
    },
    left: {
      passwords: credentials
        .filter(({ hasPassword }) => hasPassword)
        .map(({ role }) => parseId(role)),
      expiredApiKeys: credentials.filter(({ apiKey }) => apiKey !== undefined).length - keys.length,
      expiredHostFactoryTokens: hostFactoryTokens.length - tokens.length,
      issuers,
      ...foreign,
    },
    authenticators: authenticatorsOf(old),
  }
}

const authenticatorsOf = ({ resources }: ConjurAccount): readonly string[] =>
  resources
    .map(({ id }) => parseId(id))
    .filter((id) => kindOf(id) === 'webservice' && instanceIn(identifierOf(id)) !== undefined)
    .map((id) => identifierOf(id).slice('conjur/'.length))

const policyVersionsOf = ({ policyVersions }: ConjurAccount): readonly PolicyVersion[] =>
  policyVersions.map((version) => ({
    ...version,
    policy: parseId(version.policy),
    role: parseId(version.role),
  }))

/** Those that can still be used. */
const tokensOf = (
  { clock }: ImportParts,
  { hostFactoryTokens }: ConjurAccount,
): readonly HostFactoryToken[] =>
  hostFactoryTokens
    .filter(({ expiresAt }) => expiresAt.getTime() > clock())
    .map((token) => ({ ...token, factory: parseId(token.factory) }))

function timesOf(
  { roles, resources, credentials }: ConjurAccount,
  keys: readonly { readonly role: Id }[],
): RestoredTimes {
  const created = ({ id, createdAt }: ConjurAccount['roles'][number]): RestoredTime => ({
    id: parseId(id),
    at: createdAt,
  })
  const kept = new Set<string>(keys.map(({ role }) => role))
  return {
    roles: roles.map(created),
    resources: resources.map(created),
    keys: credentials.flatMap(({ role, rotatedAt }) =>
      rotatedAt === undefined || !kept.has(role) ? [] : [{ id: parseId(role), at: rotatedAt }],
    ),
  }
}

const importedEvent = (
  { recorder }: ImportParts,
  account: string,
): ReturnType<Recorder['attempt']> =>
  recorder.attempt(
    { account, user: 'operator', origin: { clientIp: '', request: 'import' } },
    accountDeed('import', account),
  )

function signingKeyOf(
  { dataKey, vault }: ImportParts,
  account: string,
  { signingKey }: ConjurAccount,
): ReturnType<typeof sealSigningKey> {
  const der = openConjurBlob(dataKey, `authn:${account}`, signingKey)
  try {
    return sealSigningKey(vault, account, importPkcs1Key(der))
  } finally {
    der.fill(0)
  }
}

/** The keys that are still good, as digests. */
function keysOf(
  { dataKey, apiKeys, clock }: ImportParts,
  { credentials }: ConjurAccount,
): readonly { readonly role: Id; readonly digest: Uint8Array }[] {
  return credentials.flatMap(({ role, apiKey, expiresAt }) => {
    const isOver = expiresAt !== undefined && expiresAt.getTime() <= clock()
    if (apiKey === undefined || isOver) return []
    const key = openConjurBlob(dataKey, role, apiKey)
    const digest = apiKeys.digest(key.toString('utf8'))
    key.fill(0)
    return [{ role: parseId(role), digest }]
  })
}

/** Re-seals page after page; returns how many versions there were. */
async function copySecrets(
  parts: ImportParts,
  account: string,
  transaction: RestoreTransaction,
): Promise<number> {
  let count = 0
  let after: ConjurPlace | undefined
  for (;;) {
    // oxlint-disable no-await-in-loop -- a page begins where the one before it ended
    const page = await parts.source.secrets(account, after)
    if (page.length === 0) return count
    await transaction.restoreSecrets(page.map((secret) => resealed(parts, secret)))
    // oxlint-enable no-await-in-loop
    count += page.length
    after = page.at(-1)
  }
}

function resealed(
  { dataKey, vault }: ImportParts,
  { resource, version, value, expiresAt }: Awaited<ReturnType<ConjurSource['secrets']>>[number],
): RestoredSecret {
  const id = parseId(resource)
  const clear = openConjurBlob(dataKey, resource, value)
  const sealed = sealSecret(vault, id, version, clear)
  clear.fill(0)
  return { resource: id, version, sealed, ...(expiresAt === undefined ? {} : { expiresAt }) }
}
