import assert from 'node:assert/strict'
import { temporaryFolder } from '../system/database.ts'
import type { NodeOptions } from '../http/harness.ts'
import { mustBe } from '../http/harness.ts'
import { CLIENT_PEM, openPodWorld } from './pod-world.ts'
import type { PodWorld } from './pod-world.ts'
import { startStandIn } from './stand-in-cluster.ts'
import type { ClusterObject, StandInCluster } from './stand-in-cluster.ts'
import type { RunningPod } from './test-cluster.ts'

/** A stand-in cluster in a folder that goes with it. */
export async function standIn(): Promise<StandInCluster> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const cluster = await startStandIn(folder.path)
  const close = cluster[Symbol.asyncDispose].bind(cluster)
  stack.defer(close)
  const all = stack.move()
  return Object.assign(cluster, { [Symbol.asyncDispose]: () => all.disposeAsync() })
}

/** A server, a stand-in cluster, and in it the pod `cart`. */
export interface StandInWorld extends AsyncDisposable {
  readonly world: PodWorld
  readonly cluster: StandInCluster
  readonly pod: RunningPod
  /** The path of the pod in the API. */
  readonly podPath: string
  /** What the pod got. */
  certificate(): Promise<string>
  /** Has the pod get a certificate for a host. */
  admit(login: string): Promise<string>
  /** That the pod is refused for a reason that begins like this, and nobody is told that. */
  refuse(login: string, reason: RegExp): Promise<void>
}

/** Starts a {@link StandInWorld}. */
export async function openStandInWorld(options: NodeOptions = {}): Promise<StandInWorld> {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(await standIn())
  const world = stack.use(await openPodWorld(cluster, options))
  const pod = await cluster.start({ name: 'cart', labels: { app: 'cart' } })
  const certificate = async (): Promise<string> =>
    (await pod.read('authenticator', CLIENT_PEM)) ?? assert.fail('there is no certificate')
  const all = stack.move()
  return {
    world,
    cluster,
    pod,
    podPath: `/api/v1/namespaces/${cluster.namespace}/pods/cart`,
    certificate,
    async admit(login) {
      mustBe(202, await world.inject(login, pod.name))
      return certificate()
    },
    async refuse(login, reason) {
      const reply = await world.inject(login, pod.name)
      assert.deepEqual([reply.status, reply.text], [401, ''])
      assert.match(await world.reason(), reason)
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** What an object says of itself. */
export const metadataOf = (pod: ClusterObject): ClusterObject => pod['metadata'] as ClusterObject

/** Changes what a pod says of itself. */
export function changePod({ cluster }: StandInWorld, path: string, more: ClusterObject): void {
  const pod = cluster.objects.get(path) ?? assert.fail(path)
  cluster.objects.set(path, { ...pod, metadata: { ...metadataOf(pod), ...more } })
}

/** Has a container of the pod another image. */
export function changeImage({ cluster, podPath }: StandInWorld, name: string, image: string): void {
  const pod = cluster.objects.get(podPath) ?? assert.fail(podPath)
  const spec = pod['spec'] as { readonly containers: readonly ClusterObject[] }
  const containers = spec.containers.map((one) => (one['name'] === name ? { ...one, image } : one))
  cluster.objects.set(podPath, { ...pod, spec: { ...spec, containers } })
}
