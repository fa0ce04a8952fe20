/** Makes an id short. */
export type Shorten = (id: string) => string

/** Ids without the account where it is the caller's. */
export const shortener =
  (account: string): Shorten =>
  (id) =>
    id.startsWith(`${account}:`) ? id.slice(account.length + 1) : id
