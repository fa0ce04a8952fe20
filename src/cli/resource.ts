import type { CliContext } from './context.ts'
import { showVerdict } from './verdict.ts'
import type { VerdictOptions } from './verdict.ts'

interface ResourceInput {
  readonly resource: string
}

/** `strongroom resource show`: everything that the caller may know of a resource. */
export const showResource = (context: CliContext, { resource }: ResourceInput): Promise<void> =>
  context.withClient(async (client) => context.show({ data: await client.resource(resource) }))

/** `strongroom resource exists`. */
export const resourceExists = (
  context: CliContext,
  { resource, ...options }: ResourceInput & VerdictOptions,
): Promise<void> =>
  context.withClient(async (client) =>
    showVerdict(context, 'exists', await client.resourceExists(resource), options),
  )

/** `strongroom resource permitted-roles`: all roles that hold a privilege. */
export const permittedRoles = (
  context: CliContext,
  { resource, privilege }: ResourceInput & { readonly privilege: string },
): Promise<void> =>
  context.withClient(async (client) =>
    context.show({ data: await client.permittedRoles(resource, privilege) }),
  )
