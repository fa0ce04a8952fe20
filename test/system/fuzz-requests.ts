import type { Question } from '../http/client.ts'
import type { Random } from '../domain/random.ts'
import { BODIES, HEADERS, POLICIES, SEGMENTS, TEXTS } from './fuzz-texts.ts'

/** The parts of an OpenAPI document that requests are made from. */
export interface FuzzedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, FuzzedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, FuzzedSchema>> }
}

/** One operation, as the document has it. */
export interface FuzzedOperation {
  readonly operationId: string
  /** The names of what callers may prove themselves with. */
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: 'path' | 'query' | 'header'
    readonly required?: boolean
    readonly schema: FuzzedSchema
  }[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: FuzzedSchema }>>
  }
}

/** A schema, as the document has it. */
export interface FuzzedSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: FuzzedSchema
  readonly properties?: Readonly<Record<string, FuzzedSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: FuzzedSchema | false
  readonly oneOf?: readonly FuzzedSchema[]
  readonly anyOf?: readonly FuzzedSchema[]
}

/** An operation with the method and the path that it is called by. */
export interface Target extends FuzzedOperation {
  readonly method: string
  readonly path: string
}

/** All operations of a document. */
export const targetsOf = ({ paths }: FuzzedDocument): readonly Target[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  )

/** What requests are made with. */
export interface Fuzzer {
  readonly random: Random
  readonly document: FuzzedDocument
  /** Texts that mean something to the server, by the name of what they are asked for, or by a part of a path; under `''` for all other names. */
  readonly words: ReadonlyMap<string, readonly string[]>
  /** Good values of the `Authorization` header, by the name of the way to prove oneself. */
  readonly credentials: ReadonlyMap<string, readonly string[]>
  /** Other values of it; an empty one is left out. */
  readonly claims: readonly string[]
}

/** A fuzzer that makes one request. */
interface Mood extends Fuzzer {
  /** How often, in percent, a part of the request is something else than it should be. */
  readonly spoilt: number
}

/** A request for an operation, as the document describes it; two of three have some parts that are not. */
export function requestFor(fuzzer: Fuzzer, target: Target): Question {
  const { random } = fuzzer
  const mood = { ...fuzzer, spoilt: random.pick([0, 10, 30]) }
  const path = pathFor(mood, target) + queryFor(mood, target)
  // HEAD is served wherever GET is.
  const method = target.method === 'GET' && random.chance(5) ? 'HEAD' : target.method
  const { type, body } = bodyFor(mood, target)
  return { method, path, body, headers: headersFor(mood, target, type) }
}

function pathFor(mood: Mood, { path, parameters }: Target): string {
  const { random, spoilt, words } = mood
  const part = [...words.keys()].find((key) => key.includes('{') && path.includes(key)) ?? ''
  const paired = random.chance(part === '' ? 0 : 70 - spoilt)
    ? path.replace(part, () => random.pick(words.get(part) ?? []))
    : path
  const filled = paired.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (random.chance(spoilt)) return random.pick(SEGMENTS)
    const { schema = {} } = parameters.find((one) => one.in === 'path' && one.name === name) ?? {}
    const segment = encoded(textFor(mood, schema, name))
    return random.chance(50) ? segment.replaceAll('%2F', '/') : segment
  })
  if (!random.chance(spoilt / 6)) return filled
  return random.pick([
    `${filled}/`,
    `/.${filled}`,
    filled.toUpperCase(),
    `/${filled}`,
    `${filled}/x`,
  ])
}

/** A lone surrogate has no encoding: what stands for one is not UTF-8. */
const encoded = (text: string): string =>
  text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80'

function queryFor(mood: Mood, { parameters }: Target): string {
  const { random, spoilt } = mood
  const asked = parameters.filter((one) => one.in === 'query')
  const pairs = asked.flatMap(({ name, required = false, schema }) => {
    if (!random.chance(required ? 100 - spoilt : 25)) return []
    const times = random.chance(spoilt / 6) ? 3 : 1
    return Array.from({ length: times }, () => pairFor(mood, name, schema))
  })
  if (random.chance(spoilt / 2)) pairs.push(pairFor(mood, random.pick(TEXTS), {}))
  if (random.chance(spoilt / 10))
    pairs.push(random.pick(['&&', '=', '%', '%zz=%zz', '?', '#', ';a;b']))
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function pairFor(mood: Mood, name: string, schema: FuzzedSchema): string {
  const { random, spoilt } = mood
  const spelt = random.chance(spoilt / 6)
    ? `${name}${random.pick(['[]', '[a]', '[', '[][]'])}`
    : name
  if (random.chance(spoilt / 10)) return encoded(spelt)
  if (random.chance(spoilt)) return `${encoded(spelt)}=${random.pick(SEGMENTS)}`
  return `${encoded(spelt)}=${encoded(textFor(mood, schema, name))}`
}

function headersFor(mood: Mood, target: Target, type: string): Readonly<Record<string, string>> {
  const { random, spoilt } = mood
  const { parameters, path } = target
  const asked = new Set(parameters.map((one) => (one.in === 'header' ? one.name : '')))
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(HEADERS)) {
    if (random.chance(asked.has(name) ? 30 : spoilt / 5)) headers[name] = random.pick(values)
  }
  // Without it the v2 API refuses everything alike.
  if (/^\/(?:branches|groups|authenticators\/)/.test(path) && !random.chance(spoilt / 3)) {
    headers['Accept'] = 'application/x.secretsmgr.v2beta+json'
  }
  if (type !== '' && !random.chance(spoilt)) headers['Content-Type'] = type
  const authorization = authorizationFor(mood, target)
  if (authorization !== '') headers['Authorization'] = authorization
  return headers
}

function authorizationFor(
  { random, spoilt, credentials, claims }: Mood,
  { security }: Target,
): string {
  if (random.chance(spoilt)) return random.pick(claims)
  const good = random.chance(spoilt)
    ? [...credentials.values()].flat()
    : security.flatMap((scheme) =>
        Object.keys(scheme).flatMap((name) => credentials.get(name) ?? []),
      )
  return good.length === 0 ? '' : random.pick(good)
}

interface Body {
  readonly type: string
  readonly body: string | Buffer
}

function bodyFor(mood: Mood, { requestBody }: Target): Body {
  const { random, spoilt } = mood
  if (requestBody === undefined) {
    return { type: '', body: random.chance(spoilt / 5) ? random.pick(BODIES) : '' }
  }
  const [type, { schema }] = random.pick(Object.entries(requestBody.content))
  if (random.chance(spoilt)) return { type, body: random.pick(BODIES) }
  if (type === 'application/x-yaml') return { type, body: random.pick(POLICIES) }
  if (type === 'application/json') {
    // A lone surrogate is written as an escape.
    return { type, body: JSON.stringify(valueFor(mood, schema)) }
  }
  if (type === 'application/x-www-form-urlencoded') {
    return { type, body: formOf(valueFor(mood, schema)) }
  }
  return { type, body: textFor(mood, schema, type) }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A form as the server reads one: `name[]` for the items of a list, `name[member]` for the members of an object. */
const formOf = (value: unknown): string =>
  Object.entries(isObject(value) ? value : { value })
    .flatMap(([name, member]) => fieldsOf(name, member))
    .map(([name, item]) => `${encoded(name)}=${encoded(String(item))}`)
    .join('&')

function fieldsOf(name: string, member: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(member)) return member.map((item: unknown) => [`${name}[]`, item])
  if (!isObject(member)) return [[name, member]]
  return Object.entries(member).map(([inner, item]) => [`${name}[${inner}]`, item])
}

function textFor(mood: Mood, schema: FuzzedSchema, name: string): string {
  const value = valueFor(mood, schema, name)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A value that the schema may allow, with a foreign one somewhere in it now and then. */
function valueFor(mood: Mood, schema: FuzzedSchema, name = ''): unknown {
  const { random, spoilt } = mood
  if (random.chance(spoilt / 3)) return strangeValue(random)
  const { $ref, const: constant, enum: values, oneOf, anyOf } = schema
  if ($ref !== undefined) return valueFor(mood, referred(mood.document, $ref), name)
  if (constant !== undefined) return constant
  if (values !== undefined) return random.pick(values)
  const forms = oneOf ?? anyOf
  if (forms !== undefined) return valueFor(mood, random.pick(forms), name)
  return valueOfType(mood, schema, name)
}

const referred = ({ components }: FuzzedDocument, reference: string): FuzzedSchema =>
  components.schemas[reference.slice(reference.lastIndexOf('/') + 1)] ?? {}

function strangeValue(random: Random): unknown {
  const text = random.pick(TEXTS)
  return random.pick([text, text, text, null, 0, -1, 1e300, 0.5, true, [], {}, [[text]], { text }])
}

function valueOfType(mood: Mood, schema: FuzzedSchema, name: string): unknown {
  const { random } = mood
  const type = [schema.type].flat()[0] ?? 'string'
  if (type === 'integer') return numberFor(mood, schema)
  if (type === 'boolean') return random.chance(50)
  if (type === 'object') return objectFor(mood, schema)
  if (type !== 'array') return wordFor(mood, schema, name)
  return Array.from({ length: random.below(4) }, () => valueFor(mood, schema.items ?? {}, name))
}

function numberFor({ random, spoilt }: Mood, schema: FuzzedSchema): number {
  const { minimum = 0, maximum = 1000 } = schema
  if (random.chance(spoilt)) return random.pick([minimum - 1, maximum + 1])
  return random.pick([minimum, maximum, Math.min(maximum, minimum + random.below(10))])
}

function objectFor(mood: Mood, schema: FuzzedSchema): unknown {
  const { random, spoilt } = mood
  const { properties = {}, required = [], additionalProperties = false } = schema
  const members = Object.entries(properties).filter(([name]) =>
    random.chance(required.includes(name) ? 100 - spoilt / 3 : 50),
  )
  if (random.chance(spoilt / 4)) members.push([random.pick(TEXTS), {}])
  if (additionalProperties !== false) {
    for (let more = random.below(4); more > 0; more--) {
      const name = random.chance(spoilt) ? random.pick(TEXTS) : wordFor(mood, {}, '')
      members.push([name, additionalProperties])
    }
  }
  return Object.fromEntries(members.map(([name, inner]) => [name, valueFor(mood, inner, name)]))
}

function wordFor({ random, words }: Mood, { pattern = '' }: FuzzedSchema, name: string): string {
  const shape = new RegExp(pattern, 'u')
  const known = words.get(name) ?? words.get('') ?? []
  const fitting = known.filter((word) => shape.test(word))
  return random.pick(fitting.length === 0 ? known : fitting)
}
