import { viewOf } from '#domain/access.ts'
import type { AccessWorld } from '#domain/access.ts'
import type { PermissionRow } from '#domain/change.ts'
import { accountOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { AccessChange, ShownAccess } from './access-diff.ts'

/** A role or a resource on one side of a load, in ids as the reader may know them (reference/conjur-api.md 1.7, dry run). */
export interface ReportedItem {
  readonly identifier: string
  readonly type: string
  /** Absent where the reader cannot see the item, and where the report has no room left. */
  readonly details?: ItemDetails
}

/** What is reported of an item that the reader can see. */
export interface ItemDetails {
  readonly owner: string
  readonly policy: string | undefined
  readonly annotations: NamedTexts
  /** Who may do what to it: of what is no role. */
  readonly permitted?: NamedLists
  readonly role?: RoleDetails
}

/** What is reported of a role: what it may do itself, and how it stands to other roles. */
export interface RoleDetails {
  readonly permissions: NamedLists
  readonly members: readonly string[]
  readonly memberships: readonly string[]
  readonly restrictedTo: readonly string[]
}

/** Texts by name. */
export type NamedTexts = ReadonlyMap<string, string>

/** Lists of ids by privilege. */
export type NamedLists = ReadonlyMap<string, readonly string[]>

const ROLE_KINDS: ReadonlySet<string> = new Set(['group', 'host', 'layer', 'policy', 'user'])
const RESOURCE_KINDS: ReadonlySet<string> = new Set(['variable', 'webservice'])

/** Whether something of its kind is reported at all. */
export const isReported = (id: Id): boolean =>
  ROLE_KINDS.has(kindOf(id)) || RESOURCE_KINDS.has(kindOf(id))

/** What one side of a report is made from. */
export interface ReporterParts {
  readonly world: AccessWorld
  /** The world before the load: what was there in it is listed before what is new. */
  readonly before?: AccessWorld
  readonly annotationsOf: (resource: Id) => NamedTexts
  readonly reader: Id
  /** How many more ids the report may list; both sides draw on it. */
  readonly room: { left: number }
}

/** Reports one side of a load. */
export class Reporter {
  readonly #parts: ReporterParts
  readonly #sees: (resource: Id) => boolean

  constructor(parts: ReporterParts) {
    this.#parts = parts
    this.#sees = viewOf(parts.world, parts.reader)
  }

  /** The item, or no more than what kind of thing it is. */
  item(id: Id): ReportedItem {
    const item = { identifier: this.#shown(id), type: kindOf(id) }
    if (!this.#sees(id) || this.#parts.room.left <= 0) return item
    const details = this.#details(id)
    this.#parts.room.left -= sizeOf(details)
    return { ...item, details }
  }

  /** The change of access; `undefined` when the reader sees neither who nor what. */
  access({ role, privilege, resource, change }: AccessChange): ShownAccess | undefined {
    if (!this.#sees(role) && !this.#sees(resource)) return undefined
    return { role: this.#shown(role), privilege, resource: this.#shown(resource), change }
  }

  /** INVARIANT: an id leaves the report only through here, so the reader learns of nothing that it could not see. */
  #shown(id: Id): string {
    // Everybody knows that an account has a root policy.
    const isKnown = id === rootPolicyOf(accountOf(id)) || this.#sees(id)
    return isKnown ? id : `${accountOf(id)}:${kindOf(id)}:[REDACTED]`
  }

  #details(id: Id): ItemDetails {
    const { world, annotationsOf } = this.#parts
    const row = world.resource(id)
    if (row === undefined) throw new Error(`${id} is seen without being there`)
    const details = {
      owner: this.#shown(row.owner),
      policy: row.policy && this.#shown(row.policy),
      annotations: new Map([...annotationsOf(id)].toSorted(byName)),
    }
    return ROLE_KINDS.has(kindOf(id))
      ? { ...details, role: this.#role(id) }
      : { ...details, permitted: this.#byPrivilege(world.permissionsOn(id), 'role') }
  }

  #role(id: Id): RoleDetails {
    const { world } = this.#parts
    return {
      permissions: this.#byPrivilege(world.permissionsOf(id), 'resource'),
      members: this.#links((one) => Array.from(one.membersOf(id), ({ member }) => member)),
      memberships: this.#links((one) => Array.from(one.membershipsOf(id), ({ role }) => role)),
      restrictedTo: world.restrictionOf(id),
    }
  }

  #byPrivilege(permissions: Iterable<PermissionRow>, end: 'role' | 'resource'): NamedLists {
    const lists = Map.groupBy(permissions, ({ privilege }) => privilege)
    return new Map(
      [...lists].toSorted(byName).map(([privilege, rows]) => [
        privilege,
        rows
          .map((row) => row[end])
          .toSorted()
          .map((id) => this.#shown(id)),
      ]),
    )
  }

  /** Ids of other roles; those that were there before the load come first. */
  #links(read: (world: AccessWorld) => readonly Id[]): readonly string[] {
    const { world, before } = this.#parts
    const now = [...new Set(read(world))].toSorted()
    const known = new Set(before === undefined ? now : read(before))
    const [old, added] = [now.filter((id) => known.has(id)), now.filter((id) => !known.has(id))]
    return [...old, ...added].map((id) => this.#shown(id))
  }
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1

function sizeOf({ annotations, permitted, role }: ItemDetails): number {
  const lists = [...(permitted?.values() ?? []), ...(role?.permissions.values() ?? [])]
  const listed = lists.reduce((sum, { length }) => sum + length, 0)
  return (
    1 + annotations.size + listed + (role?.members.length ?? 0) + (role?.memberships.length ?? 0)
  )
}
