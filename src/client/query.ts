/** The query string of those members that have a value, with its question mark; empty when none has. */
export function queryOf(members: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
