/**
 * The first schema. `role`, `resource`, `membership`, `permission`, and of `credential` the columns `restricted_to` and
 * `generation`, mirror the rows of src/domain/change.ts and change only together with `clock` and `change_log`.
 */
export const initial = `
create table account (
  name text primary key,
  created_at timestamptz not null default now()
);

create table signing_key (
  kid text primary key,
  account text not null references account (name) on delete cascade,
  sealed_private_key bytea not null,
  public_key_pem text not null,
  created_at timestamptz not null default now()
);

create table data_key (
  id integer primary key,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table role (
  id text primary key,
  policy text,
  created_at timestamptz not null default now()
);

create table resource (
  id text primary key,
  account text not null,
  kind text not null,
  owner text not null,
  policy text,
  created_at timestamptz not null default now(),
  search tsvector not null
);
create index resource_account_kind on resource (account, kind);
create index resource_search on resource using gin (search);

create table membership (
  role text not null,
  member text not null,
  ownership boolean not null,
  admin boolean not null,
  policy text,
  primary key (role, member, ownership)
);

create table permission (
  resource text not null,
  role text not null,
  privilege text not null,
  policy text,
  primary key (resource, role, privilege)
);

create table annotation (
  resource text not null references resource (id) on delete cascade,
  name text not null,
  value text not null,
  policy text,
  primary key (resource, name)
);
create index annotation_policy on annotation (policy);

create table credential (
  role text primary key references role (id) on delete cascade,
  generation text,
  password_hash text,
  restricted_to text[] not null default '{}',
  rotated_at timestamptz
);

create table api_key (
  digest bytea primary key,
  role text not null references role (id) on delete cascade,
  kind text not null check (kind in ('main', 'login')),
  expires_at timestamptz,
  created_at timestamptz not null default now()
);
create index api_key_role on api_key (role);

create table secret (
  resource text not null references resource (id) on delete cascade,
  version integer not null,
  sealed bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (resource, version)
);

create table policy_version (
  policy text not null references resource (id) on delete cascade,
  version integer not null,
  role text not null,
  body text not null,
  sha256 text not null,
  client_ip text not null,
  created_at timestamptz not null,
  finished_at timestamptz not null,
  primary key (policy, version)
);

create table audit (
  id bigint generated always as identity primary key,
  account text not null,
  events text not null,
  at timestamptz not null default now()
);
create index audit_account on audit (account, id);

create table clock (
  id integer primary key check (id = 1),
  epoch bigint not null
);
insert into clock (id, epoch) values (1, 0);

create table change_log (
  epoch bigint primary key,
  account text not null,
  changes text not null,
  at timestamptz not null
);
`
