import type { FactorStore, FactorUse, RoleFactors, StoredFactor } from '#app/factor-store.ts'
import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The second factors and recovery codes of one account, in memory. Values in the maps are replaced, never changed. */
export class MemoryFactors {
  #factors: ReadonlyMap<string, StoredFactor>
  #codes: ReadonlyMap<Id, ReadonlySet<string>>

  constructor(
    factors: ReadonlyMap<string, StoredFactor> = new Map(),
    codes: ReadonlyMap<Id, ReadonlySet<string>> = new Map(),
  ) {
    this.#factors = factors
    this.#codes = codes
  }

  copy(): MemoryFactors {
    return new MemoryFactors(this.#factors, this.#codes)
  }

  of(role: Id): RoleFactors {
    const factors = [...this.#factors.values()]
      .filter((factor) => factor.role === role)
      .toSorted(
        (one, other) =>
          one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : 1),
      )
    return { factors, recoveryCodesLeft: this.#codes.get(role)?.size ?? 0 }
  }

  add(factor: StoredFactor): void {
    const isThere = [...this.#factors.values()].some(
      (known) =>
        known.id === factor.id ||
        (known.kind === 'passkey' &&
          factor.kind === 'passkey' &&
          known.credentialId === factor.credentialId),
    )
    if (isThere) throw new Failure('conflict', 'this second factor is there already')
    this.#factors = new Map(this.#factors).set(factor.id, factor)
  }

  remove(role: Id, id: string): boolean {
    if (this.#factors.get(id)?.role !== role) return false
    this.#factors = new Map([...this.#factors].filter(([key]) => key !== id))
    if (this.of(role).factors.length === 0) this.forget(role)
    return true
  }

  /** The role is gone, or all that it proves itself with is to be. */
  forget(role: Id): void {
    this.#factors = new Map([...this.#factors].filter(([, factor]) => factor.role !== role))
    this.#codes = new Map([...this.#codes].filter(([owner]) => owner !== role))
  }

  replaceCodes(role: Id, digests: readonly Uint8Array[]): void {
    this.#codes = new Map(this.#codes).set(role, new Set(digests.map(hex)))
  }

  use({ role, id, at, passkey }: FactorUse): boolean {
    const factor = this.#factors.get(id)
    if (factor?.role !== role || !grows(factor, passkey)) return false
    const lastUsedAt = new Date(Math.max(at.getTime(), factor.lastUsedAt?.getTime() ?? 0))
    this.#factors = new Map(this.#factors).set(id, { ...factor, ...passkey, lastUsedAt })
    return true
  }

  useCode(role: Id, digest: Uint8Array): boolean {
    const codes = this.#codes.get(role) ?? new Set()
    if (!codes.has(hex(digest))) return false
    const others = codes.difference(new Set([hex(digest)]))
    this.#codes = new Map(this.#codes).set(role, others)
    return true
  }
}

function grows(factor: StoredFactor, passkey: FactorUse['passkey']): boolean {
  if (factor.kind === 'totp') return passkey === undefined
  if (passkey === undefined) return false
  return passkey.counter > factor.counter || (passkey.counter === 0 && factor.counter === 0)
}

/** The tables of all accounts, and how one waits for its turn on those of one. */
interface SharedTables {
  readonly tables: ReadonlyMap<string, { readonly factors: MemoryFactors }>
  locked<T>(account: string, work: () => Promise<T>): Promise<T>
}

/** A use is no part of a transaction; here it waits for those of its account, whose tables are replaced as a whole. */
export const memoryFactorStore = (shared: SharedTables): FactorStore => {
  const factorsIn = (role: Id): MemoryFactors =>
    shared.tables.get(accountOf(role))?.factors ?? new MemoryFactors()
  return {
    factorsOf: async (role) => factorsIn(role).of(role),
    useFactor: (use) =>
      shared.locked(accountOf(use.role), async () => factorsIn(use.role).use(use)),
    useRecoveryCode: (role, digest) =>
      shared.locked(accountOf(role), async () => factorsIn(role).useCode(role, digest)),
  }
}
