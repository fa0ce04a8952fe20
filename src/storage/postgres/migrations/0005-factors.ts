/**
 * Second factors. What one kind has and the other has not is null. The digest of a recovery code goes when it is used.
 */
export const factors = `
create table factor (
  id text primary key,
  role text not null references role (id) on delete cascade,
  kind text not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  sealed_secret bytea,
  credential_id text unique,
  public_key bytea,
  counter bigint,
  transports text[],
  backed_up boolean,
  check (
    case kind
      when 'totp' then sealed_secret is not null
      when 'passkey' then credential_id is not null and public_key is not null and counter is not null
        and transports is not null and backed_up is not null
      else false
    end
  )
);
create index factor_role on factor (role);

create table recovery_code (
  role text not null references role (id) on delete cascade,
  digest bytea not null,
  primary key (role, digest)
);
`
