import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import type { KubernetesAccess, ReadInCluster } from './access.ts'

/** Where a cluster puts what its pods need to ask its API server. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Reads the access of the cluster that this server runs in, from the environment and the files that every pod gets. The files are read each
 * time, because the cluster replaces the token about hourly. Throws `unreachable` when the environment is that of a pod and the files are not
 * there.
 */
export const readInCluster =
  (
    environment: Readonly<Record<string, string | undefined>>,
    folder: string = FOLDER,
  ): ReadInCluster =>
  async (): Promise<KubernetesAccess | undefined> => {
    const host = environment['KUBERNETES_SERVICE_HOST'] ?? ''
    if (host === '') return undefined
    const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443'
    const [token, caPem] = await Promise.all([fileIn(folder, 'token'), fileIn(folder, 'ca.crt')])
    return { url: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`, token, caPem }
  }

async function fileIn(folder: string, name: string): Promise<string> {
  try {
    return (await readFile(join(folder, name), 'utf8')).trim()
  } catch (cause) {
    const text = `the service account of this pod has no readable ${name}`
    throw new Failure('unreachable', text, { cause })
  }
}
