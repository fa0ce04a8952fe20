import type { Change } from '#domain/change.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { ApiKeys } from './credentials.ts'
import type { Recorder } from './recorder.ts'
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

/**
 * Creates an account with its administrator and its root policy, and returns the administrator's API key. Throws `conflict` when the
 * account exists, `argument_error` for a name that cannot be one (reference/conjur-api.md 1.5).
 *
 * `keep` gets the key before the account is there for good: so however a process ends, no account is left whose key nobody has.
 * When it throws, no account is created.
 */
export type CreateAccount = (
  account: string,
  keep?: (apiKey: string) => Promise<void>,
) => Promise<string>

export function createAccount(parts: AccountParts): CreateAccount {
  return async (account, keep) => {
    mustBeAccountName(account)
    const admin = adminOf(account)
    const apiKey = parts.apiKeys.generate()
    const signingKey = await parts.newSigningKey(account)
    const origin = { clientIp: '', request: 'create-account' }
    const event = parts.recorder.attempt(
      { account, user: 'operator', origin },
      { kind: 'account', operation: 'create', subject: { account } },
    )
    await parts.store.createAccount(account, signingKey, async (transaction) => {
      await transaction.apply(firstRows(account, parts.newGeneration()))
      await transaction.replaceKeys([{ role: admin, digest: parts.apiKeys.digest(apiKey) }])
      await transaction.record([event])
      await keep?.(apiKey)
    })
    return apiKey
  }
}

/** The administrator owns itself and the root policy, and through it everything that is loaded there. */
function firstRows(account: string, generation: string): readonly Change[] {
  const admin = adminOf(account)
  const root = rootPolicyOf(account)
  return [
    { op: 'add', row: { table: 'role', id: admin } },
    { op: 'add', row: { table: 'role', id: root } },
    { op: 'add', row: { table: 'resource', id: admin, owner: admin } },
    { op: 'add', row: { table: 'resource', id: root, owner: admin } },
    {
      op: 'add',
      row: { table: 'membership', role: root, member: admin, ownership: true, admin: true },
    },
    { op: 'add', row: { table: 'credential', role: admin, generation } },
  ]
}

function mustBeAccountName(account: string): void {
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
