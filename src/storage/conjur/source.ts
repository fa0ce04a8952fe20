import type { ConjurAccount, ConjurPlace, ConjurSecret, ConjurSource } from '#app/conjur-source.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { connectionOf } from '#storage/postgres/connection.ts'
import { ONE_MOMENT, openPool } from '#storage/postgres/pool.ts'
import type { Pool, Transaction } from '#storage/postgres/pool.ts'

/** A source that must be closed. */
export interface OpenConjurSource extends ConjurSource, AsyncDisposable {}

/** How long one read may take, in milliseconds: a table of a large installation. */
const READ_MS = 600_000

/** How many secrets are read at a time. */
const PAGE = 2000

/** Opens the database of a Conjur server, or a restored dump of it, for reading; nothing there is changed. */
export function openConjurSource(connection: Parameters<typeof connectionOf>[0]): OpenConjurSource {
  const pool = openPool({ ...connectionOf(connection), options: '-c TimeZone=UTC' }, 2, READ_MS)
  return {
    accounts: () => accounts(pool),
    signingKey: (account) =>
      pool.transaction(ONE_MOMENT, READ_MS, (transaction) => signingKeyOf(transaction, account)),
    read: (account) =>
      pool.transaction(ONE_MOMENT, READ_MS, (transaction) => readAccount(transaction, account)),
    secrets: (account, after) => secrets(pool, account, after),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

const accounts = (pool: Pool): Promise<readonly string[]> =>
  pool.transaction(ONE_MOMENT, READ_MS, async (transaction) => {
    if (!(await isThere(transaction, 'slosilo_keystore'))) {
      throw new Failure('configuration', 'the database is not that of a Conjur server', {
        hint: 'it has no table slosilo_keystore',
      })
    }
    const rows = await transaction.query<{ name: string }>(
      `select substr(id, 7) as name from slosilo_keystore where id like 'authn:%' and id <> 'authn:!' order by id`,
    )
    return rows.map(({ name }) => name)
  })

/** Ids of an account begin with its name and a colon; `starts_with` takes no character for a pattern. */
const isOf = (column: string): string => `starts_with(${column}, $1)`

/**
 * Conjur keeps times of UTC, some of them in columns without a time zone. The cast takes either kind for that, given a session in UTC.
 */
const utc = (time: string): string => `(${time})::timestamp at time zone 'UTC'`

/** The lists of an account: from which table and by which statement. A table that an older server lacks has no rows. */
const LISTS = {
  roles: {
    table: 'roles',
    text: `select role_id as id, ${utc('created_at')} as "createdAt", policy_id as policy from roles where ${isOf('role_id')}`,
  },
  resources: {
    table: 'resources',
    text: `select resource_id as id, owner_id as owner, ${utc('created_at')} as "createdAt", policy_id as policy from resources
      where ${isOf('resource_id')}`,
  },
  memberships: {
    table: 'role_memberships',
    text: `select role_id as role, member_id as member, admin_option as admin, ownership, policy_id as policy
      from role_memberships where ${isOf('role_id')}`,
  },
  permissions: {
    table: 'permissions',
    text: `select resource_id as resource, role_id as role, privilege, policy_id as policy
      from permissions where ${isOf('resource_id')}`,
  },
  annotations: {
    table: 'annotations',
    text: `select resource_id as resource, name, value, policy_id as policy from annotations
      where ${isOf('resource_id')}`,
  },
  credentials: {
    table: 'credentials',
    text: `select role_id as role, api_key as "apiKey", encrypted_hash is not null as "hasPassword",
        ${utc('expiration')} as "expiresAt", coalesce(restricted_to::text[], '{}') as "restrictedTo",
        (to_jsonb(credentials.*) ->> 'updated_at')::timestamp at time zone 'UTC' as "rotatedAt"
      from credentials where ${isOf('role_id')}`,
  },
  policyVersions: {
    table: 'policy_versions',
    text: `select resource_id as policy, version, role_id as role, policy_text as text,
        policy_sha256 as sha256, coalesce(host(client_ip::inet), '') as "clientIp", ${utc('created_at')} as "createdAt",
        ${utc('coalesce(finished_at, created_at)')} as "finishedAt"
      from policy_versions where ${isOf('resource_id')}`,
  },
  enablements: {
    table: 'authenticator_configs',
    text: `select resource_id as resource, enabled from authenticator_configs where ${isOf('resource_id')}`,
  },
  hostFactoryTokens: {
    table: 'host_factory_tokens',
    text: `select decode(token_sha256, 'hex') as digest, resource_id as factory,
        coalesce(cidr::text[], '{}') as cidrs, ${utc('expiration')} as "expiresAt"
      from host_factory_tokens where ${isOf('resource_id')}`,
  },
  issuers: {
    table: 'issuers',
    text: `select issuer_id as id from issuers where account || ':' = $1`,
  },
} as const

/** Only the members that are there: an absent policy is null there and missing here. */
const present = <Row extends object>(row: Row): Row =>
  // Dropping what is null is the whole difference.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(
    Object.entries(row).filter(([, value]: [string, unknown]) => value !== null),
  ) as Row

async function readAccount(transaction: Transaction, account: string): Promise<ConjurAccount> {
  const list = <Name extends keyof typeof LISTS>(name: Name): Promise<readonly RowOf<Name>[]> =>
    listOf<RowOf<Name>>(transaction, LISTS[name], account)
  const issuers = await list('issuers')
  return {
    signingKey: await signingKeyOf(transaction, account),
    roles: await list('roles'),
    resources: await list('resources'),
    memberships: await list('memberships'),
    permissions: await list('permissions'),
    annotations: await list('annotations'),
    credentials: await list('credentials'),
    policyVersions: await list('policyVersions'),
    enablements: await list('enablements'),
    hostFactoryTokens: await list('hostFactoryTokens'),
    issuers: issuers.length,
  }
}

type RowOf<Name extends keyof ConjurAccount> = ConjurAccount[Name] extends readonly (infer Row)[]
  ? Row & object
  : object

async function listOf<Row extends object>(
  transaction: Transaction,
  { table, text }: { readonly table: string; readonly text: string },
  account: string,
): Promise<readonly Row[]> {
  if (!(await isThere(transaction, table))) return []
  const rows = await transaction.query<Row & Record<string, unknown>>(text, [`${account}:`])
  return rows.map(present)
}

async function isThere(transaction: Transaction, table: string): Promise<boolean> {
  const [row] = await transaction.query<{ found: boolean }>(
    'select to_regclass($1) is not null as found',
    [table],
  )
  return row?.found === true
}

async function signingKeyOf(transaction: Transaction, account: string): Promise<Uint8Array> {
  const [row] = await transaction.query<{ key: Buffer }>(
    'select key from slosilo_keystore where id = $1',
    [`authn:${account}`],
  )
  if (row === undefined) throw new Failure('not_found', `account ${quoted(account)} is not found`)
  return row.key
}

const secrets = (
  pool: Pool,
  account: string,
  after: ConjurPlace = { resource: '', version: 0 },
): Promise<readonly ConjurSecret[]> =>
  pool.transaction(ONE_MOMENT, READ_MS, async (transaction) => {
    const rows = await transaction.query<ConjurSecret & Record<string, unknown>>(
      `select resource_id as resource, version, value, ${utc('expires_at')} as "expiresAt" from secrets
       where ${isOf('resource_id')} and (resource_id, version) > ($2, $3)
       order by resource_id, version limit ${PAGE}`,
      [`${account}:`, after.resource, after.version],
    )
    return rows.map(present)
  })
