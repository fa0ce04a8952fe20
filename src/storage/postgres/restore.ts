import type { RestoredSecret, RestoredTime, RestoredTimes } from '#app/restore-store.ts'
import type { PolicyVersion } from '#app/store.ts'
import type { Transaction } from './pool.ts'
import { inChunks } from './table-writer.ts'

/** Writes versions of secrets under the numbers that they have. */
export const restoreSecrets = (
  transaction: Transaction,
  secrets: readonly RestoredSecret[],
): Promise<void> =>
  inChunks(
    secrets,
    ({ resource, version, sealed, expiresAt }) => [
      resource,
      version,
      Buffer.from(sealed).toString('hex'),
      expiresAt,
    ],
    (columns) =>
      transaction.query(
        `insert into secret (resource, version, sealed, expires_at)
         select resource, version, decode(sealed, 'hex'), expires_at
         from unnest($1::text[], $2::integer[], $3::text[], $4::timestamptz[])
           as new (resource, version, sealed, expires_at)`,
        columns,
      ),
  )

/** Writes versions of policies under the numbers that they have. */
export const restorePolicyVersions = (
  transaction: Transaction,
  versions: readonly PolicyVersion[],
): Promise<void> =>
  inChunks(
    versions,
    (version) => [
      version.policy,
      version.version,
      version.role,
      version.text,
      version.sha256,
      version.clientIp,
      version.createdAt,
      version.finishedAt,
    ],
    (columns) =>
      transaction.query(
        `insert into policy_version (policy, version, role, body, sha256, client_ip, created_at, finished_at)
         select * from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
           $7::timestamptz[], $8::timestamptz[])`,
        columns,
      ),
  )

/** Sets when roles and resources were created and when keys were last replaced. */
export async function restoreTimes(
  transaction: Transaction,
  { roles, resources, keys }: RestoredTimes,
): Promise<void> {
  const set = (times: readonly RestoredTime[], text: string): Promise<void> =>
    inChunks(
      times,
      ({ id, at }) => [id, at],
      (columns) => transaction.query(text, columns),
    )
  const NEW = 'unnest($1::text[], $2::timestamptz[]) as new (id, at)'
  await set(roles, `update role set created_at = new.at from ${NEW} where role.id = new.id`)
  await set(
    resources,
    `update resource set created_at = new.at from ${NEW} where resource.id = new.id`,
  )
  await set(
    keys,
    `update credential set rotated_at = new.at from ${NEW} where credential.role = new.id`,
  )
}
