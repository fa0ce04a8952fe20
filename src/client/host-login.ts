/** The login of a host, which is named with or without the `host/` in front of its id, as the clients of the family have it. */
export const hostLogin = (hostId: string): string =>
  hostId.startsWith('host/') ? hostId : `host/${hostId}`
