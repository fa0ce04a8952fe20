import { listAt, textAt, textsAt, valueAt } from './object.ts'

/** What a pod is, as the API server tells it. */
export interface Pod {
  readonly namespace: string
  readonly name: string
  /** Never given twice: a pod that is made anew under the same name has another. */
  readonly uid: string
  readonly serviceAccount: string | undefined
  readonly node: string | undefined
  readonly labels: ReadonlyMap<string, string>
  /** Whether its containers have ended for good. */
  readonly hasEnded: boolean
  /** Whether it is being deleted. */
  readonly isEnding: boolean
  readonly addresses: readonly string[]
  /** Those of `initContainers` as well. */
  readonly containers: readonly Container[]
  readonly controller: OwnerReference | undefined
}

/** A container of a pod. */
export interface Container {
  readonly name: string
  /** As whoever made the pod named it. */
  readonly image: string | undefined
  /** `sha256:…` of what really runs; absent before it does. */
  readonly digest: string | undefined
}

/** What an object says of the one that manages it. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** The pod that an object is; `undefined` when it is none. */
export function podOf(object: unknown): Pod | undefined {
  const [namespace, name, uid] = ['namespace', 'name', 'uid'].map((field) =>
    textAt(object, 'metadata', field),
  )
  if (namespace === undefined || name === undefined || uid === undefined) return undefined
  const phase = textAt(object, 'status', 'phase')
  return {
    namespace,
    name,
    uid,
    serviceAccount: textAt(object, 'spec', 'serviceAccountName'),
    node: textAt(object, 'spec', 'nodeName'),
    labels: textsAt(object, 'metadata', 'labels'),
    hasEnded: phase === 'Succeeded' || phase === 'Failed',
    isEnding: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    addresses: addressesOf(object),
    containers: containersOf(object),
    controller: controllerOf(object),
  }
}

/** Clusters without a second family of addresses fill `podIP` alone. */
const addressesOf = (object: unknown): readonly string[] =>
  [
    ...listAt(object, 'status', 'podIPs').map((item) => textAt(item, 'ip')),
    textAt(object, 'status', 'podIP'),
  ].filter((address) => address !== undefined)

function containersOf(object: unknown): readonly Container[] {
  const statuses = [
    ...listAt(object, 'status', 'containerStatuses'),
    ...listAt(object, 'status', 'initContainerStatuses'),
  ]
  const declared = [
    ...listAt(object, 'spec', 'containers'),
    ...listAt(object, 'spec', 'initContainers'),
  ]
  return declared.flatMap((item) => {
    const name = textAt(item, 'name')
    if (name === undefined) return []
    const status = statuses.find((one) => textAt(one, 'name') === name)
    return [{ name, image: textAt(item, 'image'), digest: digestIn(textAt(status, 'imageID')) }]
  })
}

/** Without a repository before it, it is the id of a configuration, and not what a registry calls the image by. */
const digestIn = (imageId: string | undefined): string | undefined =>
  /@(?<digest>sha256:[0-9a-f]{64})$/.exec(imageId ?? '')?.groups?.['digest']

/** The one owner that manages an object, of which there is one at most. */
export function controllerOf(object: unknown): OwnerReference | undefined {
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (reference) => valueAt(reference, 'controller') === true,
  )
  const [apiVersion, kind, name, uid] = ['apiVersion', 'kind', 'name', 'uid'].map((field) =>
    textAt(owner, field),
  )
  if (apiVersion === undefined || kind === undefined) return undefined
  return name === undefined || uid === undefined ? undefined : { apiVersion, kind, name, uid }
}
