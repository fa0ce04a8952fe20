/** The keywords of JSON Schema (draft 2020-12) that our descriptions use. */
export interface Keywords {
  readonly type?: SchemaType | readonly SchemaType[]
  readonly description?: string
  readonly const?: string | boolean
  readonly enum?: readonly string[]
  /** A regular expression of ECMA-262, read with the flag `u`. */
  readonly pattern?: string
  readonly format?: 'date' | 'date-time' | 'duration' | 'uuid'
  readonly minLength?: number
  /** In code points. */
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | false
  readonly propertyNames?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

/** The types of JSON values. */
export type SchemaType = 'string' | 'integer' | 'boolean' | 'null' | 'array' | 'object'

/** A schema that stands under a name of its own among the components of the document and is referred to by it. */
export interface Component {
  readonly component: string
  readonly schema: Keywords
}

/** What a value may be: keywords of JSON Schema, or a named schema. */
export type Schema = Keywords | Component

/** The named schemas of a document, by name. */
export type Components = Map<string, Keywords>

/** Whether a schema has a name of its own. */
export const isComponent = (schema: Schema): schema is Component => 'component' in schema

/** A schema under a name of its own. */
export const component = (name: string, schema: Keywords): Component => ({
  component: name,
  schema,
})

/** A text. */
export const text = (more: Omit<Keywords, 'type'> = {}): Keywords => ({ type: 'string', ...more })

/** One of a few texts. */
export const oneOfTexts = (values: readonly string[], description?: string): Keywords =>
  text({ enum: values, ...(description === undefined ? {} : { description }) })

/** A whole number that is at least `minimum`. */
export const whole = (
  minimum: number,
  more: Omit<Keywords, 'type' | 'minimum'> = {},
): Keywords => ({
  type: 'integer',
  minimum,
  ...more,
})

/** A truth value. */
export const truth = (description?: string): Keywords => ({
  type: 'boolean',
  ...(description === undefined ? {} : { description }),
})

/** A list of values. */
export const list = (items: Schema, more: Omit<Keywords, 'type' | 'items'> = {}): Keywords => ({
  type: 'array',
  items,
  ...more,
})

/** An object with members of any name. */
export const dictionary = (
  values: Schema,
  more: Omit<Keywords, 'type' | 'additionalProperties'> = {},
): Keywords => ({ type: 'object', additionalProperties: values, ...more })

/** An object with exactly these members, some of which may be absent. */
export const record = (
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
  description?: string,
): Keywords => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  properties: { ...required, ...optional },
  ...(Object.keys(required).length === 0 ? {} : { required: Object.keys(required) }),
  additionalProperties: false,
})

/** A value of exactly one of several forms. */
export const oneOf = (schemas: readonly Schema[], description?: string): Keywords => ({
  ...(description === undefined ? {} : { description }),
  oneOf: schemas,
})

/**
 * A schema as the document has it: named schemas are referred to, and added with all that they refer to themselves to `components`. Two
 * different schemas under one name are a bug.
 */
export function printSchema(schema: Schema, components: Components): object {
  if (!isComponent(schema)) return printKeywords(schema, components)
  const known = components.get(schema.component)
  if (known === undefined) {
    components.set(schema.component, schema.schema)
  } else if (known !== schema.schema) {
    throw new Error(`two schemas are named ${schema.component}`)
  }
  return { $ref: `#/components/schemas/${schema.component}` }
}

/** Keywords as the document has them: those that hold schemas printed like {@link printSchema}. */
export function printKeywords(keywords: Keywords, components: Components): object {
  const print = (schema: Schema): object => printSchema(schema, components)
  const { items, properties, additionalProperties, propertyNames, oneOf: one, anyOf } = keywords
  return {
    ...keywords,
    ...(items && { items: print(items) }),
    ...(properties && { properties: mapValues(properties, print) }),
    ...(additionalProperties && { additionalProperties: print(additionalProperties) }),
    ...(propertyNames && { propertyNames: print(propertyNames) }),
    ...(one && { oneOf: one.map(print) }),
    ...(anyOf && { anyOf: anyOf.map(print) }),
  }
}

/** An object with the same names and other values. */
export const mapValues = <From, To>(
  object: Readonly<Record<string, From>>,
  change: (value: From, name: string) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]))
