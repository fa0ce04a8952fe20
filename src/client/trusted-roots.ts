import { getCACertificates } from 'node:tls'

/**
 * The certificates that are trusted when the configuration pins none: those of Node (with `NODE_EXTRA_CA_CERTS`) and those of
 * the system, where a company puts its own.
 */
export const trustedRoots = (): string[] => [
  ...new Set([...getCACertificates('default'), ...getCACertificates('system')]),
]
