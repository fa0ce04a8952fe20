import { EVERYTHING, holdersOf, privilegesOn, rolesHeldBy } from '#domain/access.ts'
import type { AccessWorld } from '#domain/access.ts'
import type { Change } from '#domain/change.ts'
import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'

/** A role may, or may no longer, do something to a resource; {@link EVERYTHING} when it comes to own it or ceases to. */
export interface AccessChange {
  readonly role: Id
  readonly privilege: string
  readonly resource: Id
  readonly change: 'gained' | 'lost'
}

/** An {@link AccessChange} in names that its reader may know. */
export type ShownAccess = Readonly<Record<'role' | 'privilege' | 'resource', string>> &
  Pick<AccessChange, 'change'>

/** Who gains and who loses what. */
export interface AccessDiff {
  /** By role, then resource, then privilege; each once. */
  readonly changes: readonly ShownAccess[]
  /** Whether nothing was left out for want of room or time. */
  readonly isComplete: boolean
}

/** The worlds on both sides of a load, and what leads from one to the other. */
export interface Passage {
  readonly before: AccessWorld
  readonly after: AccessWorld
  readonly changes: readonly Change[]
  /** The policy that is loaded. */
  readonly target: Id
}

/** Whose access is reported: policies and host factories act for nobody. */
const KINDS: ReadonlySet<string> = new Set(['user', 'host', 'group', 'layer'])

/** Beyond so many changes no further resource is looked at. */
const MAX_CHANGES = 1000

/** How many roles and resources a diff looks at, each as often as it does, so that no policy keeps the server busy with it. */
const MAX_EFFORT = 300_000

/**
 * Which users, hosts, groups and layers may do more or less than before, taken over all the ways in which they hold roles. Of changes
 * that `shows` turns into `undefined` nothing is said. Whoever holds the branch itself, before and after, owns whatever comes
 * and goes in it unless the policy says otherwise; that goes without saying and is left out.
 */
export function diffAccess(
  passage: Passage,
  shows: (change: AccessChange) => ShownAccess | undefined = (change) => change,
): AccessDiff {
  const differ = new Differ(passage)
  const shown = new Map<string, ShownAccess>()
  const touched = differ.touched()
  for (const role of [...touched.keys()].toSorted()) {
    for (const change of differ.of(role, touched.get(role) ?? new Set())) {
      if (shown.size >= MAX_CHANGES) return { changes: [...shown.values()], isComplete: false }
      const told = shows(change)
      if (told !== undefined) shown.set(JSON.stringify(told), told)
    }
  }
  return { changes: [...shown.values()], isComplete: !differ.isExhausted }
}

/** Looks for differences until its effort is spent. */
class Differ {
  readonly #passage: Passage
  /** Who holds the branch before and after. */
  readonly #masters: ReadonlySet<Id>
  readonly #possessions = new Map<Id, readonly Id[]>()
  #effort = 0

  constructor(passage: Passage) {
    const { before, after, target } = passage
    this.#passage = passage
    this.#masters = holdersOf(before, target).intersection(holdersOf(after, target))
  }

  get isExhausted(): boolean {
    return this.#effort > MAX_EFFORT
  }

  /** The reported roles with the resources that a role which they hold came to own, or to be permitted, otherwise. */
  touched(): ReadonlyMap<Id, ReadonlySet<Id>> {
    const { before, after } = this.#passage
    const touched = new Map<Id, Set<Id>>()
    for (const [held, { resources, newOrGone }] of directlyTouched(this.#passage)) {
      for (const role of holdersOf(before, held).union(holdersOf(after, held))) {
        if (!KINDS.has(kindOf(role))) continue
        const possessions = this.#masters.has(role) ? resources : resources.union(newOrGone)
        this.#effort += 1 + possessions.size
        if (this.isExhausted) return touched
        const known = touched.get(role) ?? new Set()
        touched.set(role, known)
        for (const resource of possessions) known.add(resource)
      }
    }
    return touched
  }

  /** What `role` may do more or less, by resource: nothing once the effort is spent. */
  of(role: Id, touched: ReadonlySet<Id>): readonly AccessChange[] {
    if (this.isExhausted) return []
    const { before, after } = this.#passage
    const had = rolesHeldBy(before, role)
    const has = rolesHeldBy(after, role)
    const resources = new Set(touched)
    for (const changed of had.symmetricDifference(has)) {
      for (const resource of this.#possessionsOf(changed)) resources.add(resource)
    }
    this.#effort += had.size + has.size + resources.size
    if (this.isExhausted) return []
    return [...resources].toSorted().flatMap((resource) => this.#on(role, resource, had, has))
  }

  /** What `role` owns or is permitted, before or after. */
  #possessionsOf(role: Id): readonly Id[] {
    const known = this.#possessions.get(role)
    if (known !== undefined) return known
    const { before, after } = this.#passage
    const found = [before, after].flatMap((world) => [
      ...world.ownedBy(role),
      ...Array.from(world.permissionsOf(role), ({ resource }) => resource),
    ])
    this.#possessions.set(role, found)
    return found
  }

  #on(role: Id, resource: Id, had: ReadonlySet<Id>, has: ReadonlySet<Id>): readonly AccessChange[] {
    const { before, after } = this.#passage
    const could = privilegesOn(before, had, resource)
    const can = privilegesOn(after, has, resource)
    const goesWithoutSaying = this.#masters.has(role) && isNewOrGone(this.#passage, resource)
    const told =
      (change: AccessChange['change']) =>
      (privilege: string): readonly AccessChange[] =>
        privilege === EVERYTHING && goesWithoutSaying ? [] : [{ role, privilege, resource, change }]
    return [
      ...beyond(could, can).flatMap(told('gained')),
      ...beyond(can, could).flatMap(told('lost')),
    ]
  }
}

const isNewOrGone = ({ before, after }: Passage, resource: Id): boolean =>
  before.resource(resource) === undefined || after.resource(resource) === undefined

/** What of `more` is not in `less`: nothing is beyond everything. */
const beyond = (less: ReadonlySet<string>, more: ReadonlySet<string>): readonly string[] =>
  less.has(EVERYTHING) ? [] : [...more.difference(less)].toSorted()

/** The resources that a role owns or is permitted otherwise than before. */
interface Touched {
  readonly resources: Set<Id>
  /** Those that it owns and that were not there before, or will not be there. */
  readonly newOrGone: Set<Id>
}

/** The roles that rows are about: those that are held by others than before, and those that own or are permitted something else. */
function directlyTouched(passage: Passage): ReadonlyMap<Id, Touched> {
  const { before, after, changes } = passage
  const roles = new Map<Id, Touched>()
  const of = (role: Id): Touched => {
    const known = roles.get(role) ?? { resources: new Set(), newOrGone: new Set() }
    roles.set(role, known)
    return known
  }
  for (const { row } of changes) {
    if (row.table === 'permission') of(row.role).resources.add(row.resource)
    if (row.table === 'membership') of(row.member)
    if (row.table !== 'resource') continue
    const list = isNewOrGone(passage, row.id) ? 'newOrGone' : 'resources'
    for (const world of [before, after]) {
      const owner = world.resource(row.id)?.owner
      if (owner !== undefined) of(owner)[list].add(row.id)
    }
  }
  return roles
}
