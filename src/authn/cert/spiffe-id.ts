/** Who somebody is in a trust domain of SPIFFE. */
export interface SpiffeId {
  readonly trustDomain: string
  /** With the slash in front. */
  readonly path: string
}

const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/
const ID = /^spiffe:\/\/(?<trustDomain>[a-z0-9._-]{1,255})(?<path>(?:\/[a-zA-Z0-9._-]+)+)$/

/** The longest id in bytes; it is all ASCII. */
const LONGEST = 2048

/** Whether a text can be the name of a trust domain. */
export const isTrustDomain = (text: string): boolean => TRUST_DOMAIN.test(text)

/**
 * The id of a workload that a URI spells exactly (SPIFFE-ID 2); `undefined` for any other URI, and for the id of a trust domain itself, which
 * is no workload's.
 */
export function parseSpiffeId(uri: string): SpiffeId | undefined {
  const { trustDomain, path } = uri.length > LONGEST ? {} : (ID.exec(uri)?.groups ?? {})
  if (trustDomain === undefined || path === undefined) return undefined
  const isDotted = path.split('/').some((segment) => segment === '.' || segment === '..')
  return isDotted ? undefined : { trustDomain, path }
}
