import { PATHS } from '#api/paths.ts'
import type { CreateIssuer, DeleteIssuer, UpdateIssuer } from '#app/change-issuers.ts'
import type { IssuerView, ListIssuers, Projection, ShowIssuer } from '#app/issuers.ts'
import { Failure } from '#lib/failure.ts'
import { ISSUERS } from '#http/about/issuers.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { printIssuer, readIssuerUpdate, readNewIssuer } from '#http/issuer-body.ts'
import { shown } from '#http/json-object.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of issuers. */
export interface IssuerUses {
  readonly createIssuer: CreateIssuer
  readonly showIssuer: ShowIssuer
  readonly listIssuers: ListIssuers
  readonly updateIssuer: UpdateIssuer
  readonly deleteIssuer: DeleteIssuer
}

/** Issuers (reference/conjur-api.md 1.11). */
export const issuerRoutes = (use: IssuerUses): readonly Route[] => [
  route('POST', PATHS.issuers, ISSUERS.create, (call) => create(use, call)),
  route('GET', PATHS.issuers, ISSUERS.list, (call) => list(use, call)),
  route('GET', PATHS.issuer, ISSUERS.show, (call) => show(use, call)),
  route('PATCH', PATHS.issuer, ISSUERS.update, (call) => update(use, call)),
  route('DELETE', PATHS.issuer, ISSUERS.remove, (call) => remove(use, call)),
]

async function create(use: IssuerUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const issuer = await readNewIssuer(call)
  return json(201, printIssuer(await use.createIssuer(session, call.params.account, issuer)))
}

async function list(use: IssuerUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const order = orderIn(call.query)
  const issuers = await use.listIssuers(session, call.params.account)
  return json(200, { issuers: issuers.toSorted(order).map(printIssuer) })
}

type Order = (one: IssuerView, other: IssuerView) => number

const byText =
  (textOf: (view: IssuerView) => string): Order =>
  (one, other) => {
    const [a, b] = [textOf(one), textOf(other)]
    return a < b ? -1 : Number(a > b)
  }

const byNumber =
  (numberOf: (view: IssuerView) => number): Order =>
  (one, other) =>
    numberOf(one) - numberOf(other)

/** What a list can be sorted by. */
const ORDERS: ReadonlyMap<string, Order> = new Map([
  ['id', byText(({ id }) => id)],
  ['account', byText(({ account }) => account)],
  ['max_ttl', byNumber(({ maxTtl }) => maxTtl)],
  ['type', byText(({ type }) => type)],
  ['created_at', byNumber(({ createdAt }) => createdAt.getTime())],
  ['modified_at', byNumber(({ modifiedAt }) => modifiedAt.getTime())],
])

function orderIn(query: URLSearchParams): Order {
  const key = query.get('sort') ?? 'id'
  const order = ORDERS.get(key)
  if (order !== undefined) return order
  throw new Failure(
    'malformed',
    `the sort key ${shown(key)} is not a valid field of the issuer object`,
  )
}

async function show(use: IssuerUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  const projection = projectionIn(call.query)
  const view = await use.showIssuer(await call.session(), account, id, projection)
  return json(200, projection === 'full' ? printIssuer(view) : { max_ttl: view.maxTtl })
}

function projectionIn(query: URLSearchParams): Projection {
  const projection = query.get('projection')
  if (projection === null) return 'full'
  if (projection === 'minimal') return 'minimal'
  throw new Failure('unprocessable_entity', 'Value provided for projection query param is invalid')
}

async function update(use: IssuerUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const session = await call.session()
  const { account, id } = call.params
  const asked = await readIssuerUpdate(call)
  return json(200, printIssuer(await use.updateIssuer(session, account, id, asked)))
}

async function remove(use: IssuerUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  const variables = call.query.get('keep_secrets') === 'true' ? 'keep' : 'delete'
  await use.deleteIssuer(await call.session(), account, id, variables)
  return empty(204)
}
