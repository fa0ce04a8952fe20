import { createCipheriv, createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { digestApiKey } from '#crypto/api-key.ts'

/** The tables of a Conjur server (reference/conjur-api.md 5.1), as far as anything is read from them. */
const SCHEMA = `
create table slosilo_keystore (id text primary key, key bytea not null, fingerprint text unique not null);
create table roles (role_id text primary key, created_at timestamp not null default now(), policy_id text);
create table resources (resource_id text primary key, owner_id text not null references roles on delete cascade,
  created_at timestamp not null default now(), policy_id text);
create table role_memberships (role_id text references roles on delete cascade, member_id text references roles on delete cascade,
  admin_option boolean not null default false, ownership boolean not null default false, policy_id text,
  primary key (role_id, member_id, ownership));
create table permissions (resource_id text references resources on delete cascade, role_id text references roles on delete cascade,
  privilege text, policy_id text, primary key (resource_id, role_id, privilege));
create table annotations (resource_id text references resources on delete cascade, name text, value text not null, policy_id text,
  primary key (resource_id, name));
create table secrets (resource_id text references resources on delete cascade, version integer, value bytea not null,
  expires_at timestamp, primary key (resource_id, version));
create table credentials (role_id text primary key references roles on delete cascade, client_id text, api_key bytea,
  encrypted_hash bytea, expiration timestamp, restricted_to cidr[] not null default '{}', updated_at timestamp);
create table policy_versions (resource_id text references resources on delete cascade, role_id text, version integer,
  created_at timestamptz not null default now(), policy_text text not null, policy_sha256 text not null,
  finished_at timestamptz, client_ip text, primary key (resource_id, version));
create table host_factory_tokens (token_sha256 text primary key, token bytea, resource_id text references resources, cidr cidr[],
  expiration timestamp);
create table authenticator_configs (id serial primary key, resource_id text unique references resources, enabled boolean not null);
create table issuers (issuer_id text, account text, issuer_type text not null, max_ttl integer not null, data bytea,
  created_at timestamp not null default now(), modified_at timestamp not null, policy_id text not null references resources on delete cascade,
  primary key (account, issuer_id));
create table schema_migrations (filename text primary key);
`

/** The database of a Conjur server with one account, `old`, and what is in it in clear. */
export interface ConjurDatabase {
  readonly dataKey: string
  readonly apiKeys: Readonly<Record<'admin' | 'app', string>>
}

/** What Conjur encrypts (reference/conjur-api.md 7.3). */
function blob(dataKey: Buffer, aad: string, clear: string | Buffer): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv)
  cipher.setAAD(Buffer.from(aad))
  const text = Buffer.concat([cipher.update(clear), cipher.final()])
  return Buffer.concat([Buffer.from('G'), cipher.getAuthTag(), iv, text])
}

const ROLES = [
  'user:admin',
  'policy:root',
  'policy:shop',
  'host:shop/app',
  'group:shop/readers',
  'user:lazy',
  'layer:shop/fleet',
  'host_factory:shop/maker',
  'host:shop/gone',
]

const RESOURCES: readonly (readonly [id: string, owner: string, policy: string | null])[] = [
  ['user:admin', 'user:admin', null],
  ['policy:root', 'user:admin', null],
  ['policy:shop', 'user:admin', 'policy:root'],
  ['host:shop/app', 'policy:shop', 'policy:root'],
  ['group:shop/readers', 'policy:shop', 'policy:root'],
  ['user:lazy', 'user:admin', 'policy:root'],
  ['variable:shop/db', 'policy:shop', 'policy:root'],
  ['variable:shop/binary', 'policy:shop', 'policy:root'],
  ['layer:shop/fleet', 'policy:shop', 'policy:root'],
  ['host_factory:shop/maker', 'policy:shop', 'policy:root'],
  ['webservice:conjur/authn-jwt/kube', 'user:admin', 'policy:root'],
  ['webservice:conjur/authn-telepathy/mind', 'user:admin', 'policy:root'],
  ['webservice:conjur/authn-telepathy/mind/status', 'user:admin', 'policy:root'],
  ['host:shop/gone', 'policy:shop', 'policy:root'],
]

const MEMBERSHIPS: readonly (readonly [role: string, member: string, ownership: boolean])[] = [
  ['policy:root', 'user:admin', true],
  ['policy:shop', 'user:admin', true],
  ['host:shop/app', 'policy:shop', true],
  ['group:shop/readers', 'policy:shop', true],
  ['user:lazy', 'user:admin', true],
  ['group:shop/readers', 'host:shop/app', false],
  ['layer:shop/fleet', 'policy:shop', true],
  ['host_factory:shop/maker', 'policy:shop', true],
  ['layer:shop/fleet', 'host_factory:shop/maker', false],
]

/** A token of the host factory `shop/maker`, which makes hosts of the layer `shop/fleet`. */
export const FACTORY_TOKEN = 'factory-token'

/** When the roles and resources of the account were created, and when the key of `shop/app` was last replaced. */
export const CREATED_AT = '2020-01-02T03:04:05.678Z'
export const ROTATED_AT = '2021-02-03T04:05:06.789Z'

/** A text with everything that a dump must write otherwise than it is, or that looks like the end of a line. */
export const ODD_TEXT = 'a\tb\\c\nd\re\u2028f\u0085g "h" ü \\. \\N'

/** The bytes of the secret `shop/binary`. */
export const BINARY: Buffer = Buffer.from([0, 255, 10, 13, 0, 1])

/** Makes the tables and fills them. */
export async function makeConjurDatabase(connection: {
  readonly host: string
  readonly user: string
  readonly database: string
}): Promise<ConjurDatabase> {
  const client = new Client({ ...connection })
  await client.connect()
  const dataKey = randomBytes(32)
  const of = (id: string | null): string | null => (id === null ? null : `old:${id}`)
  const put = (table: string, ...values: readonly unknown[]): Promise<unknown> =>
    client.query(
      `insert into ${table} values (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
      [...values],
    )
  const apiKeys = { admin: `${'a'.repeat(50)}1`, app: `${'b'.repeat(50)}2` }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = privateKey.export({ type: 'pkcs1', format: 'der' })

  await client.query(SCHEMA)
  await put('slosilo_keystore', 'authn:old', blob(dataKey, 'authn:old', der), 'f1')
  await put('slosilo_keystore', 'authn:!', blob(dataKey, 'authn:!', der), 'f2')
  const created = CREATED_AT.slice(0, -1)
  for (const role of ROLES) await put('roles (role_id, created_at)', of(role), created)
  for (const [id, owner, policy] of RESOURCES) {
    const columns = 'resources (resource_id, owner_id, policy_id, created_at)'
    await put(columns, of(id), of(owner), of(policy), created)
  }
  for (const [role, member, ownership] of MEMBERSHIPS) {
    const columns = 'role_memberships (role_id, member_id, ownership, admin_option)'
    await put(columns, of(role), of(member), ownership, ownership)
  }
  for (const privilege of ['read', 'execute']) {
    const [resource, group] = [of('variable:shop/db'), of('group:shop/readers')]
    await put('permissions', resource, group, privilege, of('policy:root'))
  }
  await put(
    'annotations',
    of('variable:shop/db'),
    'conjur/mime_type',
    'text/x-old',
    of('policy:root'),
  )
  await put('annotations', of('variable:shop/db'), 'description', ODD_TEXT, of('policy:root'))
  const db = 'old:variable:shop/db'
  for (const version of [7, 8, 9]) {
    await put('secrets', db, version, blob(dataKey, db, `value ${version}`), '2031-01-01')
  }
  const binary = 'old:variable:shop/binary'
  await put('secrets (resource_id, version, value)', binary, 1, blob(dataKey, binary, BINARY))
  const credentials =
    'credentials (role_id, api_key, encrypted_hash, restricted_to, updated_at, expiration)'
  const admin = 'old:user:admin'
  const hash = blob(dataKey, admin, '$2a$12$abcdefghijklmnopqrstuv')
  await put(credentials, admin, blob(dataKey, admin, apiKeys.admin), hash, [], null, null)
  const app = 'old:host:shop/app'
  const here = ['127.0.0.0/8', '10.0.0.1']
  const rotated = ROTATED_AT.slice(0, -1)
  await put(credentials, app, blob(dataKey, app, apiKeys.app), null, here, rotated, null)
  const gone = 'old:host:shop/gone'
  await put(credentials, gone, blob(dataKey, gone, 'expired'), null, [], null, '2001-01-01')
  const root = 'old:policy:root'
  const versions =
    'policy_versions (resource_id, role_id, version, policy_text, policy_sha256, client_ip)'
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  await put(versions, root, admin, 3, ODD_TEXT, sha256(ODD_TEXT), null)
  await put(versions, root, admin, 4, '- !variable x', sha256('- !variable x'), '192.0.2.7')
  await put(
    'authenticator_configs (resource_id, enabled)',
    of('webservice:conjur/authn-jwt/kube'),
    true,
  )
  const maker = 'old:host_factory:shop/maker'
  const tokens = 'host_factory_tokens (token_sha256, resource_id, cidr, expiration)'
  const digest = (token: string): string => digestApiKey(token).toString('hex')
  await put(tokens, digest(FACTORY_TOKEN), maker, ['127.0.0.0/8'], '2031-01-01')
  await put(tokens, digest('expired'), maker, [], '2001-01-01')
  const issuers = 'issuers (issuer_id, account, issuer_type, max_ttl, modified_at, policy_id)'
  await put(issuers, 'aws', 'old', 'aws', 3600, '2020-01-01', root)
  // What a role of another account has here: more than whoever is given that account one day should find.
  const mallory = 'other:user:mallory'
  await put('roles (role_id)', mallory)
  await put('role_memberships (role_id, member_id)', of('group:shop/readers'), mallory)
  await put('permissions', db, mallory, 'execute', null)
  await put('resources (resource_id, owner_id)', of('variable:shop/foreign'), mallory)
  await client.end()
  return { dataKey: dataKey.toString('base64'), apiKeys }
}
