import * as tls from 'node:tls'

/**
 * The certificates that are trusted when the configuration pins none: those of Node (with `NODE_EXTRA_CA_CERTS`) and those of
 * the system, where a company puts its own. `undefined` stands for those of Node alone, on a Node that cannot tell those of the system.
 */
export function trustedRoots(): string[] | undefined {
  // The client library also runs on Node 20, where this function does not exist; named imports would fail there.
  const read: unknown = Reflect.get(tls, 'getCACertificates')
  if (typeof read !== 'function') return undefined
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]
}
