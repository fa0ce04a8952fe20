import type { HostFactoryToken } from '#app/host-factory-store.ts'
import { parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Line } from './line.ts'
import type { Transaction } from './pool.ts'
import { bytesIn, isPresent, numberIn, statement, textIn } from './statement.ts'
import type { Cell } from './statement.ts'

/** Adds tokens, and forgets those of the same factories that expired before `now`. */
export async function addTokens(
  transaction: Transaction,
  tokens: readonly HostFactoryToken[],
  now: Date,
): Promise<void> {
  await Promise.all([
    transaction.query(
      'delete from host_factory_token where factory = any($1::text[]) and expires_at < $2',
      [tokens.map(({ factory }) => factory), now],
    ),
    transaction.query(
      `insert into host_factory_token (digest, factory, cidrs, expires_at, uses_left)
       select decode(digest, 'hex'), factory, string_to_array(cidrs, ' '), expires_at, uses_left
       from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::integer[])
         as new (digest, factory, cidrs, expires_at, uses_left)`,
      [
        tokens.map(({ digest }) => Buffer.from(digest).toString('hex')),
        tokens.map(({ factory }) => factory),
        tokens.map(({ cidrs }) => cidrs.join(' ')),
        tokens.map(({ expiresAt }) => expiresAt),
        tokens.map(({ usesLeft }) => usesLeft ?? null),
      ],
    ),
  ])
}

const SPEND = `with gone as (
    delete from host_factory_token where digest = $1 and uses_left = 1 returning 1
  ), used as (
    update host_factory_token set uses_left = uses_left - 1
    where digest = $1 and (uses_left is null or uses_left > 1) returning 1
  )
  select 1 from gone union all select 1 from used`

/** Takes one use of a token; tells whether there was one. With its last use the token is gone. */
export async function spendToken(transaction: Transaction, digest: Uint8Array): Promise<boolean> {
  const spent = await transaction.query(SPEND, [digest])
  return spent.length > 0
}

/** Removes a token; tells whether there was one. */
export async function removeToken(transaction: Transaction, digest: Uint8Array): Promise<boolean> {
  const removed = await transaction.query(
    'delete from host_factory_token where digest = $1 returning 1',
    [digest],
  )
  return removed.length > 0
}

const CELLS = `encode(digest, 'hex'), factory, array_to_string(cidrs, ' '),
  (extract(epoch from expires_at) * 1000)::bigint, uses_left`

const BY_DIGEST = statement(
  'host-factory-token',
  `select ${CELLS} from host_factory_token where digest = decode($1, 'hex')`,
)

const OF_FACTORIES = statement(
  'host-factory-tokens',
  `select ${CELLS} from host_factory_token where factory = any($1::text[]) order by expires_at, digest`,
)

/** The token of a digest. */
export async function tokenByDigest(
  line: Line,
  digest: Uint8Array,
  ms: number,
): Promise<HostFactoryToken | undefined> {
  const [found] = await line.query(BY_DIGEST, [Buffer.from(digest).toString('hex')], ms)
  return found && tokenOf(found)
}

/** The tokens of `factories`, those that expire first before others. */
export async function tokensOf(
  line: Line,
  factories: readonly Id[],
  ms: number,
): Promise<readonly HostFactoryToken[]> {
  const found = await line.query(OF_FACTORIES, [factories], ms)
  return found.map(tokenOf)
}

function tokenOf([digest, factory, cidrs, expiresAt, usesLeft]: readonly Cell[]): HostFactoryToken {
  const ranges = textIn(cidrs)
  return {
    digest: bytesIn(digest),
    factory: parseId(textIn(factory)),
    cidrs: ranges === '' ? [] : ranges.split(' '),
    expiresAt: new Date(numberIn(expiresAt)),
    ...(isPresent(usesLeft) ? { usesLeft: Number(usesLeft) } : {}),
  }
}
