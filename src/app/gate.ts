import type { Change, Row } from '#domain/change.ts'
import { accountOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { batcher } from '#lib/batcher.ts'
import { AuthenticatorRegistry } from './authenticator-registry.ts'
import type { KnownAuthenticators } from './authenticator-registry.ts'
import { MIME_TYPE } from './store.ts'
import type { SealedVersion, Store, Want } from './store.ts'
import { mustBeCurrent } from './session.ts'
import type { Session } from './session.ts'

/** What a request decides by: a graph no older than the request, and the values that it asked for. */
export interface Passage {
  readonly graph: RoleGraph
  /** In the order of the wants. */
  readonly values: readonly (SealedVersion | undefined)[]
  /** The value of a resource's `conjur/mime_type` annotation. */
  readonly mimeTypeOf: (resource: Id) => string | undefined
  readonly authenticators: KnownAuthenticators
}

/**
 * The way every request takes to a decision (docs/adr/0004): concurrent requests share one round trip, which brings the current
 * epoch and the sealed values they ask for; when the epoch moved, the node first applies what changed.
 *
 * INVARIANT: the round trip of a passage begins after the request arrived, so whatever was acknowledged before
 * the request is obeyed in it.
 */
export interface Gate {
  /** A passage for a request that carries no token. Throws `unavailable` when the database cannot be reached. */
  pass(wants?: readonly Want[]): Promise<Passage>
  /** A passage for the holder of a token; throws like {@link mustBeCurrent} when the token is no longer good. */
  enter(session: Session, wants?: readonly Want[]): Promise<Passage>
}

/** Told when an account was deleted, before anything is decided on what came after. */
export type AccountGone = (account: string) => void

/** One node's copy of who may do what, brought up to date on demand. */
class Replica {
  #graph = new RoleGraph([])
  readonly #mimeTypes = new Map<Id, string>()
  readonly authenticators: AuthenticatorRegistry = new AuthenticatorRegistry()
  #epoch = -1
  #advancing: Promise<void> | undefined
  readonly #store: Store
  readonly #onAccountGone: AccountGone

  constructor(store: Store, onAccountGone: AccountGone) {
    this.#store = store
    this.#onAccountGone = onAccountGone
  }

  get graph(): RoleGraph {
    return this.#graph
  }

  mimeTypeOf(resource: Id): string | undefined {
    return this.#mimeTypes.get(resource)
  }

  /** Applies everything up to `epoch`; starts anew from a snapshot when the log does not reach back that far. */
  async reach(epoch: number): Promise<void> {
    while (this.#epoch < epoch) {
      // Two batches may find the epoch moved: the second waits for what the first applies, and then looks again.
      this.#advancing ??= this.#advance().finally(() => (this.#advancing = undefined))
      // oxlint-disable-next-line no-await-in-loop
      await this.#advancing
    }
  }

  async #advance(): Promise<void> {
    const catchup = this.#epoch < 0 ? undefined : await this.#store.since(this.#epoch)
    if (catchup === undefined) return this.#reload()
    // Should applying fail half-way, the copy is worth nothing: the next request reloads it.
    this.#epoch = -1
    this.#graph.apply(catchup.changes)
    for (const change of catchup.changes) {
      this.#noteMimeType(change)
      this.authenticators.note(change)
      this.#noteAccount(change)
    }
    this.#epoch = catchup.epoch
  }

  async #reload(): Promise<void> {
    const { epoch, rows } = await this.#store.snapshot()
    // The log that would tell is gone: an account of the same name may be another one.
    for (const row of this.#graph.resources()) this.#noteAccount({ op: 'remove', row })
    this.#mimeTypes.clear()
    this.authenticators.clear()
    this.#graph = new RoleGraph(this.#noted(rows))
    this.#epoch = epoch
  }

  /**
   * Notes rows on their way into the graph.
   *
   * @yields the same rows
   */
  *#noted(rows: Iterable<Row>): Generator<Row> {
    for (const row of rows) {
      this.#noteMimeType({ op: 'add', row })
      this.authenticators.note({ op: 'add', row })
      yield row
    }
  }

  /** An account is deleted with its root policy, which nothing else removes. */
  #noteAccount({ op, row }: Change): void {
    if (op !== 'remove' || row.table !== 'resource') return
    const account = accountOf(row.id)
    if (row.id === rootPolicyOf(account)) this.#onAccountGone(account)
  }

  #noteMimeType({ op, row }: Change): void {
    if (row.table === 'resource' && op === 'remove') this.#mimeTypes.delete(row.id)
    if (row.table !== 'annotation' || row.name !== MIME_TYPE) return
    if (op === 'remove') this.#mimeTypes.delete(row.resource)
    else this.#mimeTypes.set(row.resource, row.value)
  }
}

/**
 * Opens the gate of a node: loads the graph, so that the first request finds it warm. `onAccountGone` is told of each account that is
 * deleted, maybe of one that is not.
 */
export async function openGate(
  store: Store,
  onAccountGone: AccountGone = () => undefined,
): Promise<Gate> {
  const replica = new Replica(store, onAccountGone)

  const readTogether = async (
    asked: readonly (readonly Want[])[],
  ): Promise<readonly (readonly (SealedVersion | undefined)[])[]> => {
    const { epoch, values } = await store.read(asked.flat())
    await replica.reach(epoch)
    let start = 0
    return asked.map(({ length }) => values.slice(start, (start += length)))
  }
  const read = batcher(readTogether, { perRun: 500, waiting: 20_000, second: 16 })

  const pass = async (wants: readonly Want[] = []): Promise<Passage> => {
    const values = await read(wants)
    const { graph, authenticators } = replica
    return { graph, values, mimeTypeOf: (id) => replica.mimeTypeOf(id), authenticators }
  }

  await pass()
  return {
    pass,
    enter: async (session, wants) => {
      const passage = await pass(wants)
      mustBeCurrent(passage.graph, session)
      return passage
    },
  }
}
