import type { KubernetesAccess } from '#authn/kubernetes/access.ts'

/** A cluster that tests may do with as they like: one that stands in for it, or a real one. */
export interface TestCluster extends AsyncDisposable {
  /** How an authenticator asks it, with the rights of docs/authenticators/authn-k8s.md and no others. */
  readonly access: KubernetesAccess
  /** A namespace of this run alone, which has the label {@link NAMESPACE_LABEL}. */
  readonly namespace: string
  /** Starts a pod, and resolves once its containers run. */
  start(pod: PodOrder): Promise<RunningPod>
}

/** The label of the namespace of a run. */
export const NAMESPACE_LABEL = { name: 'strongroom-test', value: 'here' } as const

/** A pod that a test wants. */
export interface PodOrder {
  /** Of the pod, or of the deployment that makes it. */
  readonly name: string
  readonly isDeployed?: true
  readonly labels?: Readonly<Record<string, string>>
  /** `authenticator` alone unless said otherwise. */
  readonly containers?: readonly string[]
}

/** A pod that runs, under the service account `default`. */
export interface RunningPod {
  readonly name: string
  readonly uid: string
  /** A file in a container; `undefined` when it is not there. */
  read(container: string, path: string): Promise<string | undefined>
  /** Gives a label another value. */
  label(name: string, value: string): Promise<void>
  /** Deletes it, or the deployment that makes it, and resolves once it is gone. */
  remove(): Promise<void>
}
