import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { WebSocketServer, type WebSocket } from 'ws'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { fileIn, runProcess } from './exec-process.ts'
import { portOf } from './port.ts'
import {
  NAMESPACE_LABEL,
  type PodOrder,
  type RunningPod,
  type TestCluster,
} from './test-cluster.ts'

/** What the API server of the documents does with a request, and nothing more. */
export interface StandInCluster extends TestCluster {
  /** Every request that came: `GET /api/v1/…`, `EXEC /api/v1/…` for one that wants to run something. */
  readonly asked: string[]
  /** What there is, by path. */
  readonly objects: Map<string, ClusterObject>
  /** The bearer tokens that are taken, and what each may: `get pods`, `create pods/exec`. */
  readonly tokens: Map<string, ReadonlySet<string>>
  /** The bearers of tokens that `TokenReview` knows. */
  readonly reviewed: Map<string, TokenReviewStatus>
  /** The subprotocols that it speaks. */
  protocols: readonly string[]
  /** Takes an `exec` over, in place of running what is asked. */
  onExec: ((socket: WebSocket, path: string) => void) | undefined
  /** The folder that stands for a container. */
  folderOf(pod: string, container: string): string
}

/** An object of the API. */
export type ClusterObject = Readonly<Record<string, unknown>>

/** What a review tells of a token. */
export interface TokenReviewStatus {
  readonly audiences: readonly string[]
  readonly user: ClusterObject
}

/** What docs/authenticators/authn-k8s.md grants. */
export const RIGHTS: readonly string[] = [
  'get pods',
  'get pods/exec',
  'create pods/exec',
  'get namespaces',
  'get serviceaccounts',
  'get replicasets',
  'get deployments',
  'get statefulsets',
  'get daemonsets',
  'get jobs',
  'get cronjobs',
  'get apis',
  'create tokenreviews',
]

/** A token as clusters make them, for nobody. */
export const clusterToken = (): string =>
  ['header', randomUUID(), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

const ALL_PROTOCOLS = ['v5', 'v4', 'v3', 'v2']
  .map((version) => `${version}.channel.k8s.io`)
  .concat('channel.k8s.io')

/** Starts one on this machine; `folder` gets a folder for each container. */
export async function startStandIn(folder: string): Promise<StandInCluster> {
  const { certPem, keyPem } = await createTlsIdentity({
    hostnames: ['localhost'],
    addresses: ['127.0.0.1'],
    now: new Date(),
    days: 1,
  })
  const namespace = `run-${randomUUID().slice(0, 8)}`
  const token = clusterToken()
  const cluster: Book = {
    asked: [],
    objects: new Map(),
    tokens: new Map([[token, new Set(RIGHTS)]]),
    reviewed: new Map(),
    protocols: ALL_PROTOCOLS,
    onExec: undefined,
    folderOf: (pod, container) => join(folder, namespace, pod, container),
  }
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    void answer(cluster, request, response)
  })
  const sockets = new WebSocketServer({
    noServer: true,
    // The API server takes the first of the client's that it speaks; one that asks for none gets the oldest.
    handleProtocols: (wanted) =>
      [...wanted].find((one) => cluster.protocols.includes(one)) ?? false,
  })
  server.on('upgrade', (request, socket, head) => {
    const path = record(cluster, 'EXEC', request)
    const refusal = refusalOf(cluster, request, ['get pods/exec', 'create pods/exec'])
    const container = containerIn(cluster, path)
    if (refusal !== undefined || container === undefined) {
      socket.end(
        `HTTP/1.1 ${refusal ?? 404} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      if (cluster.onExec === undefined) runProcess(opened, container.root, container.command)
      else cluster.onExec(opened, path)
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const port = portOf(server)
  put(cluster, `/api/v1/namespaces/${namespace}`, {
    metadata: object(namespace, { labels: { [NAMESPACE_LABEL.name]: NAMESPACE_LABEL.value } }),
  })
  put(cluster, `/api/v1/namespaces/${namespace}/serviceaccounts/default`, {
    metadata: object('default'),
  })
  return Object.assign(cluster, {
    namespace,
    access: { url: `https://127.0.0.1:${port}`, caPem: certPem, token },
    start: (order: PodOrder) => start(cluster, namespace, order),
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

type Book = Pick<
  StandInCluster,
  'asked' | 'objects' | 'tokens' | 'reviewed' | 'protocols' | 'onExec' | 'folderOf'
>

const object = (name: string, more: ClusterObject = {}): ClusterObject => ({
  name,
  uid: randomUUID(),
  ...more,
})

function put({ objects }: Book, path: string, value: ClusterObject): void {
  objects.set(path, value)
}

function record({ asked }: Book, what: string, { url = '' }: IncomingMessage): string {
  asked.push(`${what} ${url}`)
  return url
}

async function answer(
  book: Book,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request
  const path = record(book, method, request)
  const verb = method === 'POST' ? 'create' : 'get'
  const refusal = refusalOf(book, request, [`${verb} ${resourceIn(path)}`])
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }
  if (refusal !== undefined)
    return reply(refusal, { kind: 'Status', status: 'Failure', code: refusal })
  if (path === '/apis') return reply(200, { kind: 'APIGroupList', groups: [] })
  if (method === 'POST') return reply(201, review(book, JSON.parse(await text(request))))
  const found = book.objects.get(path)
  return found === undefined ? reply(404, { kind: 'Status', code: 404 }) : reply(200, found)
}

/** The resource, and what is below it, that a path is about. */
function resourceIn(path: string): string {
  const [, rest = ''] = /^\/(?:api|apis\/[^/]+)\/v[^/]+\/(.+)$/.exec(path) ?? ['', path.slice(1)]
  const parts = rest.split('?', 1).join('').split('/')
  if (parts[0] !== 'namespaces' || parts.length <= 2) return parts[0] ?? ''
  return [parts[2], ...parts.slice(4)].join('/')
}

function refusalOf(
  { tokens }: Book,
  { headers }: IncomingMessage,
  wanted: readonly string[],
): 401 | 403 | undefined {
  const rights = tokens.get(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
  if (rights === undefined) return 401
  return wanted.every((right) => rights.has(right)) ? undefined : 403
}

interface Review {
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] }
}

function review({ reviewed }: Book, asked: unknown): ClusterObject {
  const { spec } = asked as Review
  const known = reviewed.get(spec.token)
  const audiences = known?.audiences.filter((one) => spec.audiences?.includes(one)) ?? []
  const holds = known !== undefined && audiences.length > 0
  const status = holds
    ? { authenticated: true, audiences, user: known.user }
    : { authenticated: false }
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec, status }
}

function containerIn(
  { objects, folderOf }: Book,
  url: string,
): { readonly root: string; readonly command: readonly string[] } | undefined {
  const { pathname, searchParams } = new URL(url, 'https://cluster')
  const pod = pathname.replace(/\/exec$/, '')
  const container = searchParams.get('container') ?? ''
  const spec = objects.get(pod)?.['spec'] as { containers: { name: string }[] } | undefined
  if (spec?.containers.some(({ name }) => name === container) !== true) return undefined
  return {
    root: folderOf(pod.split('/').at(-1) ?? '', container),
    command: searchParams.getAll('command'),
  }
}

const IMAGE = 'registry.example/shop/authenticator'
const DIGEST = `sha256:${'ab'.repeat(32)}`

async function start(book: Book, namespace: string, order: PodOrder): Promise<RunningPod> {
  const { name: wanted, labels = {}, containers = ['authenticator'], isDeployed } = order
  const name = isDeployed === true ? `${wanted}-7d4b9c-x2x4z` : wanted
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  const uid = randomUUID()
  for (const container of containers) {
    await mkdir(join(book.folderOf(name, container), 'etc/conjur/ssl'), { recursive: true })
    await mkdir(join(book.folderOf(name, container), 'tmp'), { recursive: true })
  }
  const owner = isDeployed === true ? deploy(book, namespace, wanted) : {}
  put(book, path, {
    metadata: { name, namespace, uid, labels, ...owner },
    spec: {
      serviceAccountName: 'default',
      nodeName: 'node-1',
      containers: containers.map((container) => ({ name: container, image: `${IMAGE}:1` })),
    },
    status: {
      phase: 'Running',
      podIP: '10.1.2.3',
      podIPs: [{ ip: '10.1.2.3' }],
      containerStatuses: containers.map((container) => ({
        name: container,
        imageID: `${IMAGE}@${DIGEST}`,
      })),
    },
  })
  return {
    name,
    uid,
    read: (container, file) => fileIn(book.folderOf(name, container), file),
    async label(label, value) {
      const pod = book.objects.get(path) ?? assert.fail(`${name} is gone`)
      const metadata = pod['metadata'] as ClusterObject
      put(book, path, { ...pod, metadata: { ...metadata, labels: { ...labels, [label]: value } } })
    },
    async remove() {
      book.objects.delete(path)
    },
  }
}

/** A deployment with its replica set; what its pod says of that. */
function deploy(book: Book, namespace: string, name: string): ClusterObject {
  const [deployment, set] = [object(name), object(`${name}-7d4b9c`)]
  const owner = (kind: string, { name: of, uid }: ClusterObject): ClusterObject => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: of, uid, controller: true }],
  })
  const root = `/apis/apps/v1/namespaces/${namespace}`
  put(book, `${root}/deployments/${name}`, { metadata: deployment })
  put(book, `${root}/replicasets/${name}-7d4b9c`, {
    metadata: { ...set, ...owner('Deployment', deployment) },
  })
  return owner('ReplicaSet', set)
}
