import type { Annotated } from '#app/authenticator.ts'
import type { Attribute, Condition } from '#domain/attestation.ts'
import { quoted } from '#lib/failure.ts'
import type { ReadInCluster } from '#authn/kubernetes/access.ts'
import type { KubernetesApi } from '#authn/kubernetes/api.ts'
import type { Container, Pod } from '#authn/kubernetes/pod.ts'
import { attributesOf } from './attributes.ts'
import { clusterOf, readerOf, readPod, type Declared } from './cluster.ts'
import { refused } from '#authn/kubernetes/refusal.ts'
import { containerNamed } from './restrictions.ts'
import type { PodName } from './spiffe-id.ts'

/** What recognising pods stands on. */
export interface PodParts {
  readonly api: KubernetesApi
  readonly inCluster: ReadInCluster
}

/** Whom a proof says to be. */
export interface ClaimedPod {
  readonly name: PodName
  /** The unique id that the pod must have; absent before it has a certificate. */
  readonly uid?: string
}

/**
 * What the cluster of an instance tells of the pod that a proof names, for a host with these conditions. Throws `unauthorized` when it is not
 * there, is not the one that was meant, has ended, or has no such container.
 */
export async function recognisePod(
  { api, inCluster }: PodParts,
  { service, declared }: { readonly service: string; readonly declared: Declared },
  claimed: ClaimedPod,
  { annotations }: Annotated,
  conditions: readonly Condition[],
): Promise<readonly Attribute[]> {
  const read = readerOf(api, await clusterOf(declared, inCluster))
  const pod = await readPod(read, claimed.name)
  mustBeMeant(pod, claimed)
  const container = mustHaveContainer(pod, containerNamed(annotations, service))
  const wanted = new Set(conditions.map(({ attribute }) => attribute))
  return attributesOf({ pod, container }, wanted, read)
}

/** A pod that was made anew under the same name is another one (attack `k8s-attest`); one that only waits for its end is not to begin anything. */
function mustBeMeant(pod: Pod, { uid }: ClaimedPod): void {
  const isMeant = uid === undefined ? !pod.isEnding : pod.uid === uid
  if (isMeant && !pod.hasEnded) return
  const why = pod.hasEnded || uid === undefined ? 'has ended' : 'is another one by now'
  throw refused(`CONJ00024E Pod ${quoted(pod.name)} in namespace ${quoted(pod.namespace)} ${why}`)
}

function mustHaveContainer({ name, containers }: Pod, wanted: string): Container {
  const container = containers.find((one) => one.name === wanted)
  if (container !== undefined) return container
  throw refused(`CONJ00028E Container ${quoted(wanted)} was not found in pod ${quoted(name)}`)
}
