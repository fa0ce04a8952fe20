import type { StoredIssuer } from '#app/issuer-store.ts'
import type { Id } from '#domain/id.ts'

/** The issuers of one account, in memory. They are replaced, never changed. */
export class MemoryIssuers {
  #issuers: ReadonlyMap<Id, StoredIssuer>

  constructor(issuers: ReadonlyMap<Id, StoredIssuer> = new Map()) {
    this.#issuers = issuers
  }

  copy(): MemoryIssuers {
    return new MemoryIssuers(this.#issuers)
  }

  put(issuer: StoredIssuer): void {
    const { createdAt } = this.#issuers.get(issuer.policy) ?? issuer
    const sealedData = Uint8Array.from(issuer.sealedData)
    this.#issuers = new Map(this.#issuers).set(issuer.policy, { ...issuer, sealedData, createdAt })
  }

  /** The policy is gone, and its issuer with it. */
  forget(gone: Id): void {
    this.#issuers = new Map([...this.#issuers].filter(([policy]) => policy !== gone))
  }

  find(policy: Id): StoredIssuer | undefined {
    return this.#issuers.get(policy)
  }

  get all(): readonly StoredIssuer[] {
    return [...this.#issuers.values()].toSorted((one, other) =>
      one.policy < other.policy ? -1 : 1,
    )
  }
}
