import type { Annotated } from '#app/authenticator.ts'
import { exactly, SOURCE_ADDRESS } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { restrictionsIn } from '#domain/restrictions.ts'
import type { Restriction } from '#domain/restrictions.ts'
import { quoted } from '#lib/failure.ts'
import { refused } from '#authn/kubernetes/refusal.ts'

/** What pods are called by as attributes. */
export const NAMESPACE = 'k8s.namespace'
export const NAMESPACE_LABEL = 'k8s.namespace.label.'
export const SERVICE_ACCOUNT = 'k8s.service-account'
export const POD_NAME = 'k8s.pod.name'
export const POD_ADDRESS = 'k8s.pod.address'

type Codes = Condition['codes']

const RELATION: Codes = { missing: 'CONJ00062E', failed: 'CONJ00061E' }

/** The annotations of reference/kubernetes.md 3.3 that stand for one attribute each. */
const ATTRIBUTES = {
  namespace: { attribute: NAMESPACE, codes: { missing: 'CONJ00023E', failed: 'CONJ00023E' } },
  'service-account': {
    attribute: SERVICE_ACCOUNT,
    codes: { missing: 'CONJ00026E', failed: 'CONJ00061E' },
  },
  pod: { attribute: POD_NAME, codes: { missing: 'CONJ00060E', failed: 'CONJ00060E' } },
  deployment: { attribute: 'k8s.deployment', codes: RELATION },
  'stateful-set': { attribute: 'k8s.statefulset', codes: RELATION },
  'deployment-config': { attribute: 'k8s.deploymentconfig', codes: RELATION },
} as const satisfies Readonly<Record<string, { attribute: string; codes: Codes }>>

type Single = keyof typeof ATTRIBUTES

const isSingle = (name: string): name is Single => Object.hasOwn(ATTRIBUTES, name)

const SELECTOR = 'namespace-label-selector'
const CONTAINER = 'authentication-container-name'

const KNOWN = [...Object.keys(ATTRIBUTES), SELECTOR, CONTAINER]

/** Of which a pod can have one at most. */
const CONTROLLERS: readonly string[] = ['deployment', 'stateful-set', 'deployment-config']

const TYPE = 'authn-k8s'

/** The container that authenticates where nothing says otherwise. */
const USUAL_CONTAINER = 'authenticator'

/**
 * The container of the pod that gets the certificate and whose image counts (reference/kubernetes.md 3.2). Throws `unauthorized` for an annotation
 * that is not known.
 */
export function containerNamed(annotations: ReadonlyMap<string, string>, service: string): string {
  const own = restrictionsIn(annotations, { type: TYPE, service, known: KNOWN }).get(CONTAINER)
  const general = annotations.get(`kubernetes/${CONTAINER}`) ?? ''
  return own?.value ?? (general === '' ? USUAL_CONTAINER : general)
}

/**
 * What a host demands of a pod in Conjur's spelling: by its annotations or, when it has none, by the last three parts of its id
 * (reference/kubernetes.md 3.3). Throws `unauthorized` when they are malformed or contradict each other, and when no namespace is demanded in
 * either spelling: every namespace of a cluster has a pod of any name.
 */
export function restrictionsOn(
  { role, annotations, stated }: Annotated,
  service: string,
): readonly Condition[] {
  const restrictions = restrictionsIn(annotations, { type: TYPE, service, known: KNOWN })
  const restricting = [...restrictions.values()].filter(({ name }) => name !== CONTAINER)
  const statesNamespace = stated.some(
    ({ attribute }) => attribute === NAMESPACE || attribute.startsWith(NAMESPACE_LABEL),
  )
  if (restricting.length === 0) return statesNamespace ? [] : restrictionsById(role)
  mustAgree(restrictions, statesNamespace)
  return restricting.flatMap(conditionsOf)
}

function mustAgree(restrictions: ReadonlyMap<string, Restriction>, statesNamespace: boolean): void {
  const namespaces = ['namespace', SELECTOR].filter((name) => restrictions.has(name))
  if (namespaces.length > 1 || (namespaces.length === 0 && !statesNamespace)) {
    throw refused(`CONJ00131E The role must have exactly one of namespace and ${SELECTOR}`)
  }
  const controllers = CONTROLLERS.filter((name) => restrictions.has(name))
  if (controllers.length > 1) {
    throw refused(`CONJ00055E The role must not have ${controllers.join(' and ')} together`)
  }
}

/** What an instance demands of every pod, whatever its host does: that it calls from an address of its own, where the settings say so. */
export const demandedOfAll = (declared: ReadonlyMap<string, string>): readonly Condition[] =>
  declared.get('source-address') === 'true'
    ? [
        {
          attribute: SOURCE_ADDRESS,
          statedBy: 'the setting source-address',
          anyOf: [{ kind: 'attribute', text: POD_ADDRESS }],
          codes: { missing: 'CONJ00003E', failed: 'CONJ00003E' },
        },
      ]
    : []

const conditionsOf = ({ name, value, statedBy }: Restriction): readonly Condition[] =>
  name === SELECTOR ? selected(value, statedBy) : [single(name, value, statedBy)]

function single(name: string, value: string, statedBy: string): Condition {
  if (!isSingle(name)) throw new Error(`${name} stands for no attribute`)
  const { attribute, codes } = ATTRIBUTES[name]
  return exactly(attribute, value, statedBy, codes)
}

const LABEL = /^(?<name>[\w./-]+)==?(?<value>[\w.-]*)$/

/** Pairs `name=value` or `name==value` between commas, each of which the namespace must have as a label. */
const selected = (selector: string, statedBy: string): readonly Condition[] =>
  selector.split(',').map((pair) => {
    const { name, value } = LABEL.exec(pair.trim())?.groups ?? {}
    if (name === undefined || value === undefined) {
      throw refused(`CONJ00094E The label selector of ${quoted(statedBy)} is malformed`)
    }
    const codes = { missing: 'CONJ00083E', failed: 'CONJ00083E' }
    return exactly(NAMESPACE_LABEL + name, value, statedBy, codes)
  })

const BY_ID = 'the id of the host'

/** `NAMESPACE`, twice an asterisk, or `NAMESPACE/KIND/NAME` at the end of an id, with `_` for `-` in the kind. */
function restrictionsById(role: Id): readonly Condition[] {
  const parts = identifierOf(role).split('/').slice(-3)
  const [namespace = '', kind = '', name = ''] = parts
  if (parts.length < 3 || parts.includes('')) {
    throw refused('CONJ00048E The host id does not end in NAMESPACE/KIND/NAME')
  }
  const within = single('namespace', namespace, BY_ID)
  return kind === '*' && name === '*' ? [within] : [within, byKind(kind, name)]
}

function byKind(kind: string, name: string): Condition {
  if (kind === '*' || name === '*') {
    throw refused('CONJ00048E The host id has an asterisk in one of KIND and NAME alone')
  }
  const restriction = kind.replaceAll('_', '-')
  if (isSingle(restriction) && restriction !== 'namespace') return single(restriction, name, BY_ID)
  throw refused(`CONJ00041E ${quoted(kind)} is not a kind by which a host is known`)
}
