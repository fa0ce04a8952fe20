import type { AuditEvent } from '#app/audit.ts'
import type { RestoreTransaction } from '#app/restore-store.ts'
import type { ChangeTransaction, StoredSigningKey } from '#app/store.ts'
import type { Change } from '#domain/change.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { applyChanges, applyToAccounts } from './apply.ts'
import { addLoginKey, replaceKeys, setPassword } from './credentials.ts'
import {
  addFactor,
  factorsIn,
  removeFactor,
  removeFactors,
  replaceRecoveryCodes,
} from './factors.ts'
import { advance } from './graph-log.ts'
import { addTokens, removeToken, spendToken } from './host-factory.ts'
import { putIssuer } from './issuers.ts'
import { addSigningKey } from './keys.ts'
import type { Pool, Transaction } from './pool.ts'
import { addPolicyVersion, annotationsFor } from './resources.ts'
import { restorePolicyVersions, restoreSecrets, restoreTimes } from './restore.ts'
import { addVersion, clearSecret, expireSecret, latest } from './secrets.ts'
import { recordIn } from './trail.ts'

/** Runs `work` in a transaction that holds the lock of `account`; throws `not_found` for an unknown account. */
export const change = <T>(
  pool: Pool,
  account: string,
  work: (transaction: ChangeTransaction) => Promise<T>,
  ms: number,
): Promise<T> =>
  pool.transaction('begin', ms, async (transaction) => {
    // The lock comes first: what is read after it is what the last writer of this account left.
    const [locked, epoch] = await Promise.all([
      transaction.query('select 1 from account where name = $1 for update', [account]),
      epochOf(transaction),
    ])
    if (locked.length === 0) throw unknown(account)
    return workIn(transaction, account, epoch, work)
  })

const unknown = (account: string): Failure =>
  new Failure('not_found', `account ${quoted(account)} is not found`)

/** Creates an account with its signing key and its first changes; throws `conflict` when it exists. */
export const createAccount = (
  pool: Pool,
  key: StoredSigningKey,
  work: (transaction: RestoreTransaction) => Promise<void>,
  ms: number,
): Promise<void> =>
  pool.transaction('begin', ms, async (transaction) => {
    const { account } = key
    const created = await transaction.query(
      'insert into account (name) values ($1) on conflict (name) do nothing returning name',
      [account],
    )
    if (created.length === 0) throw exists(account)
    await addSigningKey(transaction, key)
    await workIn(transaction, account, await epochOf(transaction), work)
  })

/** Deletes an account with its keys; `work` removes its rows and changes those of others that mention it. */
export const deleteAccount = (
  pool: Pool,
  account: string,
  work: (transaction: ChangeTransaction) => Promise<void>,
  ms: number,
): Promise<void> =>
  pool.transaction('begin', ms, async (transaction) => {
    const [locked, epoch] = await Promise.all([
      transaction.query<{ name: string }>('select name from account order by name for update'),
      epochOf(transaction),
    ])
    if (!locked.some(({ name }) => name === account)) throw unknown(account)
    const changes: Change[] = []
    await work({
      ...changeTransaction(transaction, account, epoch, changes),
      async apply(list) {
        await applyToAccounts(transaction, list)
        changes.push(...list)
      },
    })
    await transaction.query('delete from account where name = $1', [account])
    await advance(transaction, account, changes)
  })

/** The names of all accounts, sorted. */
export const accounts = async (pool: Pool, ms: number): Promise<readonly string[]> => {
  const rows = await pool.transaction('begin', ms, (transaction) =>
    transaction.query<{ name: string }>('select name from account'),
  )
  return rows.map(({ name }) => name).toSorted()
}

async function epochOf(transaction: Transaction): Promise<number> {
  const [row] = await transaction.query<{ epoch: string }>('select epoch from clock')
  return Number(row?.epoch)
}

/** Runs `work`, and when it changed rows ends with the step of the clock. */
async function workIn<T>(
  transaction: Transaction,
  account: string,
  epoch: number,
  work: (transaction: RestoreTransaction) => Promise<T>,
): Promise<T> {
  const changes: Change[] = []
  const result = await work(changeTransaction(transaction, account, epoch, changes))
  if (changes.length > 0) await advance(transaction, account, changes)
  return result
}

function changeTransaction(
  transaction: Transaction,
  account: string,
  epoch: number,
  log: Change[],
): RestoreTransaction {
  return {
    epoch,
    annotations: (policy, resources) => annotationsFor(transaction, policy, resources),
    async apply(changes) {
      await applyChanges(transaction, account, changes)
      // One by one: a load may have more changes than a call may have arguments.
      for (const step of changes) log.push(step)
    },
    addVersion: (resource, seal) => addVersion(transaction, resource, seal),
    latest: (resource) => latest(transaction, resource),
    clearSecret: (resource) => clearSecret(transaction, resource),
    expireSecret: (resource) => expireSecret(transaction, resource),
    replaceKeys: (keys) => replaceKeys(transaction, keys),
    addLoginKey: (role, digest, expiresAt, keep) =>
      addLoginKey(transaction, role, { digest, expiresAt }, keep),
    setPassword: (role, passwordHash) => setPassword(transaction, role, passwordHash),
    addHostFactoryTokens: (tokens, now) => addTokens(transaction, tokens, now),
    spendHostFactoryToken: (digest) => spendToken(transaction, digest),
    removeHostFactoryToken: (digest) => removeToken(transaction, digest),
    putIssuer: (issuer) => putIssuer(transaction, issuer),
    factorsOf: (role) => factorsIn(transaction, role),
    addFactor: (factor) => addFactor(transaction, factor),
    removeFactor: (role, id) => removeFactor(transaction, role, id),
    removeFactors: (role) => removeFactors(transaction, role),
    replaceRecoveryCodes: (role, digests) => replaceRecoveryCodes(transaction, role, digests),
    restoreSecrets: (secrets) => restoreSecrets(transaction, secrets),
    restorePolicyVersions: (versions) => restorePolicyVersions(transaction, versions),
    restoreTimes: (times) => restoreTimes(transaction, times),
    addPolicyVersion: (version, keep) => addPolicyVersion(transaction, version, keep),
    record: (events: readonly AuditEvent[]) => recordIn(transaction, events),
  }
}

/** The literal answer of reference/conjur-api.md 1.3. */
const exists = (account: string): Failure =>
  new Failure('conflict', `account ${JSON.stringify(account)} already exists`, {
    wire: { target: 'account', details: { code: 'conflict', target: 'id', message: account } },
  })
