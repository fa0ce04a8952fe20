import type { Outbound } from '#app/outbound.ts'
import type { Attribute } from '#domain/attestation.ts'
import { Failure } from '#lib/failure.ts'
import { namedAccess } from '#authn/kubernetes/access.ts'
import type { KubernetesAccess, ReadInCluster } from '#authn/kubernetes/access.ts'
import { kubernetesApi, mustSucceed } from '#authn/kubernetes/api.ts'
import type { KubernetesApi } from '#authn/kubernetes/api.ts'
import { refused } from './refusal.ts'
import type { Declared } from './settings.ts'
import { isJsonObject, type JsonObject } from './strict-json.ts'

/** That tokens are shown to the API server of a cluster. */
export interface ReviewSettings {
  /** Absent for the cluster that the server runs in. */
  readonly access: KubernetesAccess | undefined
  readonly audience: string
}

/**
 * The settings of the review; `undefined` when there is none. Throws `unauthorized` when it is half configured, and without an audience: the
 * API server would then hold a token good that was made for something else (attack `k8s-attest`).
 */
export function reviewSettingsOf(declared: Declared): ReviewSettings | undefined {
  const wanted = declared.get('kubernetes/token-review') ?? 'false'
  if (wanted !== 'true' && wanted !== 'false') {
    throw refused('CONJ00037E The value of kubernetes/token-review is neither true nor false')
  }
  if (wanted === 'false') return undefined
  const audience = declared.get('audience')
  if (audience === undefined) {
    throw refused('CONJ00115E The setting kubernetes/token-review needs an audience')
  }
  const { access, isWhole } = namedAccess(declared)
  if (!isWhole) {
    throw refused(
      'CONJ00132E The Kubernetes API needs both kubernetes/api-url and kubernetes/service-account-token',
    )
  }
  return { access, audience }
}

/**
 * Asks the API server of a cluster whether a token still holds (TokenReview, reference/kubernetes.md 6.1), which it no longer does once the
 * pod is gone that it was made for; answers with what the API server says of its bearer. Throws `unauthorized` when it does not hold, and when
 * nobody can tell.
 */
export type ReviewToken = (settings: ReviewSettings, token: string) => Promise<readonly Attribute[]>

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'

/** Reviews over the outbound port. */
export function tokenReviewer({
  outbound,
  inCluster,
}: {
  readonly outbound: Outbound
  readonly inCluster: ReadInCluster
}): ReviewToken {
  const api = kubernetesApi(outbound)
  return async ({ access, audience }, token) => {
    const at = access ?? (await mustBeInCluster(inCluster))
    const status = await reviewed(api, at, { token, audiences: [audience] })
    mustHold(status, audience)
    return attributesIn(status)
  }
}

async function mustBeInCluster(inCluster: ReadInCluster): Promise<KubernetesAccess> {
  const access = await toldAsRefusal(inCluster())
  if (access !== undefined) return access
  throw refused('CONJ00132E This server runs in no cluster: kubernetes/api-url is missing')
}

async function reviewed(
  api: KubernetesApi,
  access: KubernetesAccess,
  spec: { readonly token: string; readonly audiences: readonly string[] },
): Promise<JsonObject> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
  const answer = await toldAsRefusal(
    api.create(access, PATH, review).then((given) => mustSucceed(given)),
  )
  const status = isJsonObject(answer) ? answer['status'] : undefined
  if (isJsonObject(status)) return status
  throw refused('CONJ00132E The Kubernetes API did not answer with a TokenReview')
}

/** An old authenticator of the API server passes over the audiences that it was asked about and names none. */
function mustHold({ authenticated, audiences }: JsonObject, audience: string): void {
  if (authenticated !== true) {
    throw refused('CONJ00153E The Kubernetes API says that the token does not hold')
  }
  if (!Array.isArray(audiences) || !audiences.includes(audience)) {
    throw refused('CONJ00153E The Kubernetes API does not hold the token good for the audience')
  }
}

const EXTRA = 'authentication.kubernetes.io/'

/** What a review tells beside the token itself. */
const TOLD: readonly (readonly [extra: string, attribute: string])[] = [
  ['pod-name', 'k8s.pod.name'],
  ['pod-uid', 'k8s.pod.uid'],
  ['node-name', 'k8s.node.name'],
  ['node-uid', 'k8s.node.uid'],
]

const SERVICE_ACCOUNT = /^system:serviceaccount:(?<namespace>[^:]+):(?<serviceAccount>[^:]+)$/

function attributesIn({ user }: JsonObject): readonly Attribute[] {
  if (!isJsonObject(user)) return []
  const { namespace, serviceAccount } = SERVICE_ACCOUNT.exec(String(user['username']))?.groups ?? {}
  const extra = isJsonObject(user['extra']) ? user['extra'] : {}
  return [
    ...attribute('k8s.namespace', namespace),
    ...attribute('k8s.service-account', serviceAccount),
    ...TOLD.flatMap(([name, told]) => attribute(told, extra[EXTRA + name])),
  ]
}

function attribute(name: string, value: unknown): readonly Attribute[] {
  const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
  return values.length === 0 ? [] : [{ name, values, source: 'TokenReview' }]
}

/** Who cannot be asked vouches for nothing. */
async function toldAsRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'unavailable') throw error
    throw refused('CONJ00132E The Kubernetes API cannot be asked', { cause: error })
  }
}
