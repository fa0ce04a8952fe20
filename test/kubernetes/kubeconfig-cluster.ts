import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { listAt, textAt } from '#authn/kubernetes/object.ts'
import { podOf } from '#authn/kubernetes/pod.ts'
import {
  NAMESPACE_LABEL,
  type PodOrder,
  type RunningPod,
  type TestCluster,
} from './test-cluster.ts'

/** The image of the pods: it needs a shell, `cat` and `sleep`. */
const IMAGE = process.env['STRONGROOM_TEST_POD_IMAGE'] ?? 'busybox:1.36'

/** How long a cluster may take to start or to delete something, in milliseconds. */
const PATIENCE_MS = 120_000

/** How an administrator reaches a cluster. */
interface Admin {
  readonly url: string
  readonly caPem: string
  readonly headers: Readonly<Record<string, string>>
  readonly identity: { readonly cert?: string; readonly key?: string }
}

/**
 * A real cluster, by the current context of a file as kubectl has it, whose user has a token or a certificate in that file and may do
 * everything. Each run has a namespace and a cluster role of its own, which go with it.
 */
export async function openKubeconfig(path: string): Promise<TestCluster> {
  await using stack = new AsyncDisposableStack()
  const admin = adminIn(parse(readFileSync(path, 'utf8')))
  const api = apiOf(admin)
  const namespace = `strongroom-${randomUUID().slice(0, 8)}`
  const labels = { [NAMESPACE_LABEL.name]: NAMESPACE_LABEL.value }
  await api.create('/api/v1/namespaces', { metadata: { name: namespace, labels } })
  stack.defer(() => api.remove(`/api/v1/namespaces/${namespace}`))
  const token = await grant(api, namespace, stack)
  // The controller of service accounts is a moment behind, and no pod starts before it.
  await until(() => api.find(`/api/v1/namespaces/${namespace}/serviceaccounts/default`))
  const all = stack.move()
  return {
    access: { url: admin.url, caPem: admin.caPem, token },
    namespace,
    start: (order) => start(api, namespace, order),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function adminIn(config: unknown): Admin {
  const named = (list: string, name: string | undefined): unknown =>
    listAt(config, list).find((one) => textAt(one, 'name') === name) ??
    assert.fail(`no ${name} in ${list}`)
  const context = named('contexts', textAt(config, 'current-context'))
  const cluster = named('clusters', textAt(context, 'context', 'cluster'))
  const user = named('users', textAt(context, 'context', 'user'))
  const decoded = (from: unknown, ...at: readonly string[]): string | undefined => {
    const value = textAt(from, ...at)
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8')
  }
  const token = textAt(user, 'user', 'token')
  const cert = decoded(user, 'user', 'client-certificate-data')
  const key = decoded(user, 'user', 'client-key-data')
  return {
    url: textAt(cluster, 'cluster', 'server')?.replace(/\/+$/, '') ?? assert.fail('no server'),
    caPem: decoded(cluster, 'cluster', 'certificate-authority-data') ?? assert.fail('no authority'),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    identity: cert === undefined || key === undefined ? {} : { cert, key },
  }
}

/** What an administrator does with a cluster. */
interface Api {
  readonly admin: Admin
  create(path: string, object: object): Promise<unknown>
  /** The object at a path; `undefined` when there is none. */
  find(path: string): Promise<unknown>
  patch(path: string, object: object): Promise<void>
  /** Resolves once it is gone. */
  remove(path: string): Promise<void>
}

function apiOf(admin: Admin): Api {
  const agent = new Agent({ ca: admin.caPem, ...admin.identity })
  const ask = (
    method: string,
    path: string,
    object?: object,
    type = 'application/json',
  ): Promise<Asked> =>
    new Promise((resolve, reject) => {
      const headers = { ...admin.headers, 'content-type': type, accept: 'application/json' }
      const call = request(`${admin.url}${path}`, { method, headers, agent })
      call.once('error', reject)
      call.once('response', (response) => {
        const { statusCode: status = 0 } = response
        text(response).then((body) => resolve({ status, body }), reject)
      })
      call.end(object === undefined ? undefined : JSON.stringify(object))
    })
  const find = async (path: string): Promise<unknown> => {
    const answer = await ask('GET', path)
    return answer.status === 404 ? undefined : jsonOf(answer)
  }
  return {
    admin,
    find,
    create: async (path, object) => jsonOf(await ask('POST', path, object)),
    patch: async (path, object) =>
      void jsonOf(await ask('PATCH', path, object, 'application/merge-patch+json')),
    async remove(path) {
      await ask('DELETE', path, { propagationPolicy: 'Foreground', gracePeriodSeconds: 0 })
      await until(async () => ((await find(path)) === undefined ? true : undefined))
    },
  }
}

interface Asked {
  readonly status: number
  readonly body: string
}

function jsonOf({ status, body }: Asked): unknown {
  assert.ok(status >= 200 && status < 300, body)
  return JSON.parse(body)
}

/** Asks again and again until there is something. A cluster tells nobody when it is done; this is how all its clients wait. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    assert.ok(Date.now() < end, 'the cluster takes too long')
    await wait(250)
  }
}

/** The rights of docs/authenticators/authn-k8s.md, in the namespace of the run, for a token of an hour. */
async function grant(api: Api, namespace: string, stack: AsyncDisposableStack): Promise<string> {
  const rules = [
    { apiGroups: [''], resources: ['pods', 'namespaces', 'serviceaccounts'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
      verbs: ['get'],
    },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get'] },
  ]
  const group = 'rbac.authorization.k8s.io'
  await api.create(`/apis/${group}/v1/clusterroles`, { metadata: { name: namespace }, rules })
  stack.defer(() => api.remove(`/apis/${group}/v1/clusterroles/${namespace}`))
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await api.create(accounts, { metadata: { name: 'strongroom' } })
  await api.create(`/apis/${group}/v1/namespaces/${namespace}/rolebindings`, {
    metadata: { name: 'strongroom' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: namespace },
    subjects: [{ kind: 'ServiceAccount', name: 'strongroom', namespace }],
  })
  const issued = await api.create(`${accounts}/strongroom/token`, {
    spec: { expirationSeconds: 3600 },
  })
  return textAt(issued, 'status', 'token') ?? assert.fail('no token')
}

/** Containers that only wait, with the folder for certificates that clients have. */
const specOf = ({ containers = ['authenticator'] }: PodOrder): object => ({
  terminationGracePeriodSeconds: 0,
  containers: containers.map((name) => ({
    name,
    image: IMAGE,
    command: ['sh', '-c', 'sleep 3600'],
    volumeMounts: [{ name, mountPath: '/etc/conjur/ssl' }],
  })),
  volumes: containers.map((name) => ({ name, emptyDir: { medium: 'Memory' } })),
})

async function start(api: Api, namespace: string, order: PodOrder): Promise<RunningPod> {
  const { name, labels = {}, isDeployed } = order
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`
  const own = { ...labels, 'strongroom-order': name }
  const spec = specOf(order)
  if (isDeployed === true) {
    await api.create(deployments, {
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { 'strongroom-order': name } },
        template: { metadata: { labels: own }, spec },
      },
    })
  } else await api.create(pods, { metadata: { name, labels: own }, spec })
  const selector = encodeURIComponent(`strongroom-order=${name}`)
  const pod = await until(async () => {
    const [found] = listAt(await api.find(`${pods}?labelSelector=${selector}`), 'items')
    return textAt(found, 'status', 'phase') === 'Running' ? podOf(found) : undefined
  })
  return {
    name: pod.name,
    uid: pod.uid,
    read: (container, file) => read(api.admin, `${pods}/${pod.name}`, container, file),
    label: (label, value) =>
      api.patch(`${pods}/${pod.name}`, { metadata: { labels: { [label]: value } } }),
    remove: () =>
      api.remove(isDeployed === true ? `${deployments}/${name}` : `${pods}/${pod.name}`),
  }
}

/** A file of a container by `cat`, whose end the cluster tells. */
function read(
  { url, caPem, headers, identity }: Admin,
  pod: string,
  container: string,
  file: string,
): Promise<string | undefined> {
  const query = new URLSearchParams({ container, stdout: 'true', command: 'cat' })
  query.append('command', file)
  const address = `${url.replace(/^http/, 'ws')}${pod}/exec?${query.toString()}`
  const socket = new WebSocket(address, ['v4.channel.k8s.io'], { headers, ca: caPem, ...identity })
  let content = ''
  let status = ''
  socket.on('message', (data: Buffer) => {
    if (data[0] === 1) content += data.subarray(1).toString()
    if (data[0] === 3) status += data.subarray(1).toString()
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => resolve(status.includes('"Success"') ? content : undefined))
  })
}
