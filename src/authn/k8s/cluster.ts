import { Failure, quoted } from '#lib/failure.ts'
import { namedAccess, type KubernetesAccess, type ReadInCluster } from '#authn/kubernetes/access.ts'
import type { KubernetesAnswer, KubernetesApi } from '#authn/kubernetes/api.ts'
import type { ReadObject } from '#authn/kubernetes/owners.ts'
import { podOf, type Pod } from '#authn/kubernetes/pod.ts'
import type { PodName } from './spiffe-id.ts'
import { refused } from '#authn/kubernetes/refusal.ts'

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<string, string>

/**
 * The cluster of an instance: the one that its settings name, or the one that the server runs in. Throws `unauthorized` when there is
 * neither, or its settings name only half of one.
 */
export async function clusterOf(
  declared: Declared,
  inCluster: ReadInCluster,
): Promise<KubernetesAccess> {
  const { access, isWhole } = namedAccess(declared)
  if (!isWhole) {
    throw refused(
      'CONJ00132E The Kubernetes API needs both kubernetes/api-url and kubernetes/service-account-token',
    )
  }
  if (access !== undefined) return access
  const own = await toldAsRefusal(inCluster())
  if (own !== undefined) return own
  throw refused('CONJ00042E This server runs in no cluster: kubernetes/api-url is missing')
}

/** A pod of a cluster by its name; throws `unauthorized` when there is none, and when nobody can tell. */
export async function readPod(
  read: ReadObject,
  { namespace, pod: name }: Pick<PodName, 'namespace' | 'pod'>,
): Promise<Pod> {
  const pod = podOf(await read(`/api/v1/namespaces/${namespace}/pods/${name}`))
  const isMeant = pod?.namespace === namespace && pod.name === name
  if (pod !== undefined && isMeant) return pod
  throw refused(`CONJ00024E Pod ${quoted(name)} was not found in namespace ${quoted(namespace)}`)
}

/** Reads objects of a cluster; what is not there is `undefined`. Throws `unauthorized` when the API server refuses or cannot be asked. */
export const readerOf =
  (api: KubernetesApi, access: KubernetesAccess): ReadObject =>
  async (path) => {
    const { status, object } = await toldAsRefusal(api.read(access, path))
    if (status === 404) return undefined
    mustBeGiven(status, path)
    return object
  }

/** Whether the API server takes the token of the access at all; throws `unauthorized` when it does not. */
export async function mustTakeToken(api: KubernetesApi, access: KubernetesAccess): Promise<void> {
  const { status }: KubernetesAnswer = await toldAsRefusal(api.read(access, '/apis'))
  if (status === 401 || status === 403) {
    throw refused(`CONJ00153E The Kubernetes API does not take the token: status ${status}`)
  }
  mustBeGiven(status, '/apis')
}

function mustBeGiven(status: number, path: string): void {
  if (status >= 200 && status < 300) return
  const what = path.split('/').slice(0, -1).join('/')
  throw refused(`CONJ00132E The Kubernetes API answers ${status} for what is below ${quoted(what)}`)
}

/** Who cannot be asked vouches for nothing. */
async function toldAsRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'unavailable') throw error
    throw refused(`CONJ00132E The Kubernetes API cannot be asked: ${error.message}`, error)
  }
}
