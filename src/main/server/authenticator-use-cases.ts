import { authenticateWorkload } from '#app/authenticate-workload.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import { listInstances, showInstance } from '#app/authenticator-instances.ts'
import { authenticatorStatus } from '#app/authenticator-status.ts'
import { createInstance, deleteInstance, enableInstance } from '#app/change-instances.ts'
import { deliverCertificate } from '#app/deliver-certificate.ts'
import { enableAuthenticator } from '#app/enable-authenticator.ts'
import { explainAuthentication } from '#app/explain-authentication.ts'
import { listAuthenticators } from '#app/list-authenticators.ts'
import { loginByProof } from '#app/login-by-proof.ts'
import type { LoginByProof, LoginByProofParts } from '#app/login-by-proof.ts'
import { makeAuthority } from '#app/make-authority.ts'
import { offerLogins } from '#app/offer-logins.ts'
import type { OfferLogins } from '#app/offer-logins.ts'
import type { OutboundSockets } from '#app/outbound.ts'
import { sharedAnnotations } from '#app/recognition.ts'
import { k8sCertificates } from '#authn/k8s/authenticator.ts'
import { authenticators as authenticatorsOver } from '#authn/table.ts'
import type { AuthenticatorParts } from '#authn/table.ts'
import type { AuthenticatorUses } from '#http/routes/authenticator-control.ts'
import type { K8sUses } from '#http/routes/authn-k8s.ts'
import type { InstanceUses } from '#http/routes/authenticators.ts'
import type { RecognitionUses } from '#http/routes/recognition.ts'
import type { Settings } from './settings.ts'
import type { NodeParts } from './use-cases.ts'

/** Recognising workloads, and managing what recognises them. */
export function authenticatorUseCases(
  node: NodeParts & Pick<LoginByProofParts, 'apiKeys'>,
  outside: AuthenticatorParts & { readonly sockets: OutboundSockets },
  settings: Pick<Settings, 'account' | 'authenticators'>,
): AuthenticatorUses &
  InstanceUses &
  K8sUses &
  RecognitionUses & {
    readonly authenticateWorkload: AuthenticateWorkload
    readonly loginByProof: LoginByProof
    readonly offerLogins: OfferLogins
  } {
  const authenticators = authenticatorsOver(outside)
  const enabled = new Set(settings.authenticators)
  const readAnnotations = sharedAnnotations(node.store)
  const parts = { ...node, readAnnotations, authenticators, enabled }
  const installed = authenticators.map(({ type }) => type)
  return {
    authenticateWorkload: authenticateWorkload(parts),
    deliverCertificate: deliverCertificate({
      ...parts,
      delivery: k8sCertificates(outside),
      account: settings.account,
    }),
    makeAuthority: makeAuthority(node),
    loginByProof: loginByProof(parts),
    offerLogins: offerLogins(parts),
    listAuthenticators: listAuthenticators(node.gate, installed, enabled),
    enableAuthenticator: enableAuthenticator(node),
    authenticatorStatus: authenticatorStatus(parts),
    explainAuthentication: explainAuthentication(parts),
    listInstances: listInstances(parts),
    showInstance: showInstance(parts),
    createInstance: createInstance(parts),
    enableInstance: enableInstance(parts),
    deleteInstance: deleteInstance(parts),
  }
}
