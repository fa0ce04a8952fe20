import type { InstanceCheck } from '#app/authenticator.ts'
import { certificatesIn } from './certificate.ts'
import { clusterOf, mustTakeToken, type Declared } from './cluster.ts'
import { authorityIn } from './deliver.ts'
import type { PodParts } from './recognise-pod.ts'
import { refused } from '#authn/kubernetes/refusal.ts'

/**
 * What must hold for an instance to recognise pods, in the order of reference/kubernetes.md 3.6. `declared` throws `unauthorized` when the
 * instance lacks a value.
 */
export const checksOf = (
  { api, inCluster }: PodParts,
  now: () => number,
  declared: () => Declared,
): readonly InstanceCheck[] => [
  {
    name: 'service account token',
    hint: 'set kubernetes/service-account-token to the token of a service account, without line breaks',
    run: () => mustBeToken(declared().get('kubernetes/service-account-token')),
  },
  {
    name: 'certificates of the Kubernetes API',
    hint: 'set kubernetes/ca-cert to the certificates in PEM that vouch for the API server',
    run: () => mustBeCertificates(declared().get('kubernetes/ca-cert')),
  },
  {
    name: 'cluster',
    hint: 'run the server in the cluster, or set kubernetes/api-url and kubernetes/service-account-token',
    run: async () => void (await clusterOf(declared(), inCluster)),
  },
  {
    name: 'certificate authority',
    hint: 'make one with: strongroom authenticator init-ca',
    run: () => void authorityIn(declared(), now()),
  },
  {
    name: 'Kubernetes API',
    hint: 'make sure that the server can reach the address and that the service account has the rights of docs/authenticators/authn-k8s.md and system:discovery',
    run: async () => mustTakeToken(api, await clusterOf(declared(), inCluster)),
  },
]

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** The one of the cluster in which the server runs is made by that. */
function mustBeToken(token: string | undefined): void {
  if (token === undefined || JWT.test(token)) return
  throw refused('CONJ00153E The value of kubernetes/service-account-token is not a token')
}

function mustBeCertificates(pem: string | undefined): void {
  if (pem === undefined) return
  const certificates = certificatesIn(pem, 'CONJ00154E The value of kubernetes/ca-cert')
  if (certificates.length === 0)
    throw refused('CONJ00154E The value of kubernetes/ca-cert has no certificate')
}
