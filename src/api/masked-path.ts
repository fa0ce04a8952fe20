/** What API keys and host factory tokens look like (reference/conjur-api.md 3). */
const KEY = /^[0-9a-hjkmnp-tv-z]{30,56}$/

/** What the names of ceremonies and of authenticator apps that wait for a code look like: whoever has one may go on with it. */
const SEALED = /^[\w-]{60,}$/

/** `path` as it may be logged or shown: a segment that looks like a key is `…`, whatever route it was meant for, and so is a sealed one of a second factor. */
export function maskedPath(path: string): string {
  const isOfFactors = path.startsWith('/mfa/')
  const masked = (segment: string): string =>
    KEY.test(segment) || (isOfFactors && SEALED.test(segment)) ? '…' : segment
  return path.split('/').map(masked).join('/')
}
