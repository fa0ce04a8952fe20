import type { AccessWorld } from './access.ts'
import type { Id } from './id.ts'

/** Why whoever holds a role may use a resource: the role owns it, or the privilege is permitted to the role. */
export type Ground = 'owner' | 'permission'

/**
 * One way in which a role may use a resource: the role itself, then what each is a member of, up to the role that has the ground.
 * `undefined` stands for one or more roles in a row that may not be named.
 */
export interface AccessPath {
  readonly ground: Ground
  readonly roles: readonly (Id | undefined)[]
}

/** A question about access, and which roles may be named in the answer. */
export interface AccessQuestion {
  readonly world: AccessWorld
  readonly privilege: string
  readonly resource: Id
  readonly mayName: (role: Id) => boolean
}

interface Grounded {
  readonly ground: Ground
  readonly role: Id
}

/** The roles that may use the resource by themselves: its owner, and those that the privilege is permitted to, by their ids. */
export function groundsOf({
  world,
  privilege,
  resource,
}: Omit<AccessQuestion, 'mayName'>): readonly Grounded[] {
  const row = world.resource(resource)
  if (row === undefined) return []
  const permitted = [...world.permissionsOn(resource)]
    .filter((permission) => permission.privilege === privilege)
    .map((permission) => permission.role)
    .toSorted()
  return [
    { ground: 'owner' as const, role: row.owner },
    ...permitted.map((role) => ({ ground: 'permission' as const, role })),
  ].filter(({ role }) => world.role(role) !== undefined)
}

/**
 * A shortest way from `role` to each ground that it reaches, that of the owner first; none when it may not use the resource. A way of which
 * every role may be named is preferred to a shorter one. Ways that look alike, because what tells them apart may not be named,
 * are one.
 */
export function accessPaths(question: AccessQuestion, role: Id): readonly AccessPath[] {
  const { world, mayName } = question
  const upwards = (from: Id): readonly Id[] =>
    Array.from(world.membershipsOf(from), (row) => row.role).toSorted()
  const named = walk([role], upwards, (other) => isRole(world, other) && mayName(other))
  const all = walk([role], upwards, (other) => isRole(world, other))
  const paths = groundsOf(question).flatMap(({ ground, role: end }) => {
    const tree = named.has(end) ? named : all
    return tree.has(end) ? [{ ground, roles: masked(trail(tree, end).toReversed(), mayName) }] : []
  })
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
}

/** Everybody who may use a resource, as far as they may be named. */
export interface Access {
  /** In code-unit order. */
  readonly roles: readonly Id[]
  /** Whether there are others. */
  readonly hidesOthers: boolean
  /** A shortest way in which one of them may; prefers ways like {@link accessPaths}. */
  readonly pathOf: (role: Id) => AccessPath
}

/** Everybody who may use the resource: exactly the roles for which {@link accessPaths} finds a way, less those that may not be named. */
export function accessTo(question: AccessQuestion): Access {
  const { world, mayName } = question
  const grounds = groundsOf(question)
  const groundOf = new Map(grounds.toReversed().map(({ role, ground }) => [role, ground]))
  const starts = [...groundOf.keys()].toReversed()
  const downwards = (from: Id): readonly Id[] =>
    Array.from(world.membersOf(from), (row) => row.member).toSorted()
  const known = walk(
    starts.filter(mayName),
    downwards,
    (role) => isRole(world, role) && mayName(role),
  )
  const all = walk(starts, downwards, (role) => isRole(world, role))
  const roles = [...all.keys()].filter(mayName).toSorted()
  return {
    roles,
    hidesOthers: roles.length < all.size,
    pathOf: (role) => {
      const steps = trail(known.has(role) ? known : all, role)
      const ground = groundOf.get(steps.at(-1) ?? role) ?? 'permission'
      return { ground, roles: masked(steps, mayName) }
    },
  }
}

const isRole = (world: AccessWorld, id: Id): boolean => world.role(id) !== undefined

/** What a walk reached, each with the role from which it was reached first; `undefined` for where it began. */
type Tree = ReadonlyMap<Id, Id | undefined>

/** Goes from role to role, nearest first, over those that `accept` lets in. */
function walk(
  starts: readonly Id[],
  next: (role: Id) => readonly Id[],
  accept: (role: Id) => boolean,
): Tree {
  const tree = new Map<Id, Id | undefined>()
  const enter = (role: Id, from: Id | undefined): void => {
    if (!tree.has(role) && accept(role)) tree.set(role, from)
  }
  for (const start of starts) enter(start, undefined)
  for (const role of tree.keys()) {
    for (const other of next(role)) enter(other, role)
  }
  return tree
}

/** From `role` back to where the walk began. */
function trail(tree: Tree, role: Id): readonly Id[] {
  const steps = [role]
  for (let from = tree.get(role); from !== undefined; from = tree.get(from)) steps.push(from)
  return steps
}

/** The roles with those that may not be named as `undefined`, which stands once for several in a row. */
const masked = (
  roles: readonly Id[],
  mayName: AccessQuestion['mayName'],
): readonly (Id | undefined)[] =>
  roles
    .map((role) => (mayName(role) ? role : undefined))
    .filter((role, index, all) => role !== undefined || index === 0 || all[index - 1] !== undefined)
