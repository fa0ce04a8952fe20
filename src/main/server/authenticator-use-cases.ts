import { authenticateWorkload } from '#app/authenticate-workload.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import { listInstances, showInstance } from '#app/authenticator-instances.ts'
import { authenticatorStatus } from '#app/authenticator-status.ts'
import type { Authenticator } from '#app/authenticator.ts'
import { createInstance, deleteInstance, enableInstance } from '#app/change-instances.ts'
import { enableAuthenticator } from '#app/enable-authenticator.ts'
import { listAuthenticators } from '#app/list-authenticators.ts'
import type { AuthenticatorUses } from '#http/routes/authenticator-control.ts'
import type { InstanceUses } from '#http/routes/authenticators.ts'
import type { NodeParts } from './use-cases.ts'

/** Recognising workloads, and managing what recognises them. `enabled` are the instances that the settings enable in every account. */
export function authenticatorUseCases(
  node: NodeParts,
  authenticators: readonly Authenticator[],
  enabled: ReadonlySet<string>,
): AuthenticatorUses & InstanceUses & { readonly authenticateWorkload: AuthenticateWorkload } {
  const parts = { ...node, authenticators, enabled }
  const installed = authenticators.map(({ type }) => type)
  return {
    authenticateWorkload: authenticateWorkload(parts),
    listAuthenticators: listAuthenticators(node.gate, installed, enabled),
    enableAuthenticator: enableAuthenticator(node),
    authenticatorStatus: authenticatorStatus(parts),
    listInstances: listInstances(parts),
    showInstance: showInstance(parts),
    createInstance: createInstance(parts),
    enableInstance: enableInstance(parts),
    deleteInstance: deleteInstance(parts),
  }
}
