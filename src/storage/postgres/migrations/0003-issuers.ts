/** Issuers: what makes secrets in our name. An issuer is found by the policy that stands for it, and goes with it. */
export const issuers = `
create table issuer (
  policy text primary key references resource (id) on delete cascade,
  account text not null,
  type text not null,
  max_ttl integer not null check (max_ttl > 0),
  sealed_data bytea not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create index issuer_account on issuer (account);
`
