import { withoutEnd } from '#lib/without-end.ts'

/** How the API server of a cluster is asked. */
export interface KubernetesAccess {
  /** Its address, without a slash at the end. */
  readonly url: string
  /** The authorities that alone may vouch for it; the usual ones when absent. */
  readonly caPem?: string
  /** What the server authenticates with there. */
  readonly token: string
}

/** The access that the cluster gives in which this server runs, as it is now; `undefined` when it runs in none. */
export type ReadInCluster = () => Promise<KubernetesAccess | undefined>

/**
 * The access that the settings of an instance name; `undefined` when they name none, so that the cluster counts in which the server runs. A
 * setting that names a cluster always wins: a server can then recognise the pods of others than its own. `isWhole` is false when only
 * part of it is set.
 */
export function namedAccess(declared: ReadonlyMap<string, string>): {
  readonly access: KubernetesAccess | undefined
  readonly isWhole: boolean
} {
  const url = declared.get('kubernetes/api-url')
  const token = declared.get('kubernetes/service-account-token')
  const caPem = declared.get('kubernetes/ca-cert')
  if (url === undefined || token === undefined) {
    const isNothing = url === undefined && token === undefined && caPem === undefined
    return { access: undefined, isWhole: isNothing }
  }
  const access = { url: withoutEnd(url, '/'), token, ...(caPem === undefined ? {} : { caPem }) }
  return { access, isWhole: true }
}
