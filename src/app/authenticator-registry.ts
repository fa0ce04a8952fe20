import type { Change } from '#domain/change.ts'
import { identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { instanceIn } from './instance-place.ts'

/** Which authenticators there are and where they are enabled, in all accounts. */
export interface KnownAuthenticators {
  /** Whether the authenticator of a webservice is enabled in its account; what the server's settings enable is not known here. */
  isEnabled(webservice: Id): boolean
  /** The instances that have a webservice in some account (`authn-jwt/kube`), sorted. */
  configured(): readonly string[]
  /** The instances that are enabled in some account, sorted. */
  enabled(): readonly string[]
}

/**
 * What a node knows of authenticators besides the graph. It is brought up to date with the graph, change by change, so that a
 * disabled authenticator is refused by every node in every request that arrives later.
 */
export class AuthenticatorRegistry implements KnownAuthenticators {
  readonly #webservices = new Set<Id>()
  readonly #enabled = new Set<Id>()
  /** Made when they are asked for and dropped with the next change, because everybody may ask. */
  #lists:
    | { readonly configured: readonly string[]; readonly enabled: readonly string[] }
    | undefined

  /** Takes a change in; an enablement goes with its webservice. */
  note({ op, row }: Change): void {
    if (row.table === 'enablement') {
      set(this.#enabled, row.resource, op !== 'remove' && row.enabled)
    } else if (row.table === 'resource' && isAuthenticator(row.id)) {
      set(this.#webservices, row.id, op !== 'remove')
      if (op === 'remove') this.#enabled.delete(row.id)
    } else return
    this.#lists = undefined
  }

  /** Forgets everything. */
  clear(): void {
    this.#webservices.clear()
    this.#enabled.clear()
    this.#lists = undefined
  }

  isEnabled(webservice: Id): boolean {
    return this.#enabled.has(webservice)
  }

  configured(): readonly string[] {
    return this.#listed().configured
  }

  enabled(): readonly string[] {
    return this.#listed().enabled
  }

  #listed(): { readonly configured: readonly string[]; readonly enabled: readonly string[] } {
    this.#lists ??= {
      configured: instancesOf(this.#webservices),
      enabled: instancesOf(this.#enabled),
    }
    return this.#lists
  }
}

const isAuthenticator = (id: Id): boolean =>
  kindOf(id) === 'webservice' && instanceIn(identifierOf(id)) !== undefined

function set(ids: Set<Id>, id: Id, isMember: boolean): void {
  if (isMember) ids.add(id)
  else ids.delete(id)
}

/** Accounts may have instances of one name. */
const instancesOf = (webservices: ReadonlySet<Id>): readonly string[] =>
  [...new Set(Array.from(webservices, (id) => identifierOf(id).slice('conjur/'.length)))].toSorted()
