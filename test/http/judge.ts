import { dereference, validate } from '@cfworker/json-schema'
import type { Schema } from '@cfworker/json-schema'
import { openApiDocument } from '#http/openapi/document.ts'
import type { OpenApiDocument } from '#http/openapi/document.ts'
import { routeTable } from '#http/route-table.ts'
import type { ServerFacts, Uses } from '#http/route-table.ts'
import type { Route } from '#http/route.ts'
import { createRoutes } from '#http/router.ts'
import { readMfaPage } from '#main/server/mfa-page.ts'
import type { Router } from '#http/router.ts'
import type { Question, Reply } from './client.ts'

/** What is wrong with an answer by the description of the route that gave it; nothing when it is true to it. */
export type Judge = (question: Asked, reply: Answered) => readonly string[]

type Asked = Pick<Question, 'method' | 'path'>

type Answered = Pick<Reply, 'status' | 'headers' | 'bytes'>

/** The parts of the document that describe an answer. */
interface DescribedAnswer {
  readonly headers?: Readonly<Record<string, Reference & DescribedHeader>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly 'x-body-optional'?: boolean
}

interface DescribedHeader {
  readonly required?: boolean
  readonly schema: Schema
}

interface Reference {
  readonly $ref?: string
}

interface DescribedOperation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Reference & DescribedAnswer>>
}

/** What a judge looks things up in. */
interface Book extends Described {
  readonly router: Router
}

/** What a document says. */
interface Described {
  readonly components: OpenApiDocument['components']
  readonly operations: ReadonlyMap<string, DescribedOperation>
  readonly schemas: ReturnType<typeof dereference>
}

/** Judges the answers of a server with these routes by the OpenAPI document of the same routes. */
export function openJudge(routes: readonly Route[]): Judge {
  const book: Book = { router: createRoutes(routes), ...describedBy(routes) }
  return (question, reply) => {
    if (isNotLookedAt(reply)) return []
    const operation = operationOf(book, question)
    return operation === undefined
      ? judgeNoRoute(reply)
      : judgeAnswer(book, operation, question, reply).map(
          (problem) =>
            `${operation.operationId}: ${question.method} ${question.path.slice(0, 200)} answers ${reply.status}: ${problem}`,
        )
  }
}

/** Judges the answers of a server in which this is switched on or off. */
export const openJudgeOf = (switches: Partial<ServerFacts>): Judge =>
  // To describe routes calls nothing of what they use.
  openJudge(
    routeTable({} as Uses, {
      version: '',
      mfaPage: readMfaPage(),
      ready: async () => {},
      ...switches,
    }),
  )

/** Documents by the names of their operations, each of which has one description. */
const known = new Map<string, Described>()

function describedBy(routes: readonly Route[]): Described {
  const key = routes.map(({ about }) => about.id).join()
  const described = known.get(key) ?? readDocument(routes)
  known.set(key, described)
  return described
}

/** What is judged by is what clients get, not the objects that it is made from. */
function readDocument(routes: readonly Route[]): Described {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes, 'test'))) as OpenApiDocument
  const operations = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => operation as DescribedOperation)
  return {
    components: document.components,
    operations: new Map(operations.map((operation) => [operation.operationId, operation])),
    schemas: dereference(document),
  }
}

function operationOf(book: Book, { method, path }: Asked) {
  const id = idOf(book.router, method, path.split('?', 1).join(''))
  return id === undefined ? undefined : book.operations.get(id)
}

/** The router does not tell of which route a path is that is not well encoded. */
function idOf(router: Router, method: string, path: string): string | undefined {
  try {
    return router.find(method, path)?.route.about.id
  } catch {
    return undefined
  }
}

/** What is no request of HTTP is refused before it reaches any route, and has no id. */
const isNotLookedAt = ({ status, headers, bytes }: Answered): boolean =>
  [400, 408, 431].includes(status) && headers['x-request-id'] === undefined && bytes.length === 0

const judgeNoRoute = ({ status }: Answered): readonly string[] =>
  [400, 401, 403, 404].includes(status) ? [] : [`${status} for a path that belongs to no route`]

function judgeAnswer(
  book: Book,
  { responses }: DescribedOperation,
  { method }: Asked,
  reply: Answered,
): readonly string[] {
  const answer = resolved<DescribedAnswer>(book, responses[String(reply.status)])
  if (answer === undefined) return [`the status is not described: ${textOf(reply).slice(0, 200)}`]
  return [
    ...Object.entries(answer.headers ?? {}).flatMap(([name, header]) =>
      judgeHeader(book, name, header, reply),
    ),
    ...(method === 'HEAD' ? [] : judgeBody(book, answer, reply)),
  ]
}

/** The object itself, or the component that it refers to. */
function resolved<Part>(
  { components }: Book,
  part: (Reference & Part) | undefined,
): Part | undefined {
  const [, section = '', name = ''] = /^#\/components\/([^/]+)\/(.+)$/.exec(part?.$ref ?? '') ?? []
  return section === '' ? part : (components[section]?.[name] as Part | undefined)
}

function judgeHeader(
  book: Book,
  name: string,
  header: Reference & DescribedHeader,
  { headers }: Answered,
): readonly string[] {
  const { required = false, schema } = resolved<DescribedHeader>(book, header) ?? header
  const value = headers[name.toLowerCase()]
  if (value === undefined) return required ? [`there is no header ${name}`] : []
  const shown = schema.type === 'integer' ? Number(value) : value
  return problemsOf(book, schema, shown).map((problem) => `the header ${name}: ${problem}`)
}

function judgeBody(book: Book, answer: DescribedAnswer, reply: Answered): readonly string[] {
  const { content } = answer
  const type = reply.headers['content-type']?.split(';', 1).join('') ?? ''
  if (type === '') return judgeNoBody(answer, reply)
  const media = content?.[type] ?? content?.['*/*']
  if (media === undefined) return [`the type ${type} is not described`]
  const isJson = type === 'application/json' || type.endsWith('+json')
  const text = textOf(reply)
  return problemsOf(book, media.schema, isJson ? JSON.parse(text) : text)
}

const textOf = ({ bytes }: Answered): string => bytes.toString('utf8')

function judgeNoBody(answer: DescribedAnswer, { bytes }: Answered): readonly string[] {
  if (bytes.length > 0) return ['the body has no type']
  const mayBeMissing = answer.content === undefined || answer['x-body-optional'] === true
  return mayBeMissing ? [] : ['there is no body']
}

function problemsOf(book: Book, schema: Schema, value: unknown): readonly string[] {
  const { valid, errors } = validate(value, schema, '2020-12', book.schemas, false)
  if (valid) return []
  const last = errors.filter(({ keyword }) => !['$ref', 'properties', 'items'].includes(keyword))
  const told = last.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)
  return [`${told.slice(0, 6).join('; ')}: ${JSON.stringify(value).slice(0, 400)}`]
}
