/** A tagged value of a policy that is printed: a statement, or a reference to a record by its name alone. */
export interface PolicyNode {
  readonly tag: string
  readonly value: string | PolicyFields
}

/** Attributes, or annotations, in the order in which they are printed. */
export type PolicyFields = ReadonlyMap<string, PolicyValue>

/** Everything that an attribute can be. */
export type PolicyValue = string | boolean | readonly PolicyValue[] | PolicyFields | PolicyNode

/** The attributes of the pairs, without those that have no value. */
export const fieldsOf = (
  ...pairs: readonly (readonly [string, PolicyValue | undefined])[]
): PolicyFields =>
  new Map(
    pairs.filter((pair): pair is [string, PolicyValue] => {
      const [, value] = pair
      return value !== undefined
    }),
  )

/** Whether a value has attributes of its own and no tag. */
export const isFields = (value: PolicyValue): value is PolicyFields => value instanceof Map

/** Whether a value is a list. */
export const isList = (value: PolicyValue): value is readonly PolicyValue[] => Array.isArray(value)

/** Whether a value is plain. */
export const isScalar = (value: PolicyValue): value is string | boolean =>
  typeof value === 'string' || typeof value === 'boolean'
