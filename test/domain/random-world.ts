import type { Change, Row } from '#domain/change.ts'
import { isDemandedFor, lacksFactor } from '#domain/factor-demand.ts'
import type { Id } from '#domain/id.ts'
import { parseId } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { DEMANDS } from './naive-judge.ts'
import type { Random } from './random.ts'

/** Everything that random rows mention: few names, so that rows meet. */
export interface Universe {
  readonly roles: readonly Id[]
  readonly resources: readonly Id[]
  readonly privileges: readonly string[]
}

/** The names of an account; the last role and the last resource get rows of their own rarely. */
export const universeOf = (account: string): Universe => {
  const roles = ['user:u', 'group:g', 'group:h', 'policy:p'].map((id) =>
    parseId(`${account}:${id}`),
  )
  const variables = ['variable:v', 'variable:w'].map((id) => parseId(`${account}:${id}`))
  return {
    roles,
    resources: [...roles.slice(2), ...variables],
    privileges: ['read', 'execute'],
  }
}

/** Both together: rows then may lead from one account into the other. */
export const joined = (one: Universe, other: Universe): Universe => ({
  roles: [...one.roles, ...other.roles],
  resources: [...one.resources, ...other.resources],
  privileges: one.privileges,
})

/** Rows of a world in which most roles and resources exist. */
export function randomRows(random: Random, universe: Universe): readonly Row[] {
  const rows: Row[] = universe.roles.filter(() => random.chance(85)).map(roleRow)
  for (const id of universe.resources) {
    if (random.chance(85)) rows.push({ table: 'resource', id, owner: random.pick(universe.roles) })
  }
  while (random.chance(92)) rows.push(randomRow(random, universe))
  return rows
}

/** Changes one after the other, of which some change nothing and some undo others. */
export function randomChanges(random: Random, universe: Universe): readonly Change[] {
  const changes: Change[] = []
  do changes.push(randomChange(random, universe))
  while (random.chance(85))
  return changes
}

export const randomChange = (random: Random, universe: Universe): Change => ({
  op: random.pick(['add', 'change', 'remove', 'remove']),
  row: randomRow(random, universe),
})

const roleRow = (id: Id): Row => ({ table: 'role', id })

function randomRow(random: Random, universe: Universe): Row {
  const role = random.pick(universe.roles)
  const resource = random.pick(universe.resources)
  const other = random.pick(universe.roles)
  const policy = random.chance(50) ? { policy: random.pick(universe.roles) } : {}
  const rows: readonly Row[] = [
    { table: 'role', id: role, ...policy },
    { table: 'resource', id: resource, owner: role, ...policy },
    { table: 'permission', resource, role, privilege: random.pick(universe.privileges), ...policy },
    {
      table: 'membership',
      role,
      member: other,
      ownership: random.chance(30),
      admin: random.chance(30),
      ...policy,
    },
    { table: 'restriction', role, cidrs: [`10.0.0.${random.below(9)}/32`] },
    { table: 'credential', role, generation: `${random.below(9)}` },
    { table: 'annotation', resource, name: 'description', value: 'x', ...policy },
    demandRow(random, resource),
  ]
  return random.pick([...rows, ...rows.slice(2, 4), ...rows.slice(2, 4)])
}

function demandRow(random: Random, resource: Id): Row {
  const [name, value] = random.pick(DEMANDS)
  return { table: 'annotation', resource, name, value }
}

/** A graph, or what must answer as one. */
export type Judge = Pick<RoleGraph, keyof RoleGraph>

/** All that `judge` decides about the universe: only what it grants is listed, so a difference is a wrong decision. */
export const decisionsOf = (judge: Judge, universe: Universe): readonly string[] =>
  universe.roles.flatMap((role) => [
    ...universe.roles
      .filter((held) => judge.holds(role, held))
      .map((held) => `${role} holds ${held}`),
    ...universe.resources.flatMap((resource) => [
      ...rightsOf(judge, universe, role, resource),
      ...demandsOn(judge, universe, role, resource),
    ]),
  ])

/** Of whom a factor is demanded that was not proven, or was 200 seconds ago. */
const demandsOn = (judge: Judge, universe: Universe, role: Id, resource: Id): readonly string[] => {
  const demand = judge.demandOn(resource)
  if (demand === undefined) return []
  const { within, exemptsHosts } = demand
  const terms = `within ${within}${exemptsHosts ? ' but not of hosts' : ''}`
  return [...universe.privileges, 'never-granted', 'authenticate'].flatMap((privilege) => [
    ...(isDemandedFor(demand, privilege)
      ? [`${resource} demands one for ${privilege} ${terms}`]
      : []),
    ...(lacksFactor(demand, privilege, { role, factor: { age: 200 } })
      ? [`${role} lacks one of late for ${privilege} on ${resource}`]
      : []),
  ])
}

function rightsOf(judge: Judge, universe: Universe, role: Id, resource: Id): readonly string[] {
  const rights = [...universe.privileges, 'never-granted']
    .filter((privilege) => judge.permits(role, privilege, resource))
    .map((privilege) => `${role} may ${privilege} ${resource}`)
  return judge.visible(role, resource) ? [...rights, `${role} sees ${resource}`] : rights
}

/** All lists that `judge` makes of the universe. */
export const listsOf = (judge: Judge, universe: Universe): readonly unknown[] => [
  universe.roles.map((role) => [
    judge.rolesHeldBy(role),
    judge.rolesHolding(role),
    judge.visibleTo(role, {}),
    judge.visibleTo(role, { account: 'one' }),
    judge.visibleTo(role, { kind: 'variable' }),
    judge.visibleTo(role, { account: 'two', kind: 'group' }),
    judge.visibleTo(role, { kind: 'variable', owners: new Set(universe.roles.slice(0, 2)) }),
  ]),
  universe.resources.map((resource) => [
    judge.permittedRoles('read', resource),
    judge.permittedRoles('never-granted', resource),
  ]),
  judge.rolesWithoutResource('one'),
  ['', 'v', 'u'].map((prefix) => judge.resourcesUnder('one', prefix).toSorted()),
]

/** Every row that `judge` can be asked for, each by its key and by everything it mentions; lists in a fixed order. */
export const rowsOf = (judge: Judge, universe: Universe): readonly unknown[] => [
  universe.roles.map((role) => [
    judge.role(role),
    judge.credential(role),
    judge.restrictionOf(role),
    sorted(judge.membersOf(role)),
    sorted(judge.membershipsOf(role)),
    sorted(judge.permissionsOf(role)),
    sorted(judge.ownedBy(role)),
    sorted(judge.loadedThrough(role)),
    universe.roles.map((member) => [
      judge.membership(role, member, true),
      judge.membership(role, member, false),
    ]),
  ]),
  sorted(judge.resources()),
  universe.resources.map((resource) => [
    judge.resource(resource),
    sorted(judge.permissionsOn(resource)),
    universe.roles.map((role) => judge.permission(resource, role, 'read')),
  ]),
]

/** Rows as texts that do not depend on the order of rows or of their members. */
const sorted = (rows: Iterable<object | string>): readonly string[] =>
  Array.from(rows, (row) => (typeof row === 'string' ? row : membersOf(row))).toSorted()

const membersOf = (row: object): string =>
  Object.entries(row)
    .map(([name, value]) => `${name}=${String(value)}`)
    .toSorted()
    .join(' ')
