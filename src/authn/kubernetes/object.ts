/** What stands at a path of an object of the Kubernetes API; `undefined` where there is nothing. */
export function valueAt(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? Reflect.get(inner, name)
        : undefined,
    object,
  )
}

/** The text at a path; `undefined` for an empty one and for anything else. */
export function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(object, ...path)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The list at a path; empty where there is none. */
export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path)
  return Array.isArray(value) ? value : []
}

/** The texts by name at a path, as labels are; others are left out. */
export function textsAt(object: unknown, ...path: readonly string[]): ReadonlyMap<string, string> {
  const value = valueAt(object, ...path)
  if (typeof value !== 'object' || value === null) return new Map()
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  return new Map(
    entries.flatMap(([name, text]) => (typeof text === 'string' ? [[name, text] as const] : [])),
  )
}
