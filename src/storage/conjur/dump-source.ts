import type { ConjurAccount, ConjurPlace, ConjurSecret, ConjurSource } from '#app/conjur-source.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { rowsIn } from './dump-rows.ts'
import type { DumpedRow } from './dump-rows.ts'

/** How many secrets are given at a time. */
const PAGE = 2000

const TABLES = [
  'slosilo_keystore',
  'roles',
  'resources',
  'role_memberships',
  'permissions',
  'annotations',
  'credentials',
  'policy_versions',
  'authenticator_configs',
  'host_factory_tokens',
  'issuers',
  'secrets',
] as const

type Table = (typeof TABLES)[number]
type Cells = DumpedRow['cells']

/**
 * The database of a Conjur server in a plain dump (`pg_dump` without options), which is read once and held in memory. Throws
 * `usage` when the file cannot be read, `configuration` when it is the dump of something else.
 */
export async function openConjurDump(path: string): Promise<ConjurSource> {
  const tables = new Map<string, Cells[]>(TABLES.map((table) => [table, []]))
  for await (const { table, cells } of rowsIn(path, new Set(TABLES))) tables.get(table)?.push(cells)
  const rowsOf = (table: Table): readonly Cells[] => tables.get(table) ?? []
  const keys = new Map(
    rowsOf('slosilo_keystore').map((row) => [text(row, 'id'), bytes(row, 'key')]),
  )
  if (keys.size === 0) {
    throw new Failure('configuration', `${quoted(path)} is not a plain dump of a Conjur server`, {
      hint: 'it has no rows of slosilo_keystore; make it by pg_dump without options',
    })
  }
  const accounts = [...keys.keys()]
    .filter((id) => id.startsWith('authn:') && id !== 'authn:!')
    .map((id) => id.slice('authn:'.length))
    .toSorted()
  const signingKey = (account: string): Uint8Array => {
    const key = keys.get(`authn:${account}`)
    if (key !== undefined) return key
    throw new Failure('not_found', `account ${quoted(account)} is not found`)
  }
  const secrets = rowsOf('secrets').map(secretOf).toSorted(byPlace)
  return {
    accounts: async () => accounts,
    signingKey: async (account) => signingKey(account),
    read: async (account) => ({ ...accountIn(rowsOf, account), signingKey: signingKey(account) }),
    async secrets(account, after) {
      const own = secrets.filter(({ resource }) => resource.startsWith(`${account}:`))
      const start = after === undefined ? 0 : own.findIndex((one) => byPlace(one, after) > 0)
      return start === -1 ? [] : own.slice(start, start + PAGE)
    },
  }
}

function accountIn(
  rowsOf: (table: Table) => readonly Cells[],
  account: string,
): Omit<ConjurAccount, 'signingKey'> {
  const own = (table: Table, column: string): readonly Cells[] =>
    rowsOf(table).filter((row) => text(row, column).startsWith(`${account}:`))
  return {
    roles: own('roles', 'role_id').map((row) => ({
      id: text(row, 'role_id'),
      createdAt: mustBeTime(row, 'created_at'),
      ...loaded(row),
    })),
    resources: own('resources', 'resource_id').map((row) => ({
      id: text(row, 'resource_id'),
      owner: text(row, 'owner_id'),
      createdAt: mustBeTime(row, 'created_at'),
      ...loaded(row),
    })),
    memberships: own('role_memberships', 'role_id').map((row) => ({
      role: text(row, 'role_id'),
      member: text(row, 'member_id'),
      admin: text(row, 'admin_option') === 't',
      ownership: text(row, 'ownership') === 't',
      ...loaded(row),
    })),
    permissions: own('permissions', 'resource_id').map((row) => ({
      resource: text(row, 'resource_id'),
      role: text(row, 'role_id'),
      privilege: text(row, 'privilege'),
      ...loaded(row),
    })),
    annotations: own('annotations', 'resource_id').map((row) => ({
      resource: text(row, 'resource_id'),
      name: text(row, 'name'),
      value: text(row, 'value'),
      ...loaded(row),
    })),
    credentials: own('credentials', 'role_id').map(credentialOf),
    policyVersions: own('policy_versions', 'resource_id').map(policyVersionOf),
    enablements: own('authenticator_configs', 'resource_id').map((row) => ({
      resource: text(row, 'resource_id'),
      enabled: text(row, 'enabled') === 't',
    })),
    hostFactoryTokens: own('host_factory_tokens', 'resource_id').map(tokenOf),
    issuers: rowsOf('issuers').filter((row) => text(row, 'account') === account).length,
  }
}

const tokenOf = (row: Cells): ConjurAccount['hostFactoryTokens'][number] => ({
  digest: Buffer.from(text(row, 'token_sha256'), 'hex'),
  factory: text(row, 'resource_id'),
  cidrs: array(row, 'cidr'),
  expiresAt: mustBeTime(row, 'expiration'),
})

function credentialOf(row: Cells): ConjurAccount['credentials'][number] {
  const [expiresAt, rotatedAt] = [time(row, 'expiration'), time(row, 'updated_at')]
  return {
    role: text(row, 'role_id'),
    hasPassword: row.has('encrypted_hash'),
    restrictedTo: array(row, 'restricted_to'),
    ...(row.has('api_key') ? { apiKey: bytes(row, 'api_key') } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
  }
}

function policyVersionOf(row: Cells): ConjurAccount['policyVersions'][number] {
  const createdAt = mustBeTime(row, 'created_at')
  return {
    policy: text(row, 'resource_id'),
    version: Number(text(row, 'version')),
    role: text(row, 'role_id'),
    text: text(row, 'policy_text'),
    sha256: text(row, 'policy_sha256'),
    clientIp: text(row, 'client_ip').split('/', 1).join(''),
    createdAt,
    finishedAt: time(row, 'finished_at') ?? createdAt,
  }
}

function secretOf(row: Cells): ConjurSecret {
  const expiresAt = time(row, 'expires_at')
  return {
    resource: text(row, 'resource_id'),
    version: Number(text(row, 'version')),
    value: bytes(row, 'value'),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

const byPlace = (one: ConjurPlace, other: ConjurPlace): number =>
  one.resource < other.resource
    ? -1
    : one.resource > other.resource
      ? 1
      : one.version - other.version

const text = (row: Cells, column: string): string => row.get(column) ?? ''

const loaded = (row: Cells): { readonly policy?: string } => {
  const policy = row.get('policy_id')
  return policy === undefined ? {} : { policy }
}

/** `bytea` as `\x` and hexadecimal digits, as every PostgreSQL since 9.0 prints it. */
const bytes = (row: Cells, column: string): Buffer =>
  Buffer.from(text(row, column).replace(/^\\x/, ''), 'hex')

/** An array of texts without quotes or commas, which addresses are: `{10.0.0.0/8,::1/128}`. */
const array = (row: Cells, column: string): readonly string[] =>
  text(row, column)
    .slice(1, -1)
    .split(',')
    .filter((item) => item !== '')

/** `2024-01-02 03:04:05.678`, of UTC when no offset follows. */
function time(row: Cells, column: string): Date | undefined {
  const printed = row.get(column)
  if (printed === undefined) return undefined
  const [, day = '', clock = '', offset = 'Z'] =
    /^(\S+) ([\d:.]+)([+-]\d{2}(?::\d{2})?)?$/.exec(printed) ?? []
  const at = new Date(`${day}T${clock}${/^[+-]\d{2}$/.test(offset) ? `${offset}:00` : offset}`)
  if (!Number.isNaN(at.getTime())) return at
  throw new Failure('corrupt', `${quoted(printed)} in the dump is not a time`)
}

function mustBeTime(row: Cells, column: string): Date {
  const at = time(row, column)
  if (at !== undefined) return at
  throw new Failure('corrupt', `a row of the dump lacks ${quoted(column)}`)
}
