import { isLabel, isSegment } from '#authn/kubernetes/name.ts'
import { refused } from '#authn/kubernetes/refusal.ts'

/** Which pod a request or a certificate says that it is of. */
export interface PodName {
  readonly namespace: string
  readonly pod: string
  /** The name as it stands there. */
  readonly spiffeId: string
}

const SHAPE =
  /^spiffe:\/\/cluster\.local\/namespace\/(?<namespace>[^/]+)\/pod(?:name)?\/(?<pod>[^/]+)$/

/**
 * The pod that the one alternative name of a request or a certificate says: `spiffe://cluster.local/namespace/NAMESPACE/podname/POD`, or
 * `…/pod/POD`. Throws `unauthorized` when there is another name beside it, or none of this form: a name that nobody has checked would be
 * vouched for with it (attack `k8s-attest`).
 */
export function podNameIn(
  names: readonly { readonly type: string; readonly value: string }[],
): PodName {
  const [name, ...others] = names
  if (name === undefined) throw missing('it has no alternative name')
  if (others.length > 0) throw missing('it has more than one alternative name')
  if (name.type !== 'url') throw missing('its alternative name is not a URI')
  const { namespace = '', pod = '' } = SHAPE.exec(name.value)?.groups ?? {}
  if (isLabel(namespace) && isSegment(pod)) return { namespace, pod, spiffeId: name.value }
  throw missing('its URI does not name a pod')
}

const missing = (why: string): Error => refused(`CONJ00022E The SPIFFE ID is missing: ${why}`)
