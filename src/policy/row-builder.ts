import { demandFault, REQUIRE_MFA, unusualPrivileges } from '#domain/factor-demand.ts'
import { identifierOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Deletion, DesiredRow, PolicyRow, PublicKey, RequiredReference } from './desired.ts'
import { shown } from './problems.ts'
import type { Problems } from './problems.ts'
import type {
  Reference,
  ResolvedGrant,
  ResolvedPermit,
  ResolvedRecord,
  ResolvedStatement,
} from './resolved.ts'
import { TABLES } from './row-key.ts'
import type { Span } from './source.ts'
import type { Text } from './statement.ts'
import { ATTRIBUTE_NAMES } from './vocabulary.ts'

/** So many rows may one policy ask for: lists in grants and permits multiply. */
const MAX_ROWS = 1_000_000

/** Turns resolved statements into the rows that they ask for, and into deletions. */
export class RowBuilder {
  readonly deletions: Deletion[] = []
  readonly publicKeys: PublicKey[] = []
  readonly references: RequiredReference[] = []
  readonly warnings: Set<string> = new Set()
  /** The resources that the policy annotates. */
  readonly annotated: Set<Id> = new Set()
  readonly #policy: Id
  readonly #problems: Problems
  readonly #tables: Readonly<Record<PolicyRow['table'], DesiredRow[]>> = {
    role: [],
    resource: [],
    membership: [],
    permission: [],
    annotation: [],
    restriction: [],
  }
  #count = 0

  /** Rows are loaded through `policy`. */
  constructor(policy: Id, problems: Problems) {
    this.#policy = policy
    this.#problems = problems
  }

  /** The rows in the order of {@link Desired.rows}. */
  get rows(): readonly DesiredRow[] {
    return TABLES.flatMap((table) => this.#tables[table])
  }

  /** Takes one statement in. Throws a `PolicyFault` when the policy asks for more than 1,000,000 rows. */
  add(statement: ResolvedStatement): void {
    switch (statement.kind) {
      case 'record':
        this.#record(statement.record)
        break
      case 'grant':
      case 'revoke':
        this.#grant(statement)
        break
      case 'permit':
      case 'deny':
        this.#permit(statement)
        break
      case 'delete':
        this.deletions.push(statement)
    }
  }

  #record(record: ResolvedRecord): void {
    const { id, type, owner, at, namedOwner } = record
    const policy = this.#policy
    if (type.isRole) this.#row({ table: 'role', id, policy }, at)
    // What is wrong with a resource that is there already is its owner.
    if (type.isResource) this.#row({ table: 'resource', id, owner, policy }, namedOwner?.at ?? at)
    if (namedOwner !== undefined) this.#refer('role', namedOwner)
    this.#annotations(record)
    for (const layer of record.layers) {
      this.#refer('role', layer)
      // A host that the factory makes joins the layers which the factory itself holds.
      this.#membership(layer.id, id, false, at)
    }
    if (type.type === 'user' || type.type === 'host') {
      this.#row({ table: 'restriction', role: id, cidrs: record.restrictedTo }, at)
    }
    this.#publicKeys(record)
  }

  #annotations({ id, annotations }: ResolvedRecord): void {
    if (annotations.length > 0) this.annotated.add(id)
    for (const { name, value } of annotations) {
      const row = {
        table: 'annotation',
        resource: id,
        name: name.value,
        value: value.value,
      } as const
      this.#row({ ...row, policy: this.#policy }, name.at)
      this.#checkDemand(name, value)
      if (ATTRIBUTE_NAMES.has(name.value)) {
        this.warnings.add(
          `Annotation '${name.value}' matches a known policy attribute. This annotation will not be treated as a standard attribute and may not have the intended effect.`,
        )
      }
    }
  }

  /** A demand of a second factor that cannot be read would demand one for everything. */
  #checkDemand(name: Text, value: Text): void {
    const fault = demandFault(name.value, value.value)
    if (fault !== undefined) {
      const { at } = fault.part === 'name' ? name : value
      this.#problems.add(at, fault.message, fault.advice)
    } else if (name.value === REQUIRE_MFA) {
      for (const privilege of unusualPrivileges(value.value)) {
        this.warnings.add(
          `Annotation '${name.value}' names '${shown(privilege)}', which the server itself never asks for: it decides nothing but the answers of permission checks.`,
        )
      }
    }
  }

  #publicKeys({ id, owner, publicKeys }: ResolvedRecord): void {
    const names = new Set<string>()
    for (const key of publicKeys) {
      const value = key.value.trim()
      const name = value.split(/\s+/).at(-1) ?? ''
      const resource = this.#publicKeyId(id, name, key)
      if (names.has(name)) {
        const message = `public key '${shown(name)}' is declared more than once`
        this.#problems.add(key.at, message, 'End each key with a name of its own')
      } else if (resource !== undefined) {
        this.#row({ table: 'resource', id: resource, owner, policy: this.#policy }, key.at)
        this.publicKeys.push({ resource, value })
      }
      names.add(name)
    }
  }

  #publicKeyId(user: Id, name: string, { value, at }: Text): Id | undefined {
    const [account = ''] = user.split(':', 1)
    try {
      if (name !== '') return makeId(account, 'public_key', `user/${identifierOf(user)}/${name}`)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
    this.#problems.add(
      at,
      `Invalid public key '${shown(value)}'`,
      'A public key is one line that ends with the name of the key',
    )
    return undefined
  }

  #grant({ kind, at, roles, members }: ResolvedGrant): void {
    this.#reserve(roles.length * members.length, at)
    if (kind === 'grant') {
      for (const role of roles) this.#refer('role', role)
      for (const { role } of members) this.#refer('role', role)
    }
    for (const { id: role } of roles) {
      for (const { role: member, admin } of members) {
        if (kind === 'grant') this.#membership(role, member.id, admin, at)
        else this.deletions.push({ kind: 'revoke', at, role, member: member.id })
      }
    }
  }

  #permit({ kind, at, roles, privileges, resources }: ResolvedPermit): void {
    this.#reserve(roles.length * privileges.length * resources.length, at)
    if (kind === 'permit') {
      for (const role of roles) this.#refer('role', role)
      for (const resource of resources) this.#refer('resource', resource)
    }
    for (const { id: resource } of resources) {
      for (const { id: role } of roles) {
        for (const { value } of privileges) this.#privilege(kind, resource, role, { value, at })
      }
    }
  }

  #membership(role: Id, member: Id, admin: boolean, at: Span): void {
    const row = { table: 'membership', role, member, ownership: false, admin } as const
    this.#row({ ...row, policy: this.#policy }, at)
  }

  #privilege(
    kind: 'permit' | 'deny',
    resource: Id,
    role: Id,
    { value: privilege, at }: Text,
  ): void {
    if (kind === 'deny') this.deletions.push({ kind, at, resource, role, privilege })
    else this.#row({ table: 'permission', resource, role, privilege, policy: this.#policy }, at)
  }

  #row(row: PolicyRow, at: Span): void {
    this.#tables[row.table].push({ row, at })
    if (++this.#count > MAX_ROWS) this.#tooMany(at)
  }

  /** Checks that so many more rows fit before any of them is made. */
  #reserve(rows: number, at: Span): void {
    if (this.#count + rows + this.deletions.length > MAX_ROWS) this.#tooMany(at)
  }

  #tooMany(at: Span): never {
    const message = `a policy can ask for ${MAX_ROWS} changes at most`
    this.#problems.fatal(at, message, 'Grant to and permit groups, or load the policy in parts')
  }

  #refer(table: 'role' | 'resource', { id, at }: Reference): void {
    this.references.push({ table, id, at })
  }
}
