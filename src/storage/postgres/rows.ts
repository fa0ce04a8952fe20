import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import { type RowOf, type TableSpec, type TableWriter, tableWriter } from './table-writer.ts'

/** The words of a resource that a search can find: its identifier, its kind, and the values of its annotations. */
export const searchable = (text: string): string =>
  `to_tsvector('english', translate(left(${text}, 100000), './-', '   '))`

const role: TableSpec<RowOf<'role'>> = {
  key: ({ id }) => [id],
  subject: ({ id }) => id,
  remove: 'delete from role where id = any($1::text[])',
  removed: ({ id }) => [id],
  put: `insert into role (id, policy) select * from unnest($1::text[], $2::text[])
    on conflict (id) do update set policy = excluded.policy`,
  values: ({ id, policy }) => [id, policy],
}

const resource: TableSpec<RowOf<'resource'>> = {
  key: ({ id }) => [id],
  subject: ({ id }) => id,
  remove: 'delete from resource where id = any($1::text[])',
  removed: ({ id }) => [id],
  put: `insert into resource (id, account, kind, owner, policy, search)
    select id, account, kind, owner, policy, ${searchable(`identifier || ' ' || kind`)}
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
      as new (id, account, kind, identifier, owner, policy)
    on conflict (id) do update set owner = excluded.owner, policy = excluded.policy`,
  values: ({ id, owner, policy }) => [
    id,
    accountOf(id),
    kindOf(id),
    identifierOf(id),
    owner,
    policy,
  ],
}

const membership: TableSpec<RowOf<'membership'>> = {
  key: (row) => [row.role, row.member, String(row.ownership)],
  subject: (row) => row.role,
  remove: `delete from membership using unnest($1::text[], $2::text[], $3::boolean[]) as old (role, member, ownership)
    where membership.role = old.role and membership.member = old.member and membership.ownership = old.ownership`,
  removed: (row) => [row.role, row.member, row.ownership],
  put: `insert into membership (role, member, ownership, admin, policy)
    select * from unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[], $5::text[])
    on conflict (role, member, ownership) do update set admin = excluded.admin, policy = excluded.policy`,
  values: (row) => [row.role, row.member, row.ownership, row.admin, row.policy],
}

const permission: TableSpec<RowOf<'permission'>> = {
  key: (row) => [row.resource, row.role, row.privilege],
  subject: (row) => row.resource,
  remove: `delete from permission using unnest($1::text[], $2::text[], $3::text[]) as old (resource, role, privilege)
    where permission.resource = old.resource and permission.role = old.role and permission.privilege = old.privilege`,
  removed: (row) => [row.resource, row.role, row.privilege],
  put: `insert into permission (resource, role, privilege, policy)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    on conflict (resource, role, privilege) do update set policy = excluded.policy`,
  values: (row) => [row.resource, row.role, row.privilege, row.policy],
}

const annotation: TableSpec<RowOf<'annotation'>> = {
  key: (row) => [row.resource, row.name],
  subject: (row) => row.resource,
  remove: `delete from annotation using unnest($1::text[], $2::text[]) as old (resource, name)
    where annotation.resource = old.resource and annotation.name = old.name`,
  removed: (row) => [row.resource, row.name],
  put: `insert into annotation (resource, name, value, policy)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    on conflict (resource, name) do update set value = excluded.value, policy = excluded.policy`,
  values: (row) => [row.resource, row.name, row.value, row.policy],
}

/** Restriction and credential share a row, which goes when the role goes; removing one half empties that half. */
const restriction: TableSpec<RowOf<'restriction'>> = {
  key: (row) => [row.role],
  subject: (row) => row.role,
  remove: `update credential set restricted_to = '{}' where role = any($1::text[])`,
  removed: (row) => [row.role],
  put: `insert into credential (role, restricted_to)
    select role, string_to_array(cidrs, ' ') from unnest($1::text[], $2::text[]) as new (role, cidrs)
    on conflict (role) do update set restricted_to = excluded.restricted_to`,
  values: (row) => [row.role, row.cidrs.join(' ')],
}

const credential: TableSpec<RowOf<'credential'>> = {
  key: (row) => [row.role],
  subject: (row) => row.role,
  remove: `with ended as (delete from api_key where role = any($1::text[]))
    update credential set generation = null, password_hash = null, rotated_at = null where role = any($1::text[])`,
  removed: (row) => [row.role],
  put: `insert into credential (role, generation) select * from unnest($1::text[], $2::text[])
    on conflict (role) do update set generation = excluded.generation`,
  values: (row) => [row.role, row.generation],
}

const enablement: TableSpec<RowOf<'enablement'>> = {
  key: (row) => [row.resource],
  subject: (row) => row.resource,
  remove: 'delete from enablement where resource = any($1::text[])',
  removed: (row) => [row.resource],
  put: `insert into enablement (resource, enabled) select * from unnest($1::text[], $2::boolean[])
    on conflict (resource) do update set enabled = excluded.enabled`,
  values: (row) => [row.resource, row.enabled],
}

/** The writers of all tables in the order in which rows are put: a row that others refer to comes before them. */
export const WRITERS: readonly TableWriter[] = [
  tableWriter('role', role),
  tableWriter('resource', resource),
  tableWriter('membership', membership),
  tableWriter('permission', permission),
  tableWriter('annotation', annotation),
  tableWriter('restriction', restriction),
  tableWriter('credential', credential),
  tableWriter('enablement', enablement),
]
