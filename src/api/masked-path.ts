/** What API keys and host factory tokens look like (reference/conjur-api.md 3). */
const KEY = /^[0-9a-hjkmnp-tv-z]{30,56}$/

/** `path` as it may be logged or shown: a segment that looks like a key is `…`, whatever route it was meant for. */
export const maskedPath = (path: string): string =>
  path
    .split('/')
    .map((segment) => (KEY.test(segment) ? '…' : segment))
    .join('/')
