import type { ResourceBody, WhoAmIBody } from '#api/wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { Client } from './client.ts'
import type { ResourceFilter } from './resources.ts'
import { pauseFor } from './retry.ts'
import type { SecretChange, WatchOptions } from './watch.ts'
import { watchSecrets } from './watch.ts'

/**
 * A Strongroom or Conjur server as a program sees it. Ids of variables are given as `db/password`, other ids as `kind:id`, for example
 * `group:team/devs`; full ids will do. Every method throws a {@link Failure}: the refusal of the server under the code of its status (what may
 * not be seen is `not_found`), `unreachable` when there is no answer, `untrusted` when the server cannot prove who it is, `corrupt` when
 * what it says makes no sense. No failure holds a secret or a credential.
 */
export interface Strongroom extends AsyncDisposable {
  /** The account that short ids are of. */
  readonly account: string
  /** The value of a variable, byte for byte; `version` counts from 1, the newest when absent. */
  secret(id: string, options?: { readonly version?: number }): Promise<Buffer>
  /** The value of a variable as text; throws `not_acceptable` when it is not UTF-8. */
  secretText(id: string, options?: { readonly version?: number }): Promise<string>
  /** The values of variables by the ids as they were given: all of them, or a failure. */
  secrets(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** The values of those variables that the caller can read; the others are not in the map. */
  readableSecrets(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /**
   * Gives a variable a value; text is stored as UTF-8. It is not sent a second time when it may have arrived, since somebody else may have
   * set another value meanwhile: after `unreachable` or `unavailable` the value may be the old one or the new one.
   */
  setSecret(id: string, value: Uint8Array | string): Promise<void>
  /** The resources that the caller may see, in the order of their ids. */
  list(filter?: ResourceFilter): Promise<readonly ResourceBody[]>
  /** Whether the caller, or `role`, may do `privilege` to `resource`; `false` for what is not there. */
  check(resource: string, privilege: string, role?: string): Promise<boolean>
  /** Who the caller is to the server. */
  whoami(): Promise<WhoAmIBody>
  /**
   * The value of each variable, and from then on each change of one, until `signal` is aborted, the loop is left or {@link Strongroom.close} is
   * called. The server is asked again and again, and each time records that the values were read.
   */
  watch(ids: readonly string[], options?: WatchOptions): AsyncGenerator<SecretChange, void, void>
  /** Ends what is under way, which then throws `unavailable`, and every watch. What is asked later throws `unavailable`. */
  close(): void
}

/** What belongs to one {@link Strongroom}. */
export interface StrongroomParts {
  readonly client: Client
  /** Ends the requests of `client`. */
  readonly end: AbortController
}

/** The API over a client. */
export function strongroomOver({ client, end }: StrongroomParts): Strongroom {
  const close = (): void => {
    end.abort()
    client.close()
  }
  return {
    account: client.account,
    secret: (id, options) => client.secret(id, options),
    secretText: async (id, options) => textOf(id, await client.secret(id, options)),
    secrets: (ids) => client.secrets(ids),
    readableSecrets: (ids) => client.readableSecrets(ids),
    setSecret: (id, value) =>
      client.setSecret(id, typeof value === 'string' ? Buffer.from(value) : value),
    list: (filter = {}) => client.resources(filter),
    check: (resource, privilege, role) => client.check(resource, privilege, role),
    whoami: () => client.whoami(),
    watch: (ids, options = {}) =>
      watchSecrets(
        ids,
        { ...options, signal: eitherOf(end.signal, options.signal) },
        { read: (asked) => client.readableSecrets(asked), pause: pauseFor, random: Math.random },
      ),
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

const eitherOf = (first: AbortSignal, second?: AbortSignal): AbortSignal =>
  second === undefined ? first : AbortSignal.any([first, second])

function textOf(id: string, value: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Failure('not_acceptable', `the value of ${quoted(id)} is not text in UTF-8`, {
      hint: 'read it as bytes',
    })
  }
}
