import type { FactorUse, RoleFactors, StoredFactor } from '#app/factor-store.ts'
import { parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { Pool, Transaction } from './pool.ts'

/** A row of the table; what is not of its kind is null. */
interface FactorRow {
  readonly id: string
  readonly role: string
  readonly kind: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly sealedSecret: Buffer | null
  readonly credentialId: string | null
  readonly publicKey: Buffer | null
  readonly counter: string | null
  readonly transports: string[] | null
  readonly backedUp: boolean | null
}

/** What a role has to prove that it is there with. */
export async function factorsIn(transaction: Transaction, role: Id): Promise<RoleFactors> {
  const [rows, left] = await Promise.all([
    transaction.query<{ [Name in keyof FactorRow]: FactorRow[Name] }>(
      `select id, role, kind, name, created_at as "createdAt", last_used_at as "lastUsedAt",
         sealed_secret as "sealedSecret", credential_id as "credentialId", public_key as "publicKey",
         counter, transports, backed_up as "backedUp"
       from factor where role = $1 order by created_at, id`,
      [role],
    ),
    transaction.query<{ count: string }>(
      'select count(*) as count from recovery_code where role = $1',
      [role],
    ),
  ])
  return { factors: rows.map(factorOf), recoveryCodesLeft: Number(left[0]?.count) }
}

/** Like {@link factorsIn}, in a transaction of its own. */
export const factorsOf = (pool: Pool, role: Id, ms: number): Promise<RoleFactors> =>
  pool.transaction('begin', ms, (transaction) => factorsIn(transaction, role))

function factorOf(row: FactorRow): StoredFactor {
  const { id, name, createdAt, lastUsedAt } = row
  const facts = {
    id,
    role: parseId(row.role),
    name,
    createdAt,
    ...(lastUsedAt === null ? {} : { lastUsedAt }),
  }
  if (row.kind === 'totp') {
    return { ...facts, kind: 'totp', sealedSecret: present(row.sealedSecret) }
  }
  return {
    ...facts,
    kind: 'passkey',
    credentialId: present(row.credentialId),
    publicKey: present(row.publicKey),
    counter: Number(present(row.counter)),
    transports: present(row.transports),
    backedUp: present(row.backedUp),
  }
}

/** The table has a check for it. */
function present<T>(value: T | null): T {
  if (value === null) throw new Error('a second factor lacks what its kind has')
  return value
}

/** Adds a factor. Throws `not_found` when its role is not there, `conflict` when there is a factor of its id or credential. */
export async function addFactor(transaction: Transaction, factor: StoredFactor): Promise<void> {
  const { id, role, kind, name, createdAt, lastUsedAt } = factor
  await mustBeThere(transaction, role)
  const ofKind =
    factor.kind === 'totp'
      ? [factor.sealedSecret, undefined, undefined, undefined, undefined, undefined]
      : [
          undefined,
          factor.credentialId,
          factor.publicKey,
          factor.counter,
          factor.transports,
          factor.backedUp,
        ]
  const added = await transaction.query(
    `insert into factor (id, role, kind, name, created_at, last_used_at,
       sealed_secret, credential_id, public_key, counter, transports, backed_up)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict do nothing returning 1`,
    [id, role, kind, name, createdAt, lastUsedAt, ...ofKind],
  )
  if (added.length === 0) throw new Failure('conflict', 'this second factor is there already')
}

async function mustBeThere(transaction: Transaction, role: Id): Promise<void> {
  const found = await transaction.query('select 1 from role where id = $1', [role])
  if (found.length === 0) throw new Failure('not_found', `${quoted(role)} is not found`)
}

/** Removes a factor, and with the last one of a role its recovery codes; resolves to whether it was there. */
export async function removeFactor(
  transaction: Transaction,
  role: Id,
  id: string,
): Promise<boolean> {
  const [removed] = await Promise.all([
    transaction.query('delete from factor where role = $1 and id = $2 returning 1', [role, id]),
    transaction.query(
      `delete from recovery_code where role = $1
         and not exists (select from factor where factor.role = $1)`,
      [role],
    ),
  ])
  return removed.length > 0
}

/** Removes all factors and recovery codes of a role. */
export async function removeFactors(transaction: Transaction, role: Id): Promise<void> {
  await Promise.all([
    transaction.query('delete from factor where role = $1', [role]),
    transaction.query('delete from recovery_code where role = $1', [role]),
  ])
}

/** Gives a role these recovery codes instead of all that it had. Throws `not_found` when the role is not there. */
export async function replaceRecoveryCodes(
  transaction: Transaction,
  role: Id,
  digests: readonly Uint8Array[],
): Promise<void> {
  await mustBeThere(transaction, role)
  await Promise.all([
    transaction.query('delete from recovery_code where role = $1', [role]),
    transaction.query(
      `insert into recovery_code (role, digest)
       select $1, decode(digest, 'hex') from unnest($2::text[]) as new (digest)`,
      [role, digests.map((digest) => Buffer.from(digest).toString('hex'))],
    ),
  ])
}

/** Notes a use of a factor and resolves to whether it counts: not when it is gone, or when the counter of a passkey did not grow. */
export const useFactor = (
  pool: Pool,
  { role, id, at, passkey }: FactorUse,
  ms: number,
): Promise<boolean> =>
  pool.transaction('begin', ms, async (transaction) => {
    const used = await transaction.query(
      `update factor set last_used_at = greatest(last_used_at, $3),
         counter = coalesce($4::bigint, counter), backed_up = coalesce($5::boolean, backed_up)
       where role = $1 and id = $2 and (kind = 'passkey') = ($4::bigint is not null)
         and ($4::bigint is null or counter < $4::bigint or (counter = 0 and $4::bigint = 0))
       returning 1`,
      [role, id, at, passkey?.counter, passkey?.backedUp],
    )
    return used.length > 0
  })

/** Takes away a recovery code and resolves to whether the role had it. */
export const useRecoveryCode = (
  pool: Pool,
  role: Id,
  digest: Uint8Array,
  ms: number,
): Promise<boolean> =>
  pool.transaction('begin', ms, async (transaction) => {
    const used = await transaction.query(
      'delete from recovery_code where role = $1 and digest = $2 returning 1',
      [role, digest],
    )
    return used.length > 0
  })
