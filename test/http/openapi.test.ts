import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dereference, validate } from '@cfworker/json-schema'
import type { Schema } from '@cfworker/json-schema'
import { openApiDocument } from '#http/openapi/document.ts'
import type { OpenApiDocument } from '#http/openapi/document.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { WIRE_CODES } from '#http/openapi/refusals.ts'
import { component, text } from '#http/openapi/schema.ts'
import { routeTable } from '#http/route-table.ts'
import type { Uses } from '#http/route-table.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { failureCodes } from '#lib/failure.ts'
import { readMfaPage } from '#main/server/mfa-page.ts'
import published from '../vectors/openapi-3.1-schema.json' with { type: 'json' }
import { at, mustBe, openNode, VERSION } from './harness.ts'

/** Describing routes calls nothing of what they use. */
const ROUTES = routeTable({} as Uses, {
  version: VERSION,
  mfaPage: readMfaPage(),
  ready: async () => {},
  metrics: async () => [],
})

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const DOCUMENT = asJson(openApiDocument(ROUTES, VERSION)) as OpenApiDocument

/** What the OpenAPI Initiative says a document must be. It leaves open by a dynamic reference which dialect schemas are written in. */
const RULES = JSON.parse(
  JSON.stringify(published).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"'),
) as Schema
const RULE_BOOK = dereference(RULES)

const isOpenApi = (document: unknown): boolean =>
  validate(document, RULES, '2020-12', RULE_BOOK).valid

test('the document is one of OpenAPI 3.1', () => {
  assert.ok(isOpenApi(DOCUMENT))
  assert.ok(!isOpenApi({ ...DOCUMENT, path: {} }))
  const answer = { responses: { 200: { content: {} } } }
  assert.ok(!isOpenApi({ ...DOCUMENT, paths: { '/': { get: answer } } }))
})

/** Every value in a JSON value, at any depth, itself included. */
const within = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null
    ? [value, ...Object.values(value).flatMap(within)]
    : [value]

test('every reference leads to a component, and every component is referred to', () => {
  const references = new Set(
    within(DOCUMENT)
      .map((value) => at(value, '$ref'))
      .filter((reference) => typeof reference === 'string'),
  )
  const { securitySchemes, ...others } = DOCUMENT.components
  const components = Object.entries(others).flatMap(([section, named]) =>
    Object.keys(named).map((name) => `#/components/${section}/${name}`),
  )
  assert.deepEqual([...references].toSorted(), components.toSorted())
  assert.deepEqual(Object.keys(securitySchemes ?? {}), ['accessToken', 'basic', 'hostFactoryToken'])
})

test('every route is described, by its own method and path', () => {
  const described = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.equal(described.length, ROUTES.length)
  for (const { method, path, about } of ROUTES) {
    const template = (about.path ?? path).replaceAll(/(?:\*\*)?:([a-z]+)/gi, '{$1}')
    assert.ok(described.includes(`${method} ${template}`), `${method} ${template}`)
    // What an operation says more of the rest of a path begins like the pattern of its route.
    assert.ok((about.path ?? path).startsWith(path.replace(/\*\*.*$/, '')), path)
  }
})

test('`edge-internal-routes`: what must be proved is what the route demands', () => {
  for (const { method, path, about, access } of ROUTES) {
    const template = (about.path ?? path).replaceAll(/(?:\*\*)?:([a-z]+)/gi, '{$1}')
    const operation = at(DOCUMENT.paths[template], method.toLowerCase())
    const security = at(operation, 'security')
    assert.ok(Array.isArray(security))
    const schemes: unknown = security.map((requirement: object) => Object.keys(requirement)[0])
    const expected = {
      token: ['accessToken'],
      basic: ['basic'],
      either: about.security === undefined ? ['accessToken', 'basic'] : [about.security],
      open: about.security === undefined ? [] : [about.security],
    }[access]
    assert.deepEqual(schemes, expected, `${method} ${path}`)
    assert.equal(at(operation, 'responses', '401') !== undefined || access === 'open', true)
  }
})

test('the codes of refusals are those of the failures that answer so', () => {
  const failures = new Map<string, { readonly status: number }>(Object.entries(failureCodes))
  for (const [status, codes] of Object.entries(WIRE_CODES)) {
    for (const code of codes.filter((name) => name !== 'internal_error')) {
      assert.equal(failures.get(code)?.status, Number(status), code)
    }
  }
})

test('everybody gets the document of the routes that the server has', async () => {
  await using node = await openNode()
  const reply = mustBe(200, await node.anyone.get('/openapi.json'))
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(reply.json, asJson(openApiDocument(node.routes, VERSION)))
  assert.ok(isOpenApi(reply.json))
  assert.equal(at(reply.json, 'paths', '/openapi.json', 'get', 'operationId'), 'getOpenApi')
  // Metrics are off on this node.
  assert.equal(at(reply.json, 'paths', '/metrics'), undefined)
})

const operation = (id: string, more: Partial<Operation> = {}): Operation => ({
  id,
  tag: 'status',
  summary: 'Nothing',
  answers: { 204: { description: 'Nothing.' } },
  ...more,
})

const nothing = async (): Promise<never> => assert.fail('nobody calls it')

const describe = (...routes: readonly Route[]): OpenApiDocument => openApiDocument(routes, VERSION)

test('two operations of one name, two on one path, and a name of a path that nobody describes are bugs', () => {
  const one = route('GET', '/one', operation('getOne'), nothing)
  assert.throws(() => describe(one, route('GET', '/two', operation('getOne'), nothing)))
  const again = operation('getTwo', { path: '/one' })
  assert.throws(() => describe(one, route('GET', '/two', again, nothing)))
  assert.throws(() => describe(route('GET', '/:what', operation('getWhat'), nothing)))
})

test('two schemas of one name are a bug, the same one twice is a reference', () => {
  const named = component('Name', text())
  const answers = (schema: Operation['answers'][number]['content']): Operation['answers'] => ({
    200: { description: 'Names.', ...(schema && { content: schema }) },
  })
  const one = route(
    'GET',
    '/one',
    operation('one', { answers: answers({ a: named, b: named }) }),
    nothing,
  )
  assert.deepEqual(Object.keys(describe(one).components['schemas'] ?? {}).includes('Name'), true)
  const other = component('Name', text({ minLength: 1 }))
  const two = route('GET', '/two', operation('two', { answers: answers({ a: other }) }), nothing)
  assert.throws(() => describe(one, two))
})
