import type { Change } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { placeOf } from './instance-place.ts'
import { decidedChange } from './decided-change.ts'
import type { ChangeParts } from './decided-change.ts'
import { webserviceOf } from './instance-settings.ts'
import type { Instance } from './instance-settings.ts'
import { isPermitted } from './permission.ts'
import { notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'

/**
 * Enables or disables an authenticator in its account, with `update` on its webservice (reference/conjur-api.md 1.6). What the server's
 * settings enable stays enabled. Throws `unauthorized` when there is no such webservice, or none that the caller sees, or not of an
 * authenticator that we know, and `forbidden` without the privilege.
 */
export type EnableAuthenticator = (
  session: Session,
  instance: Instance,
  enabled: boolean,
) => Promise<void>

export function enableAuthenticator(parts: ChangeParts): EnableAuthenticator {
  return async (session, instance, enabled) => {
    const webservice = webserviceOf(instance)
    const { account, type } = instance
    const subject = { authenticator: type, service: webservice, enabled }
    const operation = 'update-authenticator-configuration'
    const deed = { kind: 'authn', operation, subject } as const
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      if (placeOf(account, webservice) === undefined) {
        throw new Failure(
          'unauthorized',
          `CONJ00001E Authenticator type '${type}' is not supported`,
        )
      }
      if (!graph.visible(session.role, webservice)) {
        const cause = whyInvisible(graph, session.role, webservice)
        const options = cause === undefined ? {} : { cause }
        throw new Failure(
          'unauthorized',
          `CONJ00005E Webservice '${webservice}' not found`,
          options,
        )
      }
      if (!isPermitted(graph, session, 'update', webservice)) {
        throw notPermitted(session.role, 'update', webservice)
      }
      return { changes: [enablement(webservice, enabled)] }
    })
  }
}

/** The change by which an authenticator is enabled or disabled, whatever it was before. */
export const enablement = (resource: Id, enabled: boolean): Change => ({
  op: 'change',
  row: { table: 'enablement', resource, enabled },
})
