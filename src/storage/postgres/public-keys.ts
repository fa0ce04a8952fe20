import type { StoredPublicKey } from '#app/public-key-store.ts'
import { parseId } from '#domain/id.ts'
import type { Line } from './line.ts'
import { bytesIn, numberIn, statement, textIn } from './statement.ts'

/** A prefix is compared as it is: to `like`, characters of an id would be wildcards. */
const PUBLIC_KEYS = statement(
  'public-keys',
  `select resource.id, newest.version, encode(newest.sealed, 'hex')
   from resource cross join lateral (
     select version, sealed from secret
     where secret.resource = resource.id
     order by version desc limit 1
   ) as newest
   where resource.account = $1 and resource.kind = 'public_key'
     and left(resource.id, length($2::text)) = $2::text`,
)

/** The newest values of the public keys in `account` whose identifier begins with `prefix`. */
export async function publicKeys(
  line: Line,
  account: string,
  prefix: string,
  ms: number,
): Promise<readonly StoredPublicKey[]> {
  const start = `${account}:public_key:${prefix}`
  const rows = await line.query(PUBLIC_KEYS, [account, start], ms)
  return rows.map(([id, version, sealed]) => ({
    resource: parseId(textIn(id)),
    version: numberIn(version),
    sealed: bytesIn(sealed),
  }))
}
