import { nearest } from '#lib/nearest.ts'

/** What a policy declares. `role` and `resource` are the raw forms, of a kind that the policy names. */
export type RecordType =
  | 'policy'
  | 'user'
  | 'host'
  | 'group'
  | 'layer'
  | 'variable'
  | 'webservice'
  | 'host-factory'
  | 'role'
  | 'resource'

/** What a policy says about what is declared; `member` is part of a grant. */
export type ActionType = 'grant' | 'revoke' | 'permit' | 'deny' | 'delete' | 'member'

interface TypeBase {
  /** The name that messages use: `No such attribute 'k' on type HostFactory`. */
  readonly className: string
  /** Every spelling of an attribute, with the name under which it is kept. */
  readonly attributes: ReadonlyMap<string, string>
}

/** A type of record (reference/conjur-api.md 4.2). */
export interface RecordVocabulary extends TypeBase {
  readonly type: RecordType
  readonly isRecord: true
  /** The name that messages use before an id: `host factory 'x' …`. */
  readonly printed: string
  /** The kind in ids; `undefined` when the policy names it. */
  readonly kind: string | undefined
  readonly isRole: boolean
  readonly isResource: boolean
}

/** A type of statement about records (reference/conjur-api.md 4.2). */
export interface ActionVocabulary extends TypeBase {
  readonly type: ActionType
  readonly isRecord: false
}

/** Everything that a tag can name. */
export type Vocabulary = RecordVocabulary | ActionVocabulary

const one = (...names: string[]): [string, string][] => names.map((name) => [name, name])

/** An attribute that takes one value or a list, and whose name may be spelled either way. */
const many = (singular: string, plural: string): [string, string][] => [
  [singular, plural],
  [plural, plural],
]

const COMMON = one('id', 'account', 'owner', 'annotations')
const ROLES = many('role', 'roles')
const MEMBERS = many('member', 'members')
const PRIVILEGES = many('privilege', 'privileges')
const RESOURCES = many('resource', 'resources')

const RECORDS: readonly RecordVocabulary[] = [
  record('policy', 'Policy', one('body')),
  record('user', 'User', [
    ...one('uidnumber', 'restricted_to'),
    ...many('public_key', 'public_keys'),
  ]),
  record('host', 'Host', one('restricted_to')),
  record('group', 'Group', one('gidnumber')),
  record('layer', 'Layer', []),
  { ...record('variable', 'Variable', one('kind', 'mime_type')), isRole: false },
  { ...record('webservice', 'Webservice', []), isRole: false },
  {
    ...record('host-factory', 'HostFactory', [...many('layer', 'layers'), ...one('role')]),
    printed: 'host factory',
    kind: 'host_factory',
  },
  {
    ...record('role', 'Role', []),
    attributes: new Map(one('id', 'account', 'kind')),
    kind: undefined,
    isResource: false,
  },
  { ...record('resource', 'Resource', one('kind')), kind: undefined, isRole: false },
]

const ACTIONS: readonly ActionVocabulary[] = [
  action('grant', 'Grant', [...ROLES, ...MEMBERS]),
  action('revoke', 'Revoke', [...ROLES, ...MEMBERS]),
  action('permit', 'Permit', [...ROLES, ...PRIVILEGES, ...RESOURCES]),
  action('deny', 'Deny', [...ROLES, ...PRIVILEGES, ...RESOURCES]),
  action('delete', 'Delete', one('record')),
  action('member', 'Member', one('role', 'admin')),
]

function record(
  type: RecordType,
  className: string,
  own: readonly [string, string][],
): RecordVocabulary {
  const attributes = new Map([...COMMON, ...own])
  return {
    type,
    isRecord: true,
    className,
    printed: type,
    kind: type,
    isRole: true,
    isResource: true,
    attributes,
  }
}

function action(
  type: ActionType,
  className: string,
  own: readonly [string, string][],
): ActionVocabulary {
  return { type, isRecord: false, className, attributes: new Map(own) }
}

const BY_NAME: ReadonlyMap<string, Vocabulary> = new Map(
  [...RECORDS, ...ACTIONS].map((entry) => [entry.type, entry]),
)

/** The type that a tag as written names (`!host-factory` and `!host_factory` alike), `undefined` for an unknown one. */
export const typeOfTag = (tag: string): Vocabulary | undefined =>
  BY_NAME.get(tag.slice(1).replaceAll('_', '-'))

/** Whether a tag names the legacy statement that this product does not have. */
export const isAutomaticRole = (tag: string): boolean =>
  ['automatic-role', 'managed-role'].includes(tag.slice(1).replaceAll('_', '-'))

const TAG_LIST =
  'The tag must be one of the following: !delete, !deny, !grant, !group, !host, !host-factory, !layer, !permit, !policy, !revoke, !user, !variable, !webservice'

/** What to do about an unknown tag. */
export function adviceOnTag(tag: string): string {
  const meant = nearest(tag.slice(1).replaceAll('_', '-'), BY_NAME.keys())
  return meant === undefined ? TAG_LIST : `did you mean !${meant}? ${TAG_LIST}`
}

/** What to do about an unknown attribute. */
export function adviceOnAttribute(name: string, { attributes }: Vocabulary): string {
  if (name === '<<') return 'YAML merge keys are not supported: write the attributes out'
  const meant = nearest(name, attributes.keys())
  const list = `The attribute must be one of the following: ${[...attributes.keys()].join(', ')}`
  return meant === undefined ? list : `did you mean ${meant}? ${list}`
}

/** The attribute names that do nothing as annotations (reference/conjur-api.md 1.7). */
export const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set(
  (
    'id owner body user annotations restricted_to permit deny role privileges resource grant revoke member ' +
    'host-factory layers layer variable kind mime_type delete record group host webservice'
  ).split(' '),
)
