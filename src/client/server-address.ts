import { Failure, quoted } from '#lib/failure.ts'
import { withoutEnd } from '#lib/without-end.ts'

/** Where a server listens. */
export interface ServerAddress {
  readonly secure: boolean
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  /** What precedes every path, without a final slash: empty, or for example `/api`. */
  readonly base: string
}

/**
 * The address that `url` names; a final slash does not matter. Throws `configuration` for anything that is not an `http:` or
 * `https:` URL, and for one with credentials, a query or a fragment.
 */
export function parseServerUrl(url: string): ServerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new Failure('configuration', `${quoted(url)} is not the URL of a server`, {
      hint: 'it has the form https://HOST[:PORT]',
    })
  }
  if (parsed.username + parsed.password + parsed.search + parsed.hash !== '') {
    throw new Failure('configuration', 'the URL of a server has no credentials, query or fragment')
  }
  const secure = parsed.protocol === 'https:'
  return {
    secure,
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port),
    base: withoutEnd(parsed.pathname, '/'),
  }
}

/** `host:port` as it is shown in messages. */
export const hostAndPort = ({ host, port }: ServerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
