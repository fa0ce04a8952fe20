/** `id` as seen from inside the policy `namespace`; an absolute id stays as it is (reference/conjur-api.md 4.3, 2). */
export function inNamespace(id: string, namespace: string | undefined): string {
  if (namespace === undefined || id.startsWith('/')) return id
  return id === '' ? namespace : `${namespace}/${id}`
}

/** Whether a path has `..` among its segments. */
export const isRelative = (path: string): boolean =>
  // Hardly any path has dots at all.
  path.includes('..') && path.split('/').includes('..')

/** A path without its `..` segments, each of which takes the one before it along; `undefined` when there is none. */
export function withoutDots(path: string): string | undefined {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return undefined
  }
  return segments.join('/')
}

/** The login of the user at a path: `a/b/alice` is `alice@a-b` (reference/conjur-api.md 4.3, 4). */
export function loginAt(path: string): string {
  const segments = path.split('/')
  const name = segments.pop() ?? ''
  return segments.length === 0 ? name : `${name}@${segments.join('-')}`
}
