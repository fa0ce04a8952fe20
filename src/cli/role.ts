import type { MembershipBody } from '#api/wire.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { showVerdict } from './verdict.ts'
import type { VerdictOptions } from './verdict.ts'

interface RoleInput {
  readonly role: string
}

interface MemberInput extends RoleInput {
  readonly member: string
}

/** `strongroom role show`: a role with its members. */
export const showRole = (context: CliContext, { role }: RoleInput): Promise<void> =>
  context.withClient(async (client) => context.show({ data: await client.role(role) }))

/** `strongroom role exists`. */
export const roleExists = (
  context: CliContext,
  { role, ...options }: RoleInput & VerdictOptions,
): Promise<void> =>
  context.withClient(async (client) =>
    showVerdict(context, 'exists', await client.roleExists(role), options),
  )

const COLUMNS: readonly (keyof MembershipBody)[] = ['member', 'role', 'ownership', 'policy']

/** `strongroom role members`: who holds a role directly. */
export const members = (
  context: CliContext,
  { role, verbose }: RoleInput & { readonly verbose?: true },
): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.members(role)
    if (verbose === true) return context.show({ data, columns: COLUMNS })
    return context.show({ data: data.map(({ member }) => member) })
  })

/** `strongroom role memberships`: what a role is and holds, directly or through others. */
export const memberships = (
  context: CliContext,
  { role, direct }: RoleInput & { readonly direct?: true },
): Promise<void> =>
  context.withClient(async (client) => {
    if (direct !== true) return context.show({ data: await client.rolesHeld(role) })
    return context.show({ data: await client.memberships(role), columns: COLUMNS })
  })

/** `strongroom role add-member`. */
export const addMember = (context: CliContext, { role, member }: MemberInput): Promise<void> =>
  context.withClient(async (client) => {
    await client.addMember(role, member)
    await done(context, 'Member added', { role, member })
  })

/** `strongroom role remove-member`. */
export const removeMember = (context: CliContext, { role, member }: MemberInput): Promise<void> =>
  context.withClient(async (client) => {
    await client.removeMember(role, member)
    await done(context, 'Member removed', { role, member })
  })
