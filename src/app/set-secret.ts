import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { AuditEvent } from './audit.ts'
import { isDynamicVariable } from './dynamic-variable.ts'
import type { Gate } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeAllowed } from './refusals.ts'
import type { Session } from './session.ts'
import type { SealedVersion, Store } from './store.ts'
import { holdsValue, sealSecret, SECRET_KINDS } from './vault.ts'
import type { Vault } from './vault.ts'

/** How many versions of a secret are kept unless the operator says otherwise (reference/conjur-api.md 7.1). */
const USUAL_VERSIONS = 20

/** What writing secrets stands on. */
export interface SetParts {
  readonly gate: Gate
  readonly store: Store
  readonly vault: Vault
  readonly recorder: Recorder
  /** How many versions of a secret are kept; 20 unless said otherwise. */
  readonly keptSecretVersions?: number
  /** Whether values of variables in the place of dynamic ones are made, so that none can be set. */
  readonly hasDynamicSecrets?: boolean
}

/**
 * Sets a secret to `value`, kept byte for byte, as its next version; the value that it already has makes no new version.
 * Throws `not_found` when the resource is invisible, `forbidden` without `update`, `argument_error` for a blank value, and
 * `method_not_allowed` for a dynamic variable. The value and its record in the trail become durable together.
 */
export type SetSecret = (session: Session, id: Id, value: Buffer) => Promise<void>

export function setSecret(parts: SetParts): SetSecret {
  const { gate, store, vault, recorder, keptSecretVersions = USUAL_VERSIONS } = parts
  const { hasDynamicSecrets = false } = parts
  return async (session, id, value) => {
    const deed: Deed = { kind: 'update', operation: 'update', subject: { resource: id } }
    const { graph } = await gate.enter(session)
    try {
      mustBeAllowed(graph, session, 'update', id)
      if (hasDynamicSecrets && isDynamicVariable(id)) throw isMade()
      mustBeValue(id, value)
      const done = (version: number): AuditEvent =>
        recorder.done(session, { ...deed, subject: { resource: id, version } })
      let isChanged = false
      const seal = (latest: SealedVersion | undefined, version: number): Uint8Array | undefined => {
        isChanged = latest === undefined || !holdsValue(vault, id, latest, value)
        return isChanged ? sealSecret(vault, id, version, value) : undefined
      }
      const version = await store.writeSecret(id, seal, done, keptSecretVersions)
      // A write records itself; that nothing had to be written is recorded here.
      if (!isChanged) await recorder.record([done(version)])
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** The literal answer of reference/conjur-api.md 1.10. */
const isMade = (): Failure =>
  new Failure(
    'method_not_allowed',
    'adding a static secret to a dynamic secret variable is not allowed',
  )

const PUBLIC_KEY = /^ssh-(?:rsa|ed25519|ecdsa-[a-z0-9-]+) [A-Za-z0-9+/=][^\n]*\n?$/

function mustBeValue(id: Id, value: Buffer): void {
  if (!SECRET_KINDS.has(kindOf(id))) {
    throw new Failure('argument_error', `Invalid secret kind: ${kindOf(id)}`)
  }
  if (isBlank(value)) throw new Failure('argument_error', "'value' may not be empty")
  if (kindOf(id) === 'public_key' && !PUBLIC_KEY.test(value.toString('latin1'))) {
    throw new Failure('unprocessable_entity', 'Invalid public key format')
  }
}

/** Byte by byte, because a binary value need not be text. */
const isBlank = (value: Buffer): boolean =>
  value.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))
