import type { ApiKeyRecord, StoredCredential } from '#app/store.ts'
import type { Id } from '#domain/id.ts'
import { type Line } from './line.ts'
import type { Transaction } from './pool.ts'
import { bytesIn, type Cell, isPresent, numberIn, statement, textIn } from './statement.ts'

const CREDENTIAL = statement(
  'credential',
  `select role.id, credential.password_hash, (extract(epoch from credential.rotated_at) * 1000)::bigint,
     encode(api_key.digest, 'hex'), api_key.kind, (extract(epoch from api_key.expires_at) * 1000)::bigint
   from role
   left join credential on credential.role = role.id
   left join api_key on api_key.role = role.id
   where role.id = $1
     and coalesce(credential.generation, credential.password_hash, api_key.kind) is not null
   order by api_key.created_at, api_key.digest`,
)

/** What can prove that somebody is `role`. */
export async function credential(
  line: Line,
  role: Id,
  ms: number,
): Promise<StoredCredential | undefined> {
  const rows = await line.query(CREDENTIAL, [role], ms)
  const first = rows[0]
  if (first === undefined) return undefined
  const [, passwordHash, rotatedAt] = first
  return {
    keys: rows.filter(([, , , digest]) => isPresent(digest)).map(keyOf),
    ...(isPresent(passwordHash) ? { passwordHash: textIn(passwordHash) } : {}),
    ...(isPresent(rotatedAt) ? { rotatedAt: new Date(numberIn(rotatedAt)) } : {}),
  }
}

function keyOf([, , , digest, kind, expiresAt]: Cell[]): ApiKeyRecord {
  return {
    digest: bytesIn(digest),
    kind: textIn(kind) === 'main' ? 'main' : 'login',
    ...(isPresent(expiresAt) ? { expiresAt: new Date(numberIn(expiresAt)) } : {}),
  }
}

/** Gives each of the roles one main key, instead of all keys that it had. */
export async function replaceKeys(
  transaction: Transaction,
  keys: readonly { readonly role: Id; readonly digest: Uint8Array }[],
): Promise<void> {
  const roles = keys.map(({ role }) => role)
  const digests = keys.map(({ digest }) => Buffer.from(digest).toString('hex'))
  await Promise.all([
    transaction.query('delete from api_key where role = any($1::text[])', [roles]),
    transaction.query(
      `insert into api_key (digest, role, kind)
       select decode(digest, 'hex'), role, 'main' from unnest($1::text[], $2::text[]) as new (role, digest)`,
      [roles, digests],
    ),
    transaction.query(
      `insert into credential (role, rotated_at) select role, now() from unnest($1::text[]) as new (role)
       on conflict (role) do update set rotated_at = excluded.rotated_at`,
      [roles],
    ),
  ])
}

/** Adds a key of a password login; keeps the newest `keep` of them. */
export async function addLoginKey(
  transaction: Transaction,
  role: Id,
  key: { readonly digest: Uint8Array; readonly expiresAt: Date },
  keep: number,
): Promise<void> {
  await Promise.all([
    transaction.query(
      `insert into api_key (digest, role, kind, expires_at, created_at) values ($1, $2, 'login', $3, clock_timestamp())`,
      [key.digest, role, key.expiresAt],
    ),
    transaction.query(
      `delete from api_key where digest in (
         select digest from api_key where role = $1 and kind = 'login' order by created_at desc offset $2)`,
      [role, keep],
    ),
  ])
}

/** Sets the password hash of a user and removes its login keys. */
export async function setPassword(
  transaction: Transaction,
  role: Id,
  passwordHash: string,
): Promise<void> {
  await Promise.all([
    transaction.query(
      `insert into credential (role, password_hash) values ($1, $2)
       on conflict (role) do update set password_hash = excluded.password_hash`,
      [role, passwordHash],
    ),
    transaction.query(`delete from api_key where role = $1 and kind = 'login'`, [role]),
  ])
}
