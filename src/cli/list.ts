import type { Client } from '#client/client.ts'
import type { ResourceFilter } from '#client/resources.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'

interface ListInput extends ResourceFilter, OlderInput {
  readonly inspect?: true
  readonly count?: true
}

/** What has commands of its own by now, in the words of older scripts. */
interface OlderInput {
  readonly membersOf?: string
  readonly verbose?: true
  readonly permittedRoles?: string
  readonly privilege?: string
}

/** `strongroom list`: what the caller may see. */
export const list = (context: CliContext, input: ListInput): Promise<void> =>
  context.withClient(async (client) => {
    const older = await olderList(client, input)
    if (older !== undefined) return context.show({ data: older })
    const filter = filterOf(input)
    if (input.count === true) return context.show({ data: await client.countResources(filter) })
    const resources = await client.resources(filter)
    if (input.inspect === true) return context.show({ data: resources, columns: ['id', 'owner'] })
    return context.show({ data: resources.map(({ id }) => id) })
  })

const FILTERS = ['kind', 'search', 'limit', 'offset', 'role'] as const

const filterOf = (input: ListInput): ResourceFilter =>
  Object.fromEntries(
    FILTERS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  )

/** `undefined` where the list of resources is meant. */
async function olderList(
  client: Client,
  { membersOf, verbose, permittedRoles, privilege }: OlderInput,
): Promise<unknown> {
  if (membersOf !== undefined) {
    const members = await client.members(membersOf)
    return verbose === true ? members : members.map(({ member }) => member)
  }
  if (permittedRoles === undefined) return undefined
  if (privilege === undefined) throw new Failure('usage', 'Must specify --privilege')
  return client.permittedRoles(permittedRoles, privilege)
}
