import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import type { KubernetesAccess } from './access.ts'

/** What the API server of a cluster answers: the status and, when the body is JSON, what it holds. */
export interface KubernetesAnswer {
  readonly status: number
  readonly object: unknown
}

/** Asks API servers of clusters; every call throws `unreachable`, `forbidden` and `unavailable` like {@link Outbound}. */
export interface KubernetesApi {
  /** Reads the object at a path of the API: `/api/v1/namespaces/shop/pods/cart`. */
  read(access: KubernetesAccess, path: string): Promise<KubernetesAnswer>
  /** Creates an object in the collection at a path. */
  create(access: KubernetesAccess, path: string, object: unknown): Promise<KubernetesAnswer>
}

/** A client of API servers. */
export function kubernetesApi(outbound: Outbound): KubernetesApi {
  const ask = async (
    { url, token, caPem }: KubernetesAccess,
    path: string,
    object?: unknown,
  ): Promise<KubernetesAnswer> => {
    const { status, body } = await outbound.send(`${url}${path}`, {
      purpose: 'kubernetes',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(object === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(object === undefined ? {} : { body: Buffer.from(JSON.stringify(object)) }),
      ...(caPem === undefined ? {} : { caPem }),
    })
    return { status, object: parsed(body) }
  }

  return {
    read: (access, path) => ask(access, path),
    create: (access, path, object) => ask(access, path, object),
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    const object: unknown = JSON.parse(new TextDecoder().decode(body))
    return object
  } catch {
    // A proxy in between may answer in HTML: the status says what there is to say.
    return undefined
  }
}

/** The object of an answer that has the status of success; throws `unreachable`, naming the status, for any other. */
export function mustSucceed({ status, object }: KubernetesAnswer): unknown {
  if (status >= 200 && status < 300) return object
  throw new Failure('unreachable', `the Kubernetes API answered with status ${status}`)
}
