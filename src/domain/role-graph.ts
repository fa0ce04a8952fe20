import type {
  Change,
  CredentialRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from './change.ts'
import type { Id } from './id.ts'
import type { World } from './world.ts'

/** Which of the resources that a role can see are asked for; all conditions hold together. */
export interface ResourceFilter {
  readonly account?: string
  readonly kind?: string
  /** Only resources that one of these roles owns. */
  readonly owners?: ReadonlySet<Id>
}

/** Placeholder: the graph's author replaces this file and keeps these signatures. */
export declare class RoleGraph implements World {
  constructor(rows: Iterable<Row>)
  apply(changes: Iterable<Change>): void
  allowed(role: Id, privilege: string, resource: Id): boolean
  visible(role: Id, resource: Id): boolean
  holds(role: Id, held: Id): boolean
  rolesHeldBy(role: Id): readonly Id[]
  permittedRoles(privilege: string, resource: Id): readonly Id[]
  visibleTo(role: Id, filter: ResourceFilter): readonly Id[]
  role(id: Id): RoleRow | undefined
  resource(id: Id): ResourceRow | undefined
  credential(role: Id): CredentialRow | undefined
  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined
  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined
  membersOf(role: Id): Iterable<MembershipRow>
  membershipsOf(member: Id): Iterable<MembershipRow>
  permissionsOn(resource: Id): Iterable<PermissionRow>
  permissionsOf(role: Id): Iterable<PermissionRow>
  ownedBy(role: Id): Iterable<Id>
  loadedThrough(policy: Id): Iterable<Row>
  restrictionOf(role: Id): readonly string[]
}
