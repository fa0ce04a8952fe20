import { isSegment } from './name.ts'
import { controllerOf, type OwnerReference } from './pod.ts'
import { textAt } from './object.ts'

/** Reads an object of the namespace of a pod by its path below `/`; `undefined` when there is none. */
export type ReadObject = (path: string) => Promise<unknown>

/** What a kind of owner is called in attributes, and where the API server has it. */
interface OwnerKind {
  readonly group: string
  readonly kind: string
  readonly attribute: string
  /** What stands before and after the namespace. */
  readonly path: readonly [before: string, after: string]
}

const owner = (groupVersion: string, kind: string, plural: string): OwnerKind => {
  const [group = '', version = ''] = groupVersion.includes('/')
    ? groupVersion.split('/')
    : ['', groupVersion]
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return { group, kind, attribute: `k8s.${kind.toLowerCase()}`, path: [root, plural] }
}

const KINDS: readonly OwnerKind[] = [
  owner('apps/v1', 'ReplicaSet', 'replicasets'),
  owner('apps/v1', 'Deployment', 'deployments'),
  owner('apps/v1', 'StatefulSet', 'statefulsets'),
  owner('apps/v1', 'DaemonSet', 'daemonsets'),
  owner('batch/v1', 'Job', 'jobs'),
  owner('batch/v1', 'CronJob', 'cronjobs'),
  owner('v1', 'ReplicationController', 'replicationcontrollers'),
  owner('apps.openshift.io/v1', 'DeploymentConfig', 'deploymentconfigs'),
  owner('argoproj.io/v1alpha1', 'Rollout', 'rollouts'),
]

/** What the kinds of owners are called in attributes. */
export const OWNER_ATTRIBUTES: readonly string[] = KINDS.map(({ attribute }) => attribute)

/** An object that manages a pod, directly or through others. */
export interface Owner {
  readonly attribute: string
  readonly name: string
  readonly uid: string
}

/** A pod of a cron job or a deployment has two; nothing known has more than three. */
const MAX_OWNERS = 4

/**
 * Who manages a pod, the nearest first, each read from the API server and known by its unique id: that a pod names an owner proves nothing,
 * because whoever makes it writes that, and an owner that was made anew under the same name is another. It ends at the first that is of no
 * known kind, is gone, or is not the one that is meant.
 */
export async function ownersOf(
  controller: OwnerReference | undefined,
  namespace: string,
  read: ReadObject,
): Promise<readonly Owner[]> {
  const owners: Owner[] = []
  let reference = controller
  while (reference !== undefined && owners.length < MAX_OWNERS) {
    const { kind, name, uid } = reference
    const known = kindOf(reference)
    if (known === undefined || !isSegment(name)) break
    const [root, plural] = known.path
    // Each is found in the one before.
    // oxlint-disable-next-line no-await-in-loop
    const object = await read(`${root}/namespaces/${namespace}/${plural}/${name}`)
    const isMeant = textAt(object, 'metadata', 'uid') === uid && kind === known.kind
    if (!isMeant) break
    owners.push({ attribute: known.attribute, name, uid })
    reference = controllerOf(object)
  }
  return owners
}

/** Of a group the version counts for nothing: an object has the same name and id in all. */
function kindOf({ apiVersion, kind }: OwnerReference): OwnerKind | undefined {
  const slash = apiVersion.indexOf('/')
  const group = slash === -1 ? '' : apiVersion.slice(0, slash)
  return KINDS.find((known) => known.group === group && known.kind === kind)
}
