import { API_VERSION } from '#api/version.ts'
import type { Access, Route } from '#http/route.ts'
import { TAGS } from './operation.ts'
import type { AnswerHeader, RefusalStatus, RequestBody, SuccessAnswer } from './operation.ts'
import { pathParameters, templateOf } from './path-parameters.ts'
import { refusalHeaders, refusalOf } from './refusals.ts'
import { mapValues, oneOf, printKeywords, printSchema, text } from './schema.ts'
import type { Components, Schema } from './schema.ts'
import { SECURITY_SCHEMES, securityOf } from './security.ts'

/** An OpenAPI document, as far as we ourselves look into it again. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly jsonSchemaDialect: string
  readonly servers: readonly object[]
  readonly tags: readonly object[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** What is collected while the routes are described: what several of them refer to. */
interface Shared {
  readonly schemas: Components
  readonly responses: Map<string, object>
}

/**
 * The OpenAPI 3.1 document of these routes, in their order, for a server of this version. Two operations of the same name, or on the same path, are a
 * bug.
 */
export function openApiDocument(
  routes: readonly Pick<Route, 'method' | 'path' | 'access' | 'maxBody' | 'family' | 'about'>[],
  version: string,
): OpenApiDocument {
  const shared: Shared = { schemas: new Map(), responses: new Map() }
  const paths: Record<string, Record<string, object>> = {}
  const ids = new Set<string>()
  for (const route of routes) {
    const template = templateOf(route.about.path ?? route.path)
    const methods = (paths[template] ??= {})
    const method = route.method.toLowerCase()
    if (methods[method] !== undefined || ids.has(route.about.id)) {
      throw new Error(`${route.about.id}, ${route.method} ${template}, is described twice`)
    }
    ids.add(route.about.id)
    methods[method] = printOperation(route, shared)
  }
  return {
    openapi: '3.1.1',
    info: infoOf(version),
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: printAll(shared.schemas),
      responses: byName(shared.responses),
      headers: { RequestId: REQUEST_ID },
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

const infoOf = (version: string): OpenApiDocument['info'] => ({
  title: 'Strongroom',
  version,
  summary: `The HTTP API, compatible with that of Conjur ${API_VERSION.split('-', 1).join('')}.`,
  description: `Every GET is answered to HEAD as well, without its body. A path that does not exist answers 404 to the bearer of an access token and 401 to everybody else. A request that is not HTTP, is too slow or has headers of more than 64 KiB is refused before it is looked at, with 400, 408 or 431 and no body.

Wherever the answer to a refusal is JSON, a client that accepts nothing but \`application/x.secretsmgr.v2beta+json\` gets it in the form of the v2 API, on any path.`,
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
})

/** Printing a schema may find further ones: the map grows while it is walked. */
function printAll(schemas: Components): Readonly<Record<string, object>> {
  const printed: Record<string, object> = {}
  for (const [name, keywords] of schemas) printed[name] = printKeywords(keywords, schemas)
  return sortedByName(printed)
}

const byName = (map: ReadonlyMap<string, object>): Readonly<Record<string, object>> =>
  sortedByName(Object.fromEntries(map))

const sortedByName = (object: Readonly<Record<string, object>>): Readonly<Record<string, object>> =>
  Object.fromEntries(Object.entries(object).toSorted(([one], [other]) => (one < other ? -1 : 1)))

type Row = Parameters<typeof openApiDocument>[0][number]

function printOperation(route: Row, shared: Shared): object {
  const { about } = route
  return {
    operationId: about.id,
    tags: [about.tag],
    summary: about.summary,
    ...(about.description === undefined ? {} : { description: about.description }),
    security: securityOf(route.access, about.security),
    parameters: printParameters(route, shared.schemas),
    ...(about.body && { requestBody: printBody(about.body, route.maxBody, shared.schemas) }),
    responses: printAnswers(route, shared),
  }
}

function printParameters({ path, about }: Row, schemas: Components): readonly object[] {
  const inPath = pathParameters(about.path ?? path, about).map(({ name, description, schema }) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: printSchema(schema, schemas),
  }))
  const inQuery = Object.entries(about.query ?? {}).map(
    ([name, { description, schema, isRequired = false }]) => ({
      name,
      in: 'query',
      ...(isRequired ? { required: true } : {}),
      description,
      schema: printSchema(schema, schemas),
    }),
  )
  const inHeader = Object.entries(about.headers ?? {}).map(([name, { description, schema }]) => ({
    name,
    in: 'header',
    description,
    schema: printSchema(schema, schemas),
  }))
  return [...inPath, ...inQuery, ...inHeader]
}

const printBody = (
  { description, content, isRequired }: RequestBody,
  maxBody: number,
  schemas: Components,
): object => ({
  description: `${description} At most ${maxBody.toLocaleString('en')} bytes.`,
  required: isRequired,
  content: printContent(content, schemas),
})

const printContent = (
  content: Readonly<Record<string, Schema>>,
  schemas: Components,
): Readonly<Record<string, object>> =>
  mapValues(content, (schema) => ({ schema: printSchema(schema, schemas) }))

function printAnswers(route: Row, shared: Shared): Readonly<Record<string, object>> {
  const { answers } = route.about
  const refusals = new Map(refusalsOf(route))
  const printed: Record<string, object> = {}
  for (const [status, when] of refusals) {
    const answer = answers[status]
    printed[status] =
      answer === undefined
        ? printRefusal(status, when, route, shared)
        : printEither(status, { ...answer, description: when ?? answer.description }, route, shared)
  }
  for (const [status, answer] of Object.entries(answers)) {
    printed[status] ??= printAnswer(answer, shared.schemas)
  }
  return printed
}

/** What an operation answers with a status with which it also refuses. */
function printEither(
  status: RefusalStatus,
  { description, content = {} }: SuccessAnswer,
  { family }: Row,
  { schemas }: Shared,
): object {
  const refusal = refusalOf(status, family)
  const types = { ...refusal.content, ...content }
  const either = mapValues(types, (schema, type) => {
    const [one, other] = [content[type], refusal.content[type]]
    return one === undefined || other === undefined ? schema : oneOf([one, other])
  })
  const answer = printAnswer({ description, content: either }, schemas)
  return refusal.mayBeEmpty === true ? { ...answer, ...BODY_OPTIONAL } : answer
}

const REQUEST_ID = {
  description:
    'The id of the request, which the log and the trail of the server know it by: the one that the request gave, or a new one.',
  required: true,
  schema: text({ pattern: '^[\\w.:-]{1,64}$' }),
}

/** Says what OpenAPI has no word for: that the body which is described may be missing. */
const BODY_OPTIONAL = { 'x-body-optional': true }

const printAnswer = (
  { description, content, headers = {} }: SuccessAnswer,
  schemas: Components,
): object => ({
  description,
  headers: {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...mapValues(headers, (header) => printHeader(header, schemas)),
  },
  ...(content && Object.keys(content).length > 0
    ? { content: printContent(content, schemas) }
    : {}),
})

const printHeader = (
  { description, schema, isRequired }: AnswerHeader,
  schemas: Components,
): object => ({
  description,
  ...(isRequired ? { required: true } : {}),
  schema: printSchema(schema, schemas),
})

/** The answer is among the components; an operation that says itself when it refuses says so instead of the component. */
function printRefusal(
  status: RefusalStatus,
  when: string | undefined,
  { family }: Row,
  { schemas, responses }: Shared,
): object {
  const { name, description, content, mayBeEmpty = false } = refusalOf(status, family)
  if (!responses.has(name)) {
    const headers = refusalHeaders(status)
    const answer = printAnswer({ description, content, headers }, schemas)
    responses.set(name, mayBeEmpty ? { ...answer, ...BODY_OPTIONAL } : answer)
  }
  const $ref = `#/components/responses/${name}`
  return when === undefined ? { $ref } : { $ref, description: when }
}

/** When a route refuses, by status: what follows from its row, and what the operation says. */
function refusalsOf(route: Row): readonly (readonly [RefusalStatus, string | undefined])[] {
  const { about } = route
  const implied: readonly (readonly [RefusalStatus, boolean])[] = [
    [400, route.path.includes(':') || about.body !== undefined || route.family === 'v2'],
    [401, route.access !== 'open'],
    [403, mayComeWithToken(route.access)],
    [413, about.body !== undefined],
    [500, about.isConstant !== true],
    [503, about.isConstant !== true],
  ]
  const all = new Map<RefusalStatus, string | undefined>()
  for (const [status, isSo] of implied) if (isSo) all.set(status, undefined)
  for (const status of STATUSES) {
    const when = about.refusals?.[status]
    if (when !== undefined) all.set(status, when)
  }
  return [...all]
}

/** An access token may be restricted to other addresses. */
const mayComeWithToken = (access: Access): boolean => access === 'token' || access === 'either'

const STATUSES: readonly RefusalStatus[] = [
  400, 401, 403, 404, 405, 406, 409, 413, 422, 429, 500, 501, 503,
]
