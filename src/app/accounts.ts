import type { Change } from '#domain/change.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { AuditEvent } from './audit.ts'
import type { ApiKeys } from './credentials.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Store, StoredSigningKey } from './store.ts'

/** What creating accounts stands on. */
export interface AccountParts {
  readonly store: Store
  readonly recorder: Recorder
  readonly apiKeys: ApiKeys
  readonly newGeneration: () => string
  /** A new signing key for an account, its private half sealed. */
  readonly newSigningKey: (account: string) => Promise<StoredSigningKey>
}

/** What an account may be created with. */
export interface AccountOptions {
  /** The digest of the administrator's password. */
  readonly passwordHash?: string
  /** Gets the administrator's API key before the account is there for good. When it throws, no account is created. */
  readonly keep?: (apiKey: string) => Promise<void>
}

/**
 * Creates an account with its administrator and its root policy, and returns the administrator's API key, for an operator. Throws
 * `conflict` when the account exists, `argument_error` for a name that cannot be one (reference/conjur-api.md 1.5).
 */
export type CreateAccount = (account: string, options?: AccountOptions) => Promise<string>

export function createAccount(parts: AccountParts): CreateAccount {
  return async (account, options = {}) => {
    mustBeAccountName(account)
    const origin = { clientIp: '', request: 'create-account' }
    const event = parts.recorder.attempt(
      { account, user: 'operator', origin },
      accountDeed('create', account),
    )
    return makeAccount(parts, account, {
      ...options,
      owner: adminOf(account),
      events: () => [event],
    })
  }
}

/** What the trail says of something that was done to an account. */
export const accountDeed = (operation: string, account: string): Deed => ({
  kind: 'account',
  operation,
  subject: { account },
})

/** Whose an account will be, and what is recorded with it. */
export interface NewAccount extends AccountOptions {
  /** The owner of the administrator: itself, or the role that created the account. */
  readonly owner: Id
  readonly events: () => readonly AuditEvent[]
}

/** Creates the account, whoever wants it, and returns its administrator's API key. The name has been checked. */
export async function makeAccount(
  parts: AccountParts,
  account: string,
  { owner, events, passwordHash, keep }: NewAccount,
): Promise<string> {
  const admin = adminOf(account)
  const apiKey = parts.apiKeys.generate()
  const signingKey = await parts.newSigningKey(account)
  await parts.store.createAccount(account, signingKey, async (transaction) => {
    await transaction.apply(firstRows(account, owner, parts.newGeneration()))
    await transaction.replaceKeys([{ role: admin, digest: parts.apiKeys.digest(apiKey) }])
    if (passwordHash !== undefined) await transaction.setPassword(admin, passwordHash)
    await transaction.record(events())
    // However a process ends, no account is left whose key nobody has.
    await keep?.(apiKey)
  })
  return apiKey
}

/** The administrator owns the root policy, and through it everything that is loaded there. */
function firstRows(account: string, owner: Id, generation: string): readonly Change[] {
  const admin = adminOf(account)
  const root = rootPolicyOf(account)
  return [
    { op: 'add', row: { table: 'role', id: admin } },
    { op: 'add', row: { table: 'role', id: root } },
    { op: 'add', row: { table: 'resource', id: admin, owner } },
    { op: 'add', row: { table: 'resource', id: root, owner: admin } },
    ...(owner === admin ? [] : [ownership(admin, owner)]),
    ownership(root, admin),
    { op: 'add', row: { table: 'credential', role: admin, generation } },
  ]
}

/** Whoever owns the resource of a role holds the role: the row that says so. */
export const ownership = (role: Id, member: Id): Change => ({
  op: 'add',
  row: { table: 'membership', role, member, ownership: true, admin: true },
})

/** Throws `argument_error` with the literal texts of reference/conjur-api.md 1.5 for a name that no account can have. */
export function mustBeAccountName(account: string): void {
  if (account.includes('/')) throw new Failure('argument_error', `Invalid account: ${account}`)
  const wrong = [...new Set(account.match(/[^\w.-]/gu))].join('')
  if (wrong !== '') {
    const text = `account name "${account}" contains invalid characters (${wrong})`
    throw new Failure('argument_error', text)
  }
  if (account === '' || account.length > 60) {
    const text = `${quoted(account)} cannot be an account name: it has 1 to 60 characters`
    throw new Failure('argument_error', text)
  }
}
