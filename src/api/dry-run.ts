/** `POST`, `PATCH` and `PUT /policies/…` with `dryRun=true` (reference/conjur-api.md 1.7); an invalid policy answers 422 with it. */
export interface DryRunBody {
  readonly status: 'Valid YAML' | 'Invalid YAML'
  readonly errors?: readonly DryRunError[]
  readonly created?: DryRunItems
  readonly updated?: { readonly before: DryRunItems; readonly after: DryRunItems }
  readonly deleted?: DryRunItems
  /** Who gains or loses what; a server of another make does not say. */
  readonly access?: readonly DryRunAccess[]
  /** Only when the report leaves something out. */
  readonly truncated?: boolean
  readonly warnings?: readonly string[]
}

/** What is wrong with a policy: the message, and on a second line what to do about it. */
export interface DryRunError {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly context?: { readonly policy_id: string; readonly offending_lines: readonly number[] }
}

/** Roles and resources on one side of a load. */
export interface DryRunItems {
  readonly items: readonly DryRunItem[]
}

/** One of them; of what the caller cannot see there are the first two members alone. */
export interface DryRunItem {
  readonly identifier: string
  readonly type: string
  readonly id?: string
  readonly owner?: string | null
  readonly policy?: string | null
  readonly permissions?: IdsByName
  readonly permitted?: IdsByName
  readonly annotations?: Readonly<Record<string, string>>
  readonly members?: readonly string[]
  readonly memberships?: readonly string[]
  readonly restricted_to?: readonly string[]
}

/** Full ids by privilege. */
export type IdsByName = Readonly<Record<string, readonly string[]>>

/** One role's gain or loss; the privilege `*` stands for all of them, those of an owner. */
export interface DryRunAccess {
  readonly role: string
  readonly privilege: string
  readonly resource: string
  readonly change: 'gained' | 'lost'
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string'

/** What a test says, or yes for what is not there. */
const ifThere =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || is(value)

const isListOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(is)

const isMapOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isMembers(value) && Object.values(value).every(is)

const areTexts = isListOf(isText)

const ITEM: Readonly<Record<string, (value: unknown) => boolean>> = {
  identifier: isText,
  type: isText,
  id: ifThere(isText),
  // The servers of another make say null where there is none.
  owner: (value) => value === null || ifThere(isText)(value),
  policy: (value) => value === null || ifThere(isText)(value),
  permissions: ifThere(isMapOf(areTexts)),
  permitted: ifThere(isMapOf(areTexts)),
  annotations: ifThere(isMapOf(isText)),
  members: ifThere(areTexts),
  memberships: ifThere(areTexts),
  restricted_to: ifThere(areTexts),
}

const isItem = (value: unknown): boolean =>
  isMembers(value) && Object.entries(ITEM).every(([name, is]) => is(value[name]))

const areItems = (value: unknown): boolean => isMembers(value) && isListOf(isItem)(value['items'])

const isError = (value: unknown): boolean =>
  isMembers(value) &&
  typeof value['line'] === 'number' &&
  typeof value['column'] === 'number' &&
  isText(value['message'])

const isAccess = (value: unknown): boolean =>
  isMembers(value) &&
  ['role', 'privilege', 'resource'].every((name) => isText(value[name])) &&
  (value['change'] === 'gained' || value['change'] === 'lost')

/** Whether `value` answers a dry run of a policy. */
export const isDryRun = (value: unknown): value is DryRunBody =>
  isMembers(value) &&
  (value['status'] === 'Valid YAML' || value['status'] === 'Invalid YAML') &&
  ifThere(isListOf(isError))(value['errors']) &&
  ifThere(areItems)(value['created']) &&
  ifThere(areItems)(value['deleted']) &&
  ifThere(areSides)(value['updated']) &&
  ifThere(isListOf(isAccess))(value['access']) &&
  ifThere(areTexts)(value['warnings'])

const areSides = (value: unknown): boolean =>
  isMembers(value) && areItems(value['before']) && areItems(value['after'])
