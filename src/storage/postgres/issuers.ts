import type { StoredIssuer } from '#app/issuer-store.ts'
import { accountOf, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Line } from './line.ts'
import type { Transaction } from './pool.ts'
import { bytesIn, numberIn, statement, textIn } from './statement.ts'
import type { Cell } from './statement.ts'

/** Adds an issuer, or puts it in place of the one of the same policy, whose time of creation stays. */
export async function putIssuer(transaction: Transaction, issuer: StoredIssuer): Promise<void> {
  const { policy, type, maxTtl, sealedData, createdAt, modifiedAt } = issuer
  await transaction.query(
    `insert into issuer (policy, account, type, max_ttl, sealed_data, created_at, modified_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (policy) do update set type = excluded.type, max_ttl = excluded.max_ttl,
       sealed_data = excluded.sealed_data, modified_at = excluded.modified_at`,
    [policy, accountOf(policy), type, maxTtl, sealedData, createdAt, modifiedAt],
  )
}

const CELLS = `policy, type, max_ttl, encode(sealed_data, 'hex'),
  (extract(epoch from created_at) * 1000)::bigint, (extract(epoch from modified_at) * 1000)::bigint`

const BY_POLICY = statement('issuer', `select ${CELLS} from issuer where policy = $1`)

const OF_ACCOUNT = statement('issuers', `select ${CELLS} from issuer where account = $1`)

/** The issuer that a policy stands for. */
export async function issuerByPolicy(
  line: Line,
  policy: Id,
  ms: number,
): Promise<StoredIssuer | undefined> {
  const [found] = await line.query(BY_POLICY, [policy], ms)
  return found && issuerIn(found)
}

/** The issuers of an account, sorted by their policies: here, because the order of texts in a database is its own. */
export async function issuersOf(
  line: Line,
  account: string,
  ms: number,
): Promise<readonly StoredIssuer[]> {
  const found = await line.query(OF_ACCOUNT, [account], ms)
  return found.map(issuerIn).toSorted((one, other) => (one.policy < other.policy ? -1 : 1))
}

function issuerIn([
  policy,
  type,
  maxTtl,
  sealed,
  created,
  modified,
]: readonly Cell[]): StoredIssuer {
  return {
    policy: parseId(textIn(policy)),
    type: textIn(type),
    maxTtl: numberIn(maxTtl),
    sealedData: bytesIn(sealed),
    createdAt: new Date(numberIn(created)),
    modifiedAt: new Date(numberIn(modified)),
  }
}
