import { randomUUID } from 'node:crypto'
import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof, Recognised } from '#app/authenticator.ts'
import type { CertificateDelivery } from '#app/deliver-certificate.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { Outbound, OutboundSockets } from '#app/outbound.ts'
import { roleOfLogin } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { ReadInCluster } from '#authn/kubernetes/access.ts'
import { kubernetesApi } from '#authn/kubernetes/api.ts'
import { execOver } from '#authn/kubernetes/exec.ts'
import { podCertificateIn } from './certificate.ts'
import { checksOf } from './checks.ts'
import type { Declared } from './cluster.ts'
import { deliver } from './deliver.ts'
import { hostNamed, usualPrefix } from './host-name.ts'
import { onePerPod } from './one-per-pod.ts'
import { recognisePod, type ClaimedPod, type PodParts } from './recognise-pod.ts'
import { refused } from '#authn/kubernetes/refusal.ts'
import { readPodRequest } from './request.ts'
import { demandedOfAll, restrictionsOn } from './restrictions.ts'

const TYPE = 'authn-k8s'

const settings = settingsOfType(TYPE)

/** What authn-k8s stands on. */
export interface K8sAuthenticatorParts {
  readonly outbound: Outbound
  readonly inCluster: ReadInCluster
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** An instance that has a name, with what is declared of it. */
interface NamedInstance {
  readonly account: string
  readonly service: string
  readonly declared: Declared
}

function namedInstance(
  { account, service }: Pick<Proof, 'account' | 'service'>,
  configuration: AuthenticatorSettings,
): NamedInstance {
  if (service === undefined) throw refused('CONJ00097E The name of the authenticator is missing')
  const instance = { account, service, type: TYPE }
  return { account, service, declared: declaredValues({ settings }, instance, configuration) }
}

type Recognise = (
  proof: Proof,
  instance: NamedInstance,
) => Promise<{ readonly role: Id; readonly claimed: ClaimedPod }>

/** An authenticator that knows by `recognise` which pod a proof names, and by the cluster what that is. */
function authenticatorBy(parts: PodParts, now: () => number, recognise: Recognise): Authenticator {
  return {
    type: TYPE,
    settings,
    namedBy: () => 'request',
    checks: (instance, configuration) =>
      checksOf(parts, now, () => namedInstance(instance, configuration).declared),
    conditions(instance, configuration, role) {
      const { service, declared } = namedInstance(instance, configuration)
      return [...restrictionsOn(role, service), ...demandedOfAll(declared)]
    },
    async recognise(proof, configuration): Promise<Recognised> {
      const instance = namedInstance(proof, configuration)
      const { role, claimed } = await recognise(proof, instance)
      return {
        role,
        attributes: (annotated, conditions) =>
          recognisePod(parts, instance, claimed, annotated, conditions),
      }
    },
  }
}

/**
 * Recognises pods by a certificate that was placed in them, and by what their cluster says that they are at that moment
 * (reference/conjur-api.md 6.6). docs/compatibility.md lists in what it is stricter than the reference.
 */
export function k8sAuthenticator({
  outbound,
  inCluster,
  now,
}: K8sAuthenticatorParts): Authenticator {
  const parts = { api: kubernetesApi(outbound), inCluster }
  const byCertificate = authenticatorBy(parts, now, async (proof, { account, declared }) => {
    const { login = '', certificates = [] } = proof
    const rules = { authorities: declared.get('ca/cert') ?? '', login, now: now() }
    const certificate = await podCertificateIn(certificates, rules)
    return { role: roleOfLogin(account, login), claimed: certificate }
  })
  return { ...byCertificate, provenBy: 'certificates' }
}

/** Places in pods the certificates by which {@link k8sAuthenticator} knows them. */
export function k8sCertificates({
  outbound,
  inCluster,
  now,
  sockets,
}: K8sAuthenticatorParts & { readonly sockets: OutboundSockets }): CertificateDelivery {
  const api = kubernetesApi(outbound)
  const parts = { api, inCluster, now, exec: onePerPod(execOver(sockets)), nonce: randomUUID }
  return {
    recogniser: (prefix, isRole) =>
      authenticatorBy(parts, now, async ({ body }, { account, service }) => {
        const { commonName, name } = await readPodRequest(body)
        const full = `${prefix ?? usualPrefix(service)}.${commonName}`
        const role = hostNamed(account, full, isRole)
        if (role === undefined) throw refused('CONJ00048E The request does not name a host')
        return { role, claimed: { name } }
      }),
    deliver: (order) =>
      deliver(parts, order, namedInstance(order.instance, order.settings).declared),
  }
}
