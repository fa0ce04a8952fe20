import { issueCertificate, openAuthority } from '#crypto/certificate-authority.ts'
import type { Authority } from '#crypto/certificate-authority.ts'
import type { DeliveredCertificate, DeliveryOrder } from '#app/deliver-certificate.ts'
import { loginOf } from '#domain/id.ts'
import type { Attribute } from '#domain/attestation.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { Exec } from '#authn/kubernetes/exec.ts'
import { CONTAINER_NAME, POD_UID } from './attributes.ts'
import { authoritiesIn, isCurrent } from './certificate.ts'
import { clusterOf, readerOf, readPod, type Declared } from './cluster.ts'
import { dotted } from './host-name.ts'
import { placementScript } from './placement-script.ts'
import type { PodParts } from './recognise-pod.ts'
import { refused } from '#authn/kubernetes/refusal.ts'
import { readPodRequest } from './request.ts'
import type { PodName } from './spiffe-id.ts'

/** What delivering certificates stands on. */
export interface DeliveryParts extends PodParts {
  readonly exec: Exec
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A text that nobody has ever seen. */
  readonly nonce: () => string
}

/** How long certificates are good for, in milliseconds: 3 days (reference/kubernetes.md 1.13). */
const LIFE_MS = 3 * 24 * 3600 * 1000

/** For clocks that are behind, in milliseconds. */
const EARLIER_MS = 5 * 60 * 1000

/** How long placing a certificate may take, in seconds, where the settings do not say. */
const USUAL_SECONDS = 5

/**
 * Issues the certificate that a pod asked for, which was recognised before, and places it in its container. Nobody else gets it: that it arrived
 * there is what proves to the pod's own client that it may use it. Throws `unauthorized` when it did not arrive, or when the pod that has it
 * is not the one that was recognised.
 */
export async function deliver(
  parts: DeliveryParts,
  { role, request, attributes }: DeliveryOrder,
  declared: Declared,
): Promise<DeliveredCertificate> {
  const { name } = await readPodRequest(request)
  const uid = valueOf(attributes, POD_UID)
  const container = valueOf(attributes, CONTAINER_NAME)
  const now = parts.now()
  const notAfter = new Date(now + LIFE_MS)
  const issued = await issueCertificate(authorityIn(declared, now), {
    request: Buffer.from(request).toString('latin1'),
    commonName: dotted(loginOf(role)),
    clientUid: uid,
    dnsNames: [],
    uris: [name.spiffeId],
    notBefore: new Date(now - EARLIER_MS),
    notAfter,
  })
  const access = await clusterOf(declared, parts.inCluster)
  const target = { namespace: name.namespace, pod: name.pod, container }
  const seconds = Number(declared.get('kubernetes/exec-timeout') ?? USUAL_SECONDS)
  const script = placementScript(issued.pem, `placed ${parts.nonce()}`)
  await parts.exec(access, target, script, { timeoutMs: seconds * 1000 })
  await mustStillBe(readerOf(parts.api, access), name, uid)
  return { serial: issued.serialNumber, until: notAfter, pod: name.spiffeId, uid, container }
}

/** A container is found by the name of its pod, which another pod may have got meanwhile (attack `k8s-attest`). */
async function mustStillBe(
  read: ReturnType<typeof readerOf>,
  name: PodName,
  uid: string,
): Promise<void> {
  const pod = await readPod(read, name)
  if (pod.uid !== uid) {
    throw refused(`CONJ00024E Pod ${quoted(name.pod)} was replaced while it got its certificate`)
  }
}

function valueOf(attributes: readonly Attribute[], name: string): string {
  const value = attributes.find((attribute) => attribute.name === name)?.values[0]
  if (value === undefined) throw new Error(`a pod was recognised without ${name}`)
  return value
}

/**
 * The authority that signs: the first of `ca/cert`, with `ca/key`. Throws `unauthorized` when they cannot be read, do not belong together, or its
 * time is over.
 */
export function authorityIn(declared: Declared, now: number): Authority {
  const chain = declared.get('ca/cert') ?? ''
  const [first] = authoritiesIn(chain)
  try {
    const authority = openAuthority({
      key: Buffer.from(declared.get('ca/key') ?? ''),
      chain: first?.toString() ?? '',
    })
    const { validFromDate: notBefore, validToDate: notAfter } = authority.certificate
    if (isCurrent({ notBefore, notAfter }, now)) return authority
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const code = error.message.startsWith('the private key cannot') ? 'CONJ00156E' : 'CONJ00155E'
    throw refused(`${code} The authority of ca/cert and ca/key cannot sign: ${error.message}`)
  }
  throw refused('CONJ00155E The certificate of ca/cert is not good any more, or not yet')
}
