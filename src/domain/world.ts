import type {
  AnnotationRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from './change.ts'
import type { Id } from './id.ts'

/** What is loaded now, as a policy plan needs to see it. The role graph implements it; every look-up is constant time. */
export interface World {
  role(id: Id): RoleRow | undefined
  resource(id: Id): ResourceRow | undefined
  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined
  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined
  /** The rows that say who holds `role`. */
  membersOf(role: Id): Iterable<MembershipRow>
  /** The rows that say what `member` holds. */
  membershipsOf(member: Id): Iterable<MembershipRow>
  permissionsOn(resource: Id): Iterable<PermissionRow>
  permissionsOf(role: Id): Iterable<PermissionRow>
  /** The resources that `role` owns. */
  ownedBy(role: Id): Iterable<Id>
  /** Every role, resource, membership and permission row that was loaded through `policy`. */
  loadedThrough(policy: Id): Iterable<Row>
  /** The addresses from which `role` may act; empty when it is not restricted. */
  restrictionOf(role: Id): readonly string[]
}

/** The annotations that a plan touches: storage loads them beside the world, because the graph does not hold them. */
export interface Annotations {
  of(resource: Id): ReadonlyMap<string, AnnotationRow>
  loadedThrough(policy: Id): Iterable<AnnotationRow>
}
