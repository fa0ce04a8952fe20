import { PATHS } from '#api/paths.ts'
import type { ListInstances, ShowInstance } from '#app/authenticator-instances.ts'
import type { InstancePlace } from '#app/instance-place.ts'
import type { CreateInstance, DeleteInstance, EnableInstance } from '#app/change-instances.ts'
import { INSTANCES } from '#http/about/authenticators.ts'
import { empty } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import {
  COMPLAINTS,
  printInstance,
  readEnabled,
  readNewInstance,
  readType,
} from '#http/authenticator-body.ts'
import type { Call } from '#http/call.ts'
import { readObject } from '#http/json-object.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { v2Page } from '#http/v2-paging.ts'
import { v2Json } from '#http/v2.ts'

/** The use-cases behind the v2 routes of authenticators. */
export interface InstanceUses {
  readonly listInstances: ListInstances
  readonly showInstance: ShowInstance
  readonly createInstance: CreateInstance
  readonly enableInstance: EnableInstance
  readonly deleteInstance: DeleteInstance
}

const V2 = { family: 'v2' } as const

/** Authenticators as objects of the v2 API (reference/conjur-api.md 1.13). */
export const instanceRoutes = (use: InstanceUses): readonly Route[] => [
  route('GET', PATHS.authenticatorsOf, INSTANCES.list, (call) => list(use, call), V2),
  route('POST', PATHS.authenticatorsOf, INSTANCES.create, (call) => create(use, call), V2),
  route(
    'GET',
    PATHS.authenticator,
    INSTANCES.show,
    async (call) => shown(200, await use.showInstance(await call.session(), placeIn(call))),
    V2,
  ),
  route('PATCH', PATHS.authenticator, INSTANCES.enable, (call) => enable(use, call), V2),
  route(
    'DELETE',
    PATHS.authenticator,
    INSTANCES.remove,
    async (call) => {
      await use.deleteInstance(await call.session(), placeIn(call))
      return empty(204)
    },
    V2,
  ),
]

/** The object may hold secrets: nobody between may keep it. */
const shown = (status: number, view: Parameters<typeof printInstance>[0]): Answer =>
  uncached(v2Json(status, printInstance(view)))

const uncached = (answer: Answer): Answer => ({
  ...answer,
  headers: ['Cache-Control', 'no-store'],
})

const placeIn = ({ params }: Call<'account' | 'type' | 'name'>): InstancePlace => ({
  account: params.account,
  type: readType(params.type),
  name: params.name,
})

async function list(use: InstanceUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const type = call.query.get('type') ?? ''
  const { instances, total } = await use.listInstances(session, call.params.account, {
    ...v2Page(call.query),
    ...(type === '' ? {} : { type: readType(type) }),
  })
  return uncached(v2Json(200, { authenticators: instances.map(printInstance), count: total }))
}

async function create(use: InstanceUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const instance = readNewInstance(call.params.account, await readObject(call, COMPLAINTS))
  return shown(201, await use.createInstance(session, instance))
}

async function enable(use: InstanceUses, call: Call<'account' | 'type' | 'name'>): Promise<Answer> {
  const session = await call.session()
  const enabled = readEnabled(await readObject(call, COMPLAINTS))
  return shown(200, await use.enableInstance(session, placeIn(call), enabled))
}
