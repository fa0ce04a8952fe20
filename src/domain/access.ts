import type { PermissionRow } from './change.ts'
import type { Id } from './id.ts'
import type { World } from './world.ts'

/** What questions about access need to see: the loaded world has it, and so has the one that a policy would lead to. */
export type AccessWorld = Pick<
  World,
  | 'role'
  | 'resource'
  | 'membersOf'
  | 'membershipsOf'
  | 'permissionsOn'
  | 'permissionsOf'
  | 'ownedBy'
  | 'restrictionOf'
>

/**
 * `role` and all roles that it is a member of, directly or through others (reference/conjur-api.md 5.2). A role without a row is no
 * role: it holds nothing, and nothing is held through it.
 */
export const rolesHeldBy = (world: AccessWorld, role: Id): ReadonlySet<Id> =>
  reach(world, role, (held) => Array.from(world.membershipsOf(held), (row) => row.role))

/** `role` and all roles that hold it, directly or through others. */
export const holdersOf = (world: AccessWorld, role: Id): ReadonlySet<Id> =>
  reach(world, role, (held) => Array.from(world.membersOf(held), (row) => row.member))

function reach(world: AccessWorld, start: Id, next: (role: Id) => readonly Id[]): ReadonlySet<Id> {
  const reached = new Set<Id>()
  const enter = (role: Id): void => {
    if (world.role(role) !== undefined) reached.add(role)
  }
  enter(start)
  for (const role of reached) {
    for (const other of next(role)) enter(other)
  }
  return reached
}

/** The privilege that stands for all of them: the one of an owner. */
export const EVERYTHING = '*'

/** What whoever holds exactly the roles `held` may do to `resource`: {@link EVERYTHING} alone for an owner. */
export function privilegesOn(
  world: AccessWorld,
  held: ReadonlySet<Id>,
  resource: Id,
): ReadonlySet<string> {
  const row = world.resource(resource)
  if (row === undefined) return new Set()
  if (held.has(row.owner)) return new Set([EVERYTHING])
  return new Set(permittedTo(world, held, resource).map(({ privilege }) => privilege))
}

const permittedTo = (
  world: AccessWorld,
  held: ReadonlySet<Id>,
  resource: Id,
): readonly PermissionRow[] =>
  [...world.permissionsOn(resource)].filter(({ role }) => held.has(role))

/** A test whether `role` can see a resource of `world`; each is looked at once. */
export function viewOf(world: AccessWorld, role: Id): (resource: Id) => boolean {
  const held = rolesHeldBy(world, role)
  const known = new Map<Id, boolean>()
  return (resource) => {
    const seen = known.get(resource) ?? privilegesOn(world, held, resource).size > 0
    known.set(resource, seen)
    return seen
  }
}
