import type { StoredSigningKey, WrappedDataKey } from '#app/store.ts'
import { ONE_MOMENT, type Pool, type Transaction } from './pool.ts'

/** Adds the signing key of an account. */
export async function addSigningKey(
  transaction: Transaction,
  key: StoredSigningKey,
): Promise<void> {
  await transaction.query(
    'insert into signing_key (kid, account, sealed_private_key, public_key_pem) values ($1, $2, $3, $4)',
    [key.kid, key.account, key.sealedPrivateKey, key.publicKeyPem],
  )
}

/** All signing keys, oldest first. */
export const signingKeys = (pool: Pool, ms: number): Promise<readonly StoredSigningKey[]> =>
  pool.transaction(ONE_MOMENT, ms, (transaction) =>
    transaction.query<{ [Name in keyof StoredSigningKey]: StoredSigningKey[Name] }>(
      `select account, kid, sealed_private_key as "sealedPrivateKey", public_key_pem as "publicKeyPem"
       from signing_key order by created_at, kid`,
    ),
  )

/** All data keys, oldest first. */
export const dataKeys = (pool: Pool, ms: number): Promise<readonly WrappedDataKey[]> =>
  pool.transaction(ONE_MOMENT, ms, allDataKeys)

const allDataKeys = (transaction: Transaction): Promise<WrappedDataKey[]> =>
  transaction.query<{ [Name in keyof WrappedDataKey]: WrappedDataKey[Name] }>(
    'select id, wrapped from data_key order by id',
  )

/** Adds the first data key unless there is one; returns the one that there is. */
export const addFirstDataKey = (
  pool: Pool,
  wrap: (id: number) => Uint8Array,
  ms: number,
): Promise<WrappedDataKey> =>
  pool.transaction('begin', ms, async (transaction) => {
    await transaction.query(
      'insert into data_key (id, wrapped) values (1, $1) on conflict (id) do nothing',
      [wrap(1)],
    )
    const [first] = await allDataKeys(transaction)
    if (first === undefined) throw new Error('a data key that was added is not there')
    return first
  })
