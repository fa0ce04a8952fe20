import type { Attribute } from '#domain/attestation.ts'
import type { Id } from '#domain/id.ts'
import { admitWorkload } from './authenticate-workload.ts'
import type { WorkloadParts } from './authenticate-workload.ts'
import type { Authenticator, AuthenticatorSettings } from './authenticator.ts'
import type { Instance } from './instance-settings.ts'
import type { Origin } from './session.ts'

/** A certificate that a workload asked for. */
export interface CertificateRequest {
  /** The name of the authenticator's instance. */
  readonly service: string
  /** The request in PEM (RFC 2986). */
  readonly body: Uint8Array
  /** What stands before the common name of the request; the authenticator has a usual one. */
  readonly prefix?: string
}

/** What is to be delivered to a workload that was recognised. */
export interface DeliveryOrder {
  readonly instance: Instance
  readonly settings: AuthenticatorSettings
  readonly role: Id
  readonly request: Uint8Array
  readonly attributes: readonly Attribute[]
}

/** What was delivered, for the trail. */
export interface DeliveredCertificate {
  readonly serial: string
  readonly until: Date
  readonly pod: string
  readonly uid: string
  readonly container: string
}

/** Brings certificates to workloads that cannot be answered, since nobody knows yet whether they are who they say. */
export interface CertificateDelivery {
  /** The authenticator that recognises whom a request is about; a request with `prefix` is read by the roles that there are. */
  recogniser(prefix: string | undefined, isRole: (role: Id) => boolean): Authenticator
  /** Resolves once the workload has its certificate; throws like {@link Authenticator.recognise}. */
  deliver(order: DeliveryOrder): Promise<DeliveredCertificate>
}

/** What bringing certificates stands on. */
export interface DeliveryUseParts extends WorkloadParts {
  readonly delivery: CertificateDelivery
  /** The account of all requests: their path names none. */
  readonly account: string
}

/**
 * Brings a workload the certificate that it asks for, by a way that leads to nobody else, once every check of a login has passed
 * (reference/conjur-api.md 6.6). Throws like {@link AuthenticateWorkload}, and `unprocessable_entity` for a request without a name. The outcome is in the
 * trail before it is known outside.
 */
export type DeliverCertificate = (request: CertificateRequest, origin: Origin) => Promise<void>

export function deliverCertificate(parts: DeliveryUseParts): DeliverCertificate {
  const { delivery, gate, recorder, account } = parts
  return async ({ service, body, prefix }, origin) => {
    const { graph } = await gate.pass()
    const recogniser = delivery.recogniser(prefix, (role) => graph.role(role) !== undefined)
    const instance = { account, type: recogniser.type, service }
    const applicant = {
      operation: 'k8s-inject-client-cert',
      proof: { ...instance, body },
      origin,
    }
    const recognising = { ...parts, authenticators: [recogniser] }
    await admitWorkload(recognising, applicant, async (admitted) => {
      const { role, settings, attributes, event } = admitted
      const given = await delivery.deliver({ instance, settings, role, request: body, attributes })
      const { until, ...told } = given
      const subject = { ...event.subject, ...told, until: until.toISOString() }
      await recorder.record([{ ...event, subject }])
    })
  }
}
