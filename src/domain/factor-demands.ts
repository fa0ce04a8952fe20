import type { Row } from './change.ts'
import { demandIn, isOfDemand } from './factor-demand.ts'
import type { FactorDemand } from './factor-demand.ts'
import type { Id } from './id.ts'

/** What of each resource its annotations demand of whoever uses it. Almost none demands anything, and takes no room. */
export class FactorDemands {
  readonly #texts = new Map<Id, Map<string, string>>()
  readonly #demands = new Map<Id, FactorDemand>()

  /** What a resource demands; `undefined` when it is nothing. */
  of(resource: Id): FactorDemand | undefined {
    return this.#demands.get(resource)
  }

  /** Takes a row in, in place of the one with its key. */
  put(row: Row): void {
    if (row.table !== 'annotation' || !isOfDemand(row.name)) return
    const texts = this.#texts.get(row.resource) ?? new Map<string, string>()
    texts.set(row.name, row.value)
    this.#note(row.resource, texts)
  }

  /** Forgets a row; a resource takes its demand along. */
  remove(row: Row): void {
    if (row.table === 'resource') {
      this.#texts.delete(row.id)
      this.#demands.delete(row.id)
    }
    if (row.table !== 'annotation') return
    const texts = this.#texts.get(row.resource)
    if (texts?.delete(row.name) === true) this.#note(row.resource, texts)
  }

  #note(resource: Id, texts: Map<string, string>): void {
    if (texts.size === 0) this.#texts.delete(resource)
    else this.#texts.set(resource, texts)
    const demand = demandIn(texts)
    if (demand === undefined) this.#demands.delete(resource)
    else this.#demands.set(resource, demand)
  }
}
