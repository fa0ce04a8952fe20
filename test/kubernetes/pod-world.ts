import { createOutbound } from '#authn/outbound.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { ACCOUNT, mustBe, openNode } from '../http/harness.ts'
import type { NodeOptions, TestNode } from '../http/harness.ts'
import type { Reply } from '../http/client.ts'
import { escapedPem, requestBy, spiffeId, splitLogin } from './pod-client.ts'
import type { RequestedBy } from './pod-client.ts'
import type { TestCluster } from './test-cluster.ts'

/** Where a client finds its certificate in its container. */
export const CLIENT_PEM = '/etc/conjur/ssl/client.pem'

/** A server that recognises the pods of a cluster by the instance `prod`, and what pods ask of it. */
export interface PodWorld extends AsyncDisposable {
  readonly node: TestNode
  /** Declares a host below the policy `apps`, which may authenticate, and sets what it demands. */
  host(id: string, annotations?: Readonly<Record<string, string>>): Promise<string>
  /** Sends the request of a pod for a certificate, as the client would unless said otherwise. */
  inject(login: string, pod: string, more?: InjectOptions): Promise<Reply>
  /** Logs in with a certificate, as a proxy tells it. */
  authenticate(login: string, pem: string | undefined, headers?: Headers): Promise<Reply>
  /** The reason of the last refusal in the trail. */
  reason(): Promise<string>
}

type Headers = Readonly<Record<string, string>>

/** What a request may have otherwise than usual. */
export interface InjectOptions extends Partial<RequestedBy> {
  /** Without the header when `null`. */
  readonly prefix?: string | null
  readonly headers?: Headers
  readonly namespace?: string
  readonly service?: string
}

const POLICY = `
- !policy
  id: conjur/authn-k8s/prod
  body:
    - !webservice
    - !webservice status
    - !variable ca/key
    - !variable ca/cert
    - !variable kubernetes/api-url
    - !variable kubernetes/ca-cert
    - !variable kubernetes/service-account-token
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: apps
`

/** Starts a {@link PodWorld} over a cluster. */
export async function openPodWorld(
  cluster: TestCluster,
  options: NodeOptions = {},
): Promise<PodWorld> {
  // What stands in for a cluster is on this machine, which nobody else may have called.
  const outbound = createOutbound({ allow: [{ host: new URL(cluster.access.url).hostname }] })
  const node = await openNode({
    authenticatorCalls: outbound,
    authenticatorSockets: outbound,
    ...options,
    settings: {
      authenticators: ['authn-k8s/prod'],
      certificateProxies: ['127.0.0.1'],
      ...options.settings,
    },
  })
  await node.load(POLICY)
  await setCluster(node, cluster)
  mustBe(201, await makeAuthority(node))
  return {
    node,
    async host(id, annotations = {}) {
      const lines = Object.entries({ 'authn-k8s/namespace': cluster.namespace, ...annotations })
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}\n`)
      const stated = lines.length === 0 ? '' : `  annotations:\n${lines.join('')}`
      await node.load(`- !host\n  id: ${JSON.stringify(id)}\n${stated}`, { branch: 'apps' })
      const grant = {
        role: '!group conjur/authn-k8s/prod/apps',
        member: `!host ${JSON.stringify(`apps/${id}`)}`,
      }
      await node.load(`- !grant\n  role: ${grant.role}\n  member: ${grant.member}\n`)
      return `host/apps/${id}`
    },
    async inject(login, pod, more = {}) {
      const { prefix, headers = {}, namespace = cluster.namespace, service = 'prod' } = more
      const split = splitLogin(login)
      const csr = await requestBy({
        commonName: split.commonName,
        uris: [spiffeId(namespace, pod)],
        ...more,
      })
      return node.anyone.send({
        method: 'POST',
        path: fillPath(PATHS.injectClientCertificate, { service }),
        body: csr,
        headers: {
          'Content-Type': 'text/plain',
          ...(prefix === null ? {} : { 'Host-Id-Prefix': prefix ?? split.prefix }),
          ...headers,
        },
      })
    },
    authenticate: (login, pem, headers = {}) =>
      node.anyone.send({
        method: 'POST',
        path: fillPath(PATHS.authenticateK8s, { service: 'prod', account: ACCOUNT, login }),
        headers: {
          'Content-Type': 'text/plain',
          ...(pem === undefined ? {} : { 'X-SSL-Client-Certificate': escapedPem(pem) }),
          ...headers,
        },
      }),
    async reason() {
      const refusals = (await node.trail()).filter(({ result }) => result === 'failure')
      return refusals.at(-1)?.reason ?? ''
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

/** Makes the authority of the instance, as the administrator. */
export const makeAuthority = (node: TestNode, previous = 'refuse'): Promise<Reply> =>
  node.admin.post(
    fillPath(PATHS.k8sAuthority, { service: 'prod', account: ACCOUNT }),
    JSON.stringify({ previous }),
    { 'Content-Type': 'application/json' },
  )

async function setCluster(node: TestNode, { access }: TestCluster): Promise<void> {
  const variable = (name: string): string => `conjur/authn-k8s/prod/kubernetes/${name}`
  await node.set(variable('api-url'), access.url)
  await node.set(variable('service-account-token'), access.token)
  if (access.caPem !== undefined) await node.set(variable('ca-cert'), access.caPem)
}
