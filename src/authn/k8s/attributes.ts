import type { Attribute } from '#domain/attestation.ts'
import { canonicalAddress } from '#lib/cidr.ts'
import { OWNER_ATTRIBUTES, ownersOf, type ReadObject } from '#authn/kubernetes/owners.ts'
import type { Container, Pod } from '#authn/kubernetes/pod.ts'
import { isSegment } from '#authn/kubernetes/name.ts'
import { textAt, textsAt } from '#authn/kubernetes/object.ts'
import {
  NAMESPACE,
  NAMESPACE_LABEL,
  POD_ADDRESS,
  POD_NAME,
  SERVICE_ACCOUNT,
} from './restrictions.ts'

const SOURCE = 'Kubernetes API'

/** The attribute that is the unique id of a pod. */
export const POD_UID = 'k8s.pod.uid'

/** The attribute that names the container that authenticates. */
export const CONTAINER_NAME = 'k8s.container.name'

const SERVICE_ACCOUNT_UID = `${SERVICE_ACCOUNT}.uid`
const NAMESPACE_UID = `${NAMESPACE}.uid`

const attribute = (name: string, value: string | undefined): readonly Attribute[] =>
  value === undefined ? [] : [{ name, values: [value], source: SOURCE }]

const labelled = (prefix: string, labels: ReadonlyMap<string, string>): readonly Attribute[] =>
  [...labels].flatMap(([name, value]) => attribute(prefix + name, value))

/**
 * What a pod is: all that it says itself, and what is `wanted` of its namespace, its service account and those who manage it, for which the API
 * server is asked further. Of its containers only the one that authenticates counts.
 */
export async function attributesOf(
  { pod, container }: { readonly pod: Pod; readonly container: Container },
  wanted: ReadonlySet<string>,
  read: ReadObject,
): Promise<readonly Attribute[]> {
  const [account, owners, namespace] = await Promise.all([
    accountAttributes(pod, wanted, read),
    ownerAttributes(pod, wanted, read),
    namespaceAttributes(pod, wanted, read),
  ])
  return [...ownAttributes(pod, container), ...account, ...owners, ...namespace]
}

const ownAttributes = (pod: Pod, container: Container): readonly Attribute[] => [
  ...attribute(NAMESPACE, pod.namespace),
  ...attribute(POD_NAME, pod.name),
  ...attribute(POD_UID, pod.uid),
  ...addressesOf(pod),
  ...attribute('k8s.node.name', pod.node),
  ...attribute(CONTAINER_NAME, container.name),
  ...attribute('k8s.image', container.image),
  ...attribute('k8s.image.digest', container.digest),
  ...labelled('k8s.label.', pod.labels),
]

/** In the one spelling in which `source-address` is compared with them. */
const addressesOf = ({ addresses }: Pod): readonly Attribute[] =>
  addresses.length === 0
    ? []
    : [
        {
          name: POD_ADDRESS,
          values: [...new Set(addresses.map(canonicalAddress))],
          source: SOURCE,
        },
      ]

/** A pod outlives its service account: who relies on the account wants it to be there. */
async function accountAttributes(
  { namespace, serviceAccount }: Pod,
  wanted: ReadonlySet<string>,
  read: ReadObject,
): Promise<readonly Attribute[]> {
  if (serviceAccount === undefined || !isSegment(serviceAccount)) return []
  if (!wanted.has(SERVICE_ACCOUNT) && !wanted.has(SERVICE_ACCOUNT_UID)) return []
  const object = await read(`/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}`)
  const uid = textAt(object, 'metadata', 'uid')
  if (uid === undefined) return []
  return [...attribute(SERVICE_ACCOUNT, serviceAccount), ...attribute(SERVICE_ACCOUNT_UID, uid)]
}

async function ownerAttributes(
  { namespace, controller }: Pod,
  wanted: ReadonlySet<string>,
  read: ReadObject,
): Promise<readonly Attribute[]> {
  const isWanted = OWNER_ATTRIBUTES.some((name) => wanted.has(name) || wanted.has(`${name}.uid`))
  const owners = isWanted ? await ownersOf(controller, namespace, read) : []
  return owners.flatMap(({ attribute: name, name: value, uid }) => [
    ...attribute(name, value),
    ...attribute(`${name}.uid`, uid),
  ])
}

async function namespaceAttributes(
  { namespace }: Pod,
  wanted: ReadonlySet<string>,
  read: ReadObject,
): Promise<readonly Attribute[]> {
  const isWanted = [...wanted].some(
    (name) => name === NAMESPACE_UID || name.startsWith(NAMESPACE_LABEL),
  )
  if (!isWanted) return []
  const object = await read(`/api/v1/namespaces/${namespace}`)
  return [
    ...attribute(NAMESPACE_UID, textAt(object, 'metadata', 'uid')),
    ...labelled(NAMESPACE_LABEL, textsAt(object, 'metadata', 'labels')),
  ]
}
