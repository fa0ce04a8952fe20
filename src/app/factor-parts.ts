import { randomBytes } from 'node:crypto'
import type { FactorLockOut } from './factor-lock-out.ts'
import type { FactorStore } from './factor-store.ts'
import type { Gate } from './gate.ts'
import type { OnceStore } from './once-store.ts'
import type { Clock, Recorder } from './recorder.ts'
import type { Store } from './store.ts'
import type { Tokens } from './tokens.ts'
import type { Vault } from './vault.ts'

/** What everything about second factors stands on. */
export interface FactorParts {
  readonly store: Store & FactorStore & OnceStore
  readonly gate: Gate
  readonly recorder: Recorder
  readonly vault: Vault
  readonly tokens: Tokens
  readonly clock: Clock
  readonly factorLockOut: FactorLockOut
  /** A generation that no token carries yet. */
  readonly newGeneration: () => string
}

/** A name that no factor has yet: 64 random bits. */
export const newFactorId = (): string => randomBytes(8).toString('hex')
