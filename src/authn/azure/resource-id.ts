import { refused } from '#authn/jwt/refusal.ts'

/**
 * The name of something in Azure, in lower case: Azure takes names that differ in the case of their letters for one. Only letters of ASCII
 * are folded, so that no other letter, such as the Kelvin sign, is taken for one of them.
 */
export interface ResourceId {
  readonly subscription: string
  readonly resourceGroup: string
  /** `microsoft.managedidentity`. */
  readonly provider: string
  /** `userassignedidentities`, and the names of what it is in. */
  readonly type: string
  readonly name: string
}

/** Text as Azure compares it. */
export const folded = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** What a GUID looks like, in lower case. */
const GUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

const ONE_GUID = new RegExp(`^${GUID}$`)

/** Whether folded text is the id of a subscription, a tenant or a principal. */
export const isGuid = (text: string): boolean => ONE_GUID.test(text)

const KEYS =
  /^\/?subscriptions\/(?<subscription>[^/]*)\/resourcegroups\/(?<resourceGroup>[^/]*)\/providers(?<rest>\/.*)?$/
const NAME = String.raw`[\p{L}\p{N}_.()\-]{1,260}`
const SEGMENT = new RegExp(`^${NAME}$`, 'u')

/** The longest id, in UTF-16 code units. */
const LONGEST = 2048

/**
 * The resource in a claim `xms_mirid`: `/subscriptions/ID/resourcegroups/NAME/providers/PROVIDER/TYPE/NAME`, and nothing before or behind it
 * (reference/conjur-api.md 6.7). Throws `unauthorized` with CONJ00053E when one of the three keys is missing, with CONJ00054E when the
 * provider has not just these three parts, and with CONJ00052E for everything else.
 */
export function managedResourceIn(claim: string): ResourceId {
  if (claim.length > LONGEST) throw malformed('it is too long')
  const { subscription, resourceGroup, rest } = keysIn(folded(claim))
  const [provider = '', type = '', name = '', ...more] = rest.split('/')
  if (name === '' || more.length > 0) {
    throw refused("CONJ00054E The providers in the claim 'xms_mirid' are not PROVIDER/TYPE/NAME")
  }
  if (!isGuid(subscription)) throw malformed('its subscription is not a GUID')
  if (![resourceGroup, provider, type, name].every((part) => SEGMENT.test(part))) {
    throw malformed('one of its parts is not a name')
  }
  return { subscription, resourceGroup, provider, type, name }
}

/** What stands behind each of the three keys. */
function keysIn(id: string): Record<'subscription' | 'resourceGroup' | 'rest', string> {
  const groups = KEYS.exec(id)?.groups
  if (groups === undefined) {
    throw refused(
      "CONJ00053E The claim 'xms_mirid' lacks one of subscriptions, resourcegroups and providers",
    )
  }
  const { subscription = '', resourceGroup = '', rest = '' } = groups
  return { subscription, resourceGroup, rest: rest.slice(1) }
}

const malformed = (how: string): Error =>
  refused(`CONJ00052E Failed to parse the claim 'xms_mirid': ${how}`)

/** How a resource is written. */
export const printResource = (id: ResourceId): string =>
  `/subscriptions/${id.subscription}/resourcegroups/${id.resourceGroup}/providers/${id.provider}/${id.type}/${id.name}`

const RESOURCE = new RegExp(
  `^/subscriptions/${GUID}/resourcegroups/${NAME}/providers/${NAME}(?:/${NAME}/${NAME}){1,4}$`,
  'u',
)

/** The resource in a claim `xms_az_rid`, perhaps one within others, as {@link printResource} writes it; `undefined` when it is none. */
export function resourceIn(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || claim.length > LONGEST) return undefined
  const resource = folded(claim)
  return RESOURCE.test(resource) ? resource : undefined
}
