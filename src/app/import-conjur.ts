import type { KeyObject } from 'node:crypto'
import { openConjurBlob } from '#crypto/conjur-blob.ts'
import { importPkcs1Key } from '#crypto/signing-key.ts'
import type { Change, Row } from '#domain/change.ts'
import { adminOf, kindOf, parseId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { accountDeed, mustBeAccountName, ownership } from './accounts.ts'
import type { ConjurAccount, ConjurPlace, ConjurSource } from './conjur-source.ts'
import type { ApiKeys } from './credentials.ts'
import type { Clock, Recorder } from './recorder.ts'
import type { RestoredSecret, RestoreStore, RestoreTransaction } from './restore-store.ts'
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
  readonly roles: number
  readonly resources: number
  readonly secrets: number
  readonly apiKeys: number
  /** The users whose passwords must be set anew: their hashes are of a kind that is not checked here. */
  readonly passwordsToReset: readonly Id[]
  readonly hostFactoryTokens: number
  /** How many issuers were left behind. */
  readonly issuers: number
}

/**
 * Takes over an account of a Conjur server: signing key, roles, resources, memberships, permissions, annotations, policy versions, all
 * versions of all secrets, API keys and host factory tokens (as digests), enabled authenticators and address restrictions; all of it or nothing. Throws `conflict` when there is an account
 * of that name, `corrupt` when the data key does not open what is there, `argument_error` for an id that cannot be one here.
 */
export async function importAccount(parts: ImportParts, account: string): Promise<ImportedAccount> {
  mustBeAccountName(account)
  const old = await parts.source.read(account)
  const signingKey = signingKeyOf(parts, account, old)
  const changes = rowsOf(parts, account, old).map((row): Change => ({ op: 'add', row }))
  const keys = keysOf(parts, old)
  let secrets = 0
  await parts.store.restoreAccount(signingKey, async (transaction) => {
    await transaction.apply(changes)
    await transaction.replaceKeys(keys)
    await transaction.restorePolicyVersions(
      old.policyVersions.map((version) => ({
        ...version,
        policy: parseId(version.policy),
        role: parseId(version.role),
      })),
    )
    await transaction.addHostFactoryTokens(
      old.hostFactoryTokens.map((token) => ({ ...token, factory: parseId(token.factory) })),
      new Date(parts.clock()),
    )
    secrets = await copySecrets(parts, account, transaction)
    await transaction.record([importedEvent(parts, account)])
  })
  return {
    account,
    roles: old.roles.length,
    resources: old.resources.length,
    secrets,
    apiKeys: keys.length,
    passwordsToReset: old.credentials
      .filter(({ hasPassword }) => hasPassword)
      .map(({ role }) => parseId(role)),
    hostFactoryTokens: old.hostFactoryTokens.length,
    issuers: old.issuers,
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

function rowsOf(parts: ImportParts, account: string, old: ConjurAccount): readonly Row[] {
  const roles = old.roles.map((role): Row => ({ table: 'role', ...identified(role) }))
  const resources = old.resources.map((resource): Row => ({
    table: 'resource',
    ...identified(resource),
  }))
  const memberships = old.memberships.map((row): Row => ({
    table: 'membership',
    ...identified(row),
  }))
  const permissions = old.permissions.map((row): Row => ({
    table: 'permission',
    ...identified(row),
  }))
  const annotations = old.annotations.map((row): Row => ({
    table: 'annotation',
    ...identified(row),
  }))
  const enablements = old.enablements.map((row): Row => ({
    table: 'enablement',
    ...identified(row),
  }))
  return [
    ...rootRows(account, old),
    ...roles,
    ...resources,
    ...memberships,
    ...permissions,
    ...annotations,
    ...enablements,
    ...credentialRows(parts, old),
  ]
}

/** The members that are ids. */
type IdName = 'id' | 'owner' | 'role' | 'member' | 'resource' | 'policy'

type Identified<T> = { readonly [Name in keyof T]: Name extends IdName ? Id : T[Name] }

const ID_NAMES: ReadonlySet<string> = new Set<IdName>([
  'id',
  'owner',
  'role',
  'member',
  'resource',
  'policy',
])

/** `row` with its ids checked: what is there may have been written by hand. */
const identified = <T extends object>(row: T): Identified<T> =>
  // Only names of ids change their type, and these were checked.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [
      name,
      ID_NAMES.has(name) ? parseId(String(value)) : value,
    ]),
  ) as Identified<T>

/** A Conjur account has no root policy before the first load; ours always has. */
function rootRows(account: string, { resources }: ConjurAccount): readonly Row[] {
  const root = rootPolicyOf(account)
  const admin = adminOf(account)
  if (resources.some(({ id }) => id === root)) return []
  return [
    { table: 'role', id: root },
    { table: 'resource', id: root, owner: admin },
    ownership(root, admin).row,
  ]
}

const LOGS_IN: ReadonlySet<string> = new Set(['user', 'host'])

/** Whoever can log in at all gets a generation, so that a key can be made for those that had none yet. */
function credentialRows(
  { newGeneration }: ImportParts,
  { roles, credentials }: ConjurAccount,
): readonly Row[] {
  const generations = roles
    .map(({ id }) => parseId(id))
    .filter((role) => LOGS_IN.has(kindOf(role)))
    .map((role): Row => ({ table: 'credential', role, generation: newGeneration() }))
  const restrictions = credentials
    .filter(({ restrictedTo }) => restrictedTo.length > 0)
    .map(({ role, restrictedTo }): Row => ({
      table: 'restriction',
      role: parseId(role),
      cidrs: restrictedTo,
    }))
  return [...generations, ...restrictions]
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
