import type { StoredFactor } from '#app/factor-store.ts'
import type { StoredIssuer } from '#app/issuer-store.ts'
import type {
  ApiKeyRecord,
  PolicyVersion,
  ResourceDetails,
  SealedVersion,
  StoredCredential,
} from '#app/store.ts'
import type { AnnotationRow, Change, Row } from '#domain/change.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations } from '#domain/world.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { keyOf as policyKeyOf, TABLES } from '#policy/row-key.ts'
import { MemoryFactors } from './memory-factors.ts'
import { MemoryHostFactoryTokens } from './memory-host-factory.ts'
import { MemoryIssuers } from './memory-issuers.ts'

/** What proves that somebody is a role, besides the row that says that it can log in. */
interface Proofs {
  readonly keys: readonly ApiKeyRecord[]
  readonly passwordHash?: string
  readonly rotatedAt?: Date
}

const ORDER: readonly Row['table'][] = [...TABLES, 'credential', 'enablement']

function keyOf(row: Row): string {
  if (row.table === 'credential') return `credential ${row.role}`
  if (row.table === 'enablement') return `enablement ${row.resource}`
  return policyKeyOf(row)
}

/** The role or resource whose account a row is of. */
export function subjectOf(row: Row): Id {
  switch (row.table) {
    case 'role':
    case 'resource':
      return row.id
    case 'permission':
    case 'annotation':
    case 'enablement':
      return row.resource
    case 'membership':
    case 'restriction':
    case 'credential':
      return row.role
  }
}

/**
 * All that one account has, as the tables of a database hold it: what hangs on a row goes with it, and a row that hangs on another
 * cannot be there without it. Values in the maps are replaced, never changed, so that a copy of the maps is a copy of everything.
 */
export class MemoryTables {
  readonly account: string
  #rows = new Map<string, Row>()
  #annotations = new Map<Id, ReadonlyMap<string, AnnotationRow>>()
  #createdAt = new Map<Id, Date>()
  #rolesCreatedAt = new Map<Id, Date>()
  #proofs = new Map<Id, Proofs>()
  #versions = new Map<Id, readonly SealedVersion[]>()
  /** The newest number of a value that was cleared. */
  #cleared = new Map<Id, number>()
  #loads = new Map<Id, readonly PolicyVersion[]>()
  #tokens = new MemoryHostFactoryTokens()
  #issuers = new MemoryIssuers()
  #factors = new MemoryFactors()

  constructor(account: string) {
    this.account = account
  }

  copy(): MemoryTables {
    const copy = new MemoryTables(this.account)
    copy.#rows = new Map(this.#rows)
    copy.#annotations = new Map(this.#annotations)
    copy.#createdAt = new Map(this.#createdAt)
    copy.#rolesCreatedAt = new Map(this.#rolesCreatedAt)
    copy.#proofs = new Map(this.#proofs)
    copy.#versions = new Map(this.#versions)
    copy.#cleared = new Map(this.#cleared)
    copy.#loads = new Map(this.#loads)
    copy.#tokens = this.#tokens.copy()
    copy.#issuers = this.#issuers.copy()
    copy.#factors = this.#factors.copy()
    return copy
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values(), ...this.annotations]
  }

  get resources(): readonly Id[] {
    return [...this.#createdAt.keys()]
  }

  get tokens(): MemoryHostFactoryTokens {
    return this.#tokens
  }

  get issuers(): readonly StoredIssuer[] {
    return this.#issuers.all
  }

  issuer(policy: Id): StoredIssuer | undefined {
    return this.#issuers.find(policy)
  }

  putIssuer(issuer: StoredIssuer): void {
    this.#mustHaveResource(issuer.policy)
    this.#issuers.put(issuer)
  }

  get factors(): MemoryFactors {
    return this.#factors
  }

  addFactor(factor: StoredFactor): void {
    this.#mustFindRole(factor.role)
    this.#factors.add(factor)
  }

  replaceRecoveryCodes(role: Id, digests: readonly Uint8Array[]): void {
    this.#mustFindRole(role)
    this.#factors.replaceCodes(role, digests)
  }

  roleCreatedAt(role: Id): Date | undefined {
    return this.#rolesCreatedAt.get(role)
  }

  /** Removes what is removed anywhere in the list, then puts what the list ends with, table by table. */
  apply(changes: readonly Change[]): void {
    const last = new Map<string, Row>()
    for (const { op, row } of changes) {
      mustBeStorable(this.account, row)
      if (op === 'remove') this.#remove(row)
      if (op === 'remove') last.delete(keyOf(row))
      else last.set(keyOf(row), row)
    }
    for (const table of ORDER) {
      for (const row of last.values()) if (row.table === table) this.#put(row)
    }
  }

  #put(row: Row): void {
    if (row.table === 'annotation') {
      this.#annotate(row)
      return
    }
    if (row.table === 'restriction' || row.table === 'credential') this.#mustHaveRole(row.role)
    if (row.table === 'resource' && !this.#createdAt.has(row.id)) {
      this.#createdAt.set(row.id, new Date())
    }
    if (row.table === 'role' && !this.#rolesCreatedAt.has(row.id)) {
      this.#rolesCreatedAt.set(row.id, new Date())
    }
    this.#rows.set(keyOf(row), row)
  }

  #annotate(row: AnnotationRow): void {
    const { resource, name } = row
    if (!this.#createdAt.has(resource)) throw new Error(`there is no resource ${resource}`)
    this.#annotations.set(resource, new Map(this.#annotations.get(resource)).set(name, row))
  }

  #remove(row: Row): void {
    if (row.table === 'annotation') {
      const others = this.annotationsOf(row.resource).filter(({ name }) => name !== row.name)
      this.#annotations.set(row.resource, new Map(others.map((other) => [other.name, other])))
      return
    }
    if (row.table === 'resource') this.#removeHangingOn(row.id)
    if (row.table === 'role') {
      this.#rows.delete(keyOf({ table: 'restriction', role: row.id, cidrs: [] }))
      this.#rows.delete(keyOf({ table: 'credential', role: row.id, generation: '' }))
      this.#proofs.delete(row.id)
      this.#factors.forget(row.id)
      this.#rolesCreatedAt.delete(row.id)
    }
    if (row.table === 'credential') this.#proofs.delete(row.role)
    this.#rows.delete(keyOf(row))
  }

  #removeHangingOn(resource: Id): void {
    this.#rows.delete(keyOf({ table: 'enablement', resource, enabled: true }))
    this.#tokens.forget(resource)
    this.#issuers.forget(resource)
    this.#annotations.delete(resource)
    this.#createdAt.delete(resource)
    this.#versions.delete(resource)
    this.#cleared.delete(resource)
    this.#loads.delete(resource)
  }

  #mustHaveResource(id: Id): void {
    if (!this.#createdAt.has(id)) throw new Failure('not_found', `${quoted(id)} is not found`)
  }

  #mustFindRole(id: Id): void {
    if (!this.#rolesCreatedAt.has(id)) throw new Failure('not_found', `${quoted(id)} is not found`)
  }

  #mustHaveRole(id: Id): void {
    if (!this.#rows.has(keyOf({ table: 'role', id }))) throw new Error(`there is no role ${id}`)
  }

  annotationsOf(resource: Id): readonly AnnotationRow[] {
    return [...(this.#annotations.get(resource)?.values() ?? [])]
  }

  get annotations(): readonly AnnotationRow[] {
    return Array.from(this.#annotations.values(), (byName) => [...byName.values()]).flat()
  }

  annotationsFor(policy: Id, resources: readonly Id[]): Annotations {
    const asked = new Set(resources)
    const found = this.annotations.filter((row) => row.policy === policy || asked.has(row.resource))
    return {
      of: (id) =>
        new Map(found.filter((row) => row.resource === id).map((row) => [row.name, row] as const)),
      loadedThrough: (id) => found.filter((row) => row.policy === id),
    }
  }

  /** The text in which a search looks. */
  wordsOf(resource: Id): string {
    const annotations = this.annotationsOf(resource).map(({ value }) => value)
    return [identifierOf(resource), kindOf(resource), ...annotations].join(' ')
  }

  version(resource: Id, number?: number): SealedVersion | undefined {
    const versions = this.#versions.get(resource) ?? []
    const found =
      number === undefined ? versions.at(-1) : versions.find(({ version }) => version === number)
    return found && { version: found.version, sealed: Uint8Array.from(found.sealed) }
  }

  /** Adds what `seal` makes of the next number; nothing when that is nothing. Returns the newest number. */
  addVersion(
    resource: Id,
    seal: (version: number) => Uint8Array | undefined,
    keep: number = Infinity,
  ): number {
    this.#mustHaveResource(resource)
    const versions = this.#versions.get(resource) ?? []
    const version = (versions.at(-1)?.version ?? this.#cleared.get(resource) ?? 0) + 1
    const sealed = seal(version)
    if (sealed === undefined) return version - 1
    const all = [...versions, { version, sealed: Uint8Array.from(sealed) }]
    this.#versions.set(resource, all.slice(-keep))
    return version
  }

  clearSecret(resource: Id): void {
    this.#mustHaveResource(resource)
    const newest = this.#versions.get(resource)?.at(-1)?.version
    if (newest !== undefined) this.#cleared.set(resource, newest)
    this.#versions.delete(resource)
  }

  credential(role: Id): StoredCredential | undefined {
    const proofs = this.#proofs.get(role)
    const canLogIn = this.#rows.has(keyOf({ table: 'credential', role, generation: '' }))
    return canLogIn || proofs !== undefined ? { keys: [], ...proofs } : undefined
  }

  replaceKey(role: Id, digest: Uint8Array): void {
    this.#mustHaveRole(role)
    const main = { digest: Uint8Array.from(digest), kind: 'main' } as const
    this.#proofs.set(role, { ...this.#proofs.get(role), keys: [main], rotatedAt: new Date() })
  }

  addLoginKey(role: Id, key: { digest: Uint8Array; expiresAt: Date }, keep: number): void {
    this.#mustHaveRole(role)
    const proofs = this.#proofs.get(role) ?? { keys: [] }
    const others = proofs.keys.filter(({ kind }) => kind === 'main')
    const logins = [...proofs.keys, { ...key, kind: 'login' } as const].filter(
      ({ kind }) => kind === 'login',
    )
    this.#proofs.set(role, { ...proofs, keys: [...others, ...logins.slice(-keep)] })
  }

  setPassword(role: Id, passwordHash: string): void {
    this.#mustHaveRole(role)
    const keys = (this.#proofs.get(role)?.keys ?? []).filter(({ kind }) => kind === 'main')
    this.#proofs.set(role, { ...this.#proofs.get(role), keys, passwordHash })
  }

  addPolicyVersion(load: Omit<PolicyVersion, 'version' | 'finishedAt'>, keep: number): number {
    this.#mustHaveResource(load.policy)
    const loads = this.#loads.get(load.policy) ?? []
    const version = (loads.at(-1)?.version ?? 0) + 1
    const all = [...loads, { ...load, version, finishedAt: new Date() }]
    this.#loads.set(load.policy, all.slice(-keep))
    return version
  }

  details(resource: Id): ResourceDetails | undefined {
    const createdAt = this.#createdAt.get(resource)
    if (createdAt === undefined) return undefined
    return {
      createdAt,
      annotations: this.annotationsOf(resource)
        .map(({ name, value, policy }) =>
          policy === undefined ? { name, value } : { name, value, policy },
        )
        .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      secrets: (this.#versions.get(resource) ?? []).map(({ version }) => ({ version })),
      policyVersions: this.#loads.get(resource) ?? [],
    }
  }
}

function mustBeStorable(account: string, row: Row): void {
  const subject = subjectOf(row)
  if (accountOf(subject) !== account) throw new Error(`a change of ${account} touches ${subject}`)
  if (Object.values(row).some((text) => String(text).includes('\0'))) {
    throw new Failure('argument_error', 'a text holds a character that cannot be stored')
  }
}
