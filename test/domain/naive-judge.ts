import type {
  AnnotationRow,
  Change,
  CredentialRow,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from '#domain/change.ts'
import type { FactorDemand } from '#domain/factor-demand.ts'
import type { Id } from '#domain/id.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Census, ResourceFilter, RoleGraph } from '#domain/role-graph.ts'

/** What an annotation of a demand says, word for word; whatever is not here cannot be read. */
interface Said {
  readonly demands?: readonly string[] | 'everything'
  readonly within?: number
  readonly exemptsHosts?: boolean
}

/** The readable ones among {@link DEMANDS}. */
const MEANINGS: Readonly<Record<string, Readonly<Record<string, Said>>>> = {
  'strongroom/require-mfa': {
    true: { demands: 'everything' },
    false: { demands: [] },
    read: { demands: ['read'] },
    'read, execute': { demands: ['read', 'execute'] },
  },
  'strongroom/require-mfa-within': { '90s': { within: 90 }, '5h': { within: 18_000 } },
  'strongroom/require-mfa-exempt': { host: { exemptsHosts: true } },
}

/** Annotations that random rows have: those that can be read, and a few that cannot. */
export const DEMANDS: readonly (readonly [name: string, value: string])[] = [
  ...Object.entries(MEANINGS).flatMap(([name, values]) =>
    Object.keys(values).map((value) => [name, value] as const),
  ),
  ['strongroom/require-mfa', 'read execute'],
  ['strongroom/require-mfa-within', '6h'],
  ['strongroom/require-mfa-later', 'true'],
]

/**
 * What `RoleGraph` must answer, written for reading: a list of rows and the sentences of reference/conjur-api.md 5.2, each
 * evaluated afresh from all rows. A role or a resource exists if it has a row; what does not exist has no rights.
 */
export class NaiveJudge implements Pick<RoleGraph, keyof RoleGraph> {
  rows: readonly Row[] = []
  #annotations: readonly AnnotationRow[] = []

  constructor(rows: Iterable<Row>) {
    this.apply(Array.from(rows, (row) => ({ op: 'add', row })))
  }

  apply(changes: Iterable<Change>): void {
    for (const { op, row } of changes) {
      const key = keyOf(row)
      this.rows = this.rows.filter((old) => old.table !== row.table || keyOf(old) !== key)
      if (op !== 'remove' && row.table !== 'annotation' && row.table !== 'enablement')
        this.rows = [...this.rows, row]
      this.#annotate({ op, row })
      if (op === 'remove' && row.table === 'role') this.rows = withoutPossessions(this.rows, row.id)
    }
  }

  /** Everything from which a graph like this one can be built. */
  get snapshot(): readonly Row[] {
    return [...this.rows, ...this.#annotations]
  }

  permits(role: Id, privilege: string, resource: Id): boolean {
    const closure = this.#closure(role)
    const target = this.resource(resource)
    if (target === undefined) return false
    return (
      closure.includes(target.owner) ||
      this.permissionsOn(resource).some(
        (permission) => permission.privilege === privilege && closure.includes(permission.role),
      )
    )
  }

  demandOn(resource: Id): FactorDemand | undefined {
    const texts = this.#annotations
      .filter((row) => row.resource === resource && row.name.startsWith('strongroom/require-mfa'))
      .map(({ name, value }): [string, string] => [name, value])
    if (texts.some(([name, value]) => MEANINGS[name]?.[value] === undefined)) {
      return { within: 300, exemptsHosts: false }
    }
    const said: Said = Object.fromEntries(
      texts.flatMap(([name, value]) => Object.entries(MEANINGS[name]?.[value] ?? {})),
    )
    const { demands = [], within = 300, exemptsHosts = false } = said
    if (demands === 'everything') return { within, exemptsHosts }
    return demands.length === 0 ? undefined : { privileges: new Set(demands), within, exemptsHosts }
  }

  visible(role: Id, resource: Id): boolean {
    const closure = this.#closure(role)
    const target = this.resource(resource)
    if (target === undefined) return false
    return (
      closure.includes(target.owner) ||
      this.permissionsOn(resource).some((permission) => closure.includes(permission.role))
    )
  }

  holds(role: Id, held: Id): boolean {
    return this.#closure(role).includes(held)
  }

  rolesHeldBy(role: Id): readonly Id[] {
    return this.#closure(role).toSorted()
  }

  rolesHolding(role: Id): readonly Id[] {
    return this.#table('role')
      .map(({ id }) => id)
      .filter((holder) => this.holds(holder, role))
      .toSorted()
  }

  permittedRoles(privilege: string, resource: Id): readonly Id[] {
    return this.#table('role')
      .map(({ id }) => id)
      .filter((role) => this.permits(role, privilege, resource))
      .toSorted()
  }

  visibleTo(role: Id, filter: ResourceFilter): readonly Id[] {
    return this.#table('resource')
      .filter(({ id }) => this.visible(role, id))
      .filter(({ id }) => filter.account === undefined || accountOf(id) === filter.account)
      .filter(({ id }) => filter.kind === undefined || kindOf(id) === filter.kind)
      .filter(({ owner }) => filter.owners === undefined || filter.owners.has(owner))
      .map(({ id }) => id)
      .toSorted()
  }

  role(id: Id): RoleRow | undefined {
    return this.#table('role').find((row) => row.id === id)
  }

  resource(id: Id): ResourceRow | undefined {
    return this.#table('resource').find((row) => row.id === id)
  }

  resources(): readonly ResourceRow[] {
    return this.#table('resource')
  }

  credential(role: Id): CredentialRow | undefined {
    if (this.role(role) === undefined) return undefined
    return this.#table('credential').find((row) => row.role === role)
  }

  membership(role: Id, member: Id, ownership: boolean): MembershipRow | undefined {
    return this.membersOf(role).find((row) => row.member === member && row.ownership === ownership)
  }

  permission(resource: Id, role: Id, privilege: string): PermissionRow | undefined {
    return this.permissionsOn(resource).find(
      (row) => row.role === role && row.privilege === privilege,
    )
  }

  membersOf(role: Id): readonly MembershipRow[] {
    return this.#table('membership').filter((row) => row.role === role)
  }

  membershipsOf(member: Id): readonly MembershipRow[] {
    return this.#table('membership').filter((row) => row.member === member)
  }

  permissionsOn(resource: Id): readonly PermissionRow[] {
    return this.#table('permission').filter((row) => row.resource === resource)
  }

  permissionsOf(role: Id): readonly PermissionRow[] {
    return this.#table('permission').filter((row) => row.role === role)
  }

  ownedBy(role: Id): readonly Id[] {
    return this.#table('resource')
      .filter(({ owner }) => owner === role)
      .map(({ id }) => id)
  }

  loadedThrough(policy: Id): readonly Row[] {
    return this.rows.filter((row) => 'policy' in row && row.policy === policy)
  }

  rolesWithoutResource(account: string): readonly RoleRow[] {
    return this.rows
      .flatMap((row) => (row.table === 'role' ? [row] : []))
      .filter(({ id }) => accountOf(id) === account && this.resource(id) === undefined)
      .toSorted((first, second) => (first.id < second.id ? -1 : 1))
  }

  resourcesUnder(account: string, prefix: string): readonly Id[] {
    return this.#table('resource')
      .map(({ id }) => id)
      .filter((id) => accountOf(id) === account && identifierOf(id).startsWith(prefix))
  }

  rowsAbout(account: string): readonly Row[] {
    return this.rows.filter(
      (row) =>
        row.table !== 'restriction' &&
        row.table !== 'credential' &&
        Object.entries(row).some(
          ([name, value]) => name !== 'policy' && String(value).startsWith(`${account}:`),
        ),
    )
  }

  census(): Census {
    const countsOf = (ids: readonly Id[]): ReadonlyMap<string, number> =>
      new Map([...Map.groupBy(ids, (id) => kindOf(id))].map(([kind, { length }]) => [kind, length]))
    return {
      roles: countsOf(this.#table('role').map(({ id }) => id)),
      resources: countsOf(this.#table('resource').map(({ id }) => id)),
    }
  }

  restrictionOf(role: Id): readonly string[] {
    return this.#table('restriction').find((row) => row.role === role)?.cidrs ?? []
  }

  #annotate({ op, row }: Change): void {
    if (row.table === 'resource' && op === 'remove') {
      this.#annotations = this.#annotations.filter(({ resource }) => resource !== row.id)
    }
    if (row.table !== 'annotation') return
    const others = this.#annotations.filter(
      ({ resource, name }) => resource !== row.resource || name !== row.name,
    )
    this.#annotations = op === 'remove' ? others : [...others, row]
  }

  /** `role` and every role that one of the roles found so far is a member of, as long as there are more. */
  #closure(role: Id): readonly Id[] {
    const found = this.role(role) === undefined ? [] : [role]
    for (const member of found) {
      for (const { role: held } of this.membershipsOf(member)) {
        if (this.role(held) !== undefined && !found.includes(held)) found.push(held)
      }
    }
    return found
  }

  #table<Table extends Row['table']>(table: Table): readonly (Row & { table: Table })[] {
    return this.rows.filter((row): row is Row & { table: Table } => row.table === table)
  }
}

const withoutPossessions = (rows: readonly Row[], role: Id): readonly Row[] =>
  rows.filter(
    (row) => !((row.table === 'credential' || row.table === 'restriction') && row.role === role),
  )

function keyOf(row: Row): string {
  switch (row.table) {
    case 'role':
    case 'resource':
      return JSON.stringify([row.table, row.id])
    case 'membership':
      return JSON.stringify([row.table, row.role, row.member, row.ownership])
    case 'permission':
      return JSON.stringify([row.table, row.resource, row.role, row.privilege])
    case 'annotation':
      return JSON.stringify([row.table, row.resource, row.name])
    case 'enablement':
      return JSON.stringify([row.table, row.resource])
    case 'restriction':
    case 'credential':
      return JSON.stringify([row.table, row.role])
  }
}
