/** What the whole of the API keeps beyond the first schema. */
export const api = `
create table login_failure (
  subject text primary key,
  count integer not null,
  last_at bigint not null
);
create index login_failure_last_at on login_failure (last_at);

create table host_factory_token (
  digest bytea primary key,
  factory text not null references resource (id) on delete cascade,
  cidrs text[] not null,
  expires_at timestamptz not null,
  uses_left integer check (uses_left > 0)
);
create index host_factory_token_factory on host_factory_token (factory);

alter table resource add column cleared_version integer not null default 0;

create table enablement (
  resource text primary key references resource (id) on delete cascade,
  enabled boolean not null
);
`
