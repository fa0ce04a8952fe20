/** What may be used once, such as the nonce of a login: the digests of those that were, until they would be refused anyway. */
export const once = `
create table used_once (
  digest bytea primary key,
  until bigint not null
);
create index used_once_until on used_once (until);
`
