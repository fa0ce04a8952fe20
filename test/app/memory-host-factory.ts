import type { HostFactoryToken } from '#app/host-factory-store.ts'
import type { Id } from '#domain/id.ts'

/** The host factory tokens of one account, in memory. Tokens are replaced, never changed. */
export class MemoryHostFactoryTokens {
  #tokens: ReadonlyMap<string, HostFactoryToken>

  constructor(tokens: ReadonlyMap<string, HostFactoryToken> = new Map()) {
    this.#tokens = tokens
  }

  copy(): MemoryHostFactoryTokens {
    return new MemoryHostFactoryTokens(this.#tokens)
  }

  add(tokens: readonly HostFactoryToken[], now: Date): void {
    const factories = new Set(tokens.map(({ factory }) => factory))
    this.#keep(({ factory, expiresAt }) => !factories.has(factory) || expiresAt >= now)
    this.#tokens = new Map([
      ...this.#tokens,
      ...tokens.map((token) => [keyOf(token.digest), token] as const),
    ])
  }

  spend(digest: Uint8Array): boolean {
    const token = this.find(digest)
    if (token === undefined) return false
    if (token.usesLeft === 1) return this.remove(digest)
    if (token.usesLeft !== undefined) {
      const spent = { ...token, usesLeft: token.usesLeft - 1 }
      this.#tokens = new Map([...this.#tokens, [keyOf(digest), spent]])
    }
    return true
  }

  remove(digest: Uint8Array): boolean {
    const before = this.#tokens.size
    this.#keep((token) => keyOf(token.digest) !== keyOf(digest))
    return this.#tokens.size < before
  }

  /** The factory is gone, and its tokens with it. */
  forget(gone: Id): void {
    this.#keep(({ factory }) => factory !== gone)
  }

  find(digest: Uint8Array): HostFactoryToken | undefined {
    return this.#tokens.get(keyOf(digest))
  }

  of(factories: readonly Id[]): readonly HostFactoryToken[] {
    return [...this.#tokens.values()].filter(({ factory }) => factories.includes(factory))
  }

  #keep(isKept: (token: HostFactoryToken) => boolean): void {
    this.#tokens = new Map([...this.#tokens].filter(([, token]) => isKept(token)))
  }
}

const keyOf = (digest: Uint8Array): string => Buffer.from(digest).toString('hex')
