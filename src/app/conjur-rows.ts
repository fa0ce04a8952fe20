import type { Row } from '#domain/change.ts'
import { accountOf, adminOf, kindOf, parseId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { ownership } from './accounts.ts'
import type { ConjurAccount } from './conjur-source.ts'

/** The rows of an account of a Conjur server, and what of its rows is not among them. */
export interface ConjurRows {
  readonly rows: readonly Row[]
  /** How many memberships and permissions name roles of other accounts. */
  readonly foreignRights: number
  /** The resources that a role of another account owns; here they fall to the administrator. */
  readonly foreignOwned: readonly Id[]
}

/**
 * The rows of ours that the rows of a Conjur server amount to. What names another account is left out: whoever is given an account of
 * that name one day must not find rights in it. Throws `argument_error` for an id that cannot be one here.
 */
export function rowsOfConjur(
  account: string,
  old: ConjurAccount,
  newGeneration: () => string,
): ConjurRows {
  const isOurs = (id: Id): boolean => accountOf(id) === account
  const admin = adminOf(account)
  const resources = old.resources.map(({ id, owner, policy }) =>
    identified({ id, owner, ...loadedThrough(policy) }),
  )
  const memberships = old.memberships.map((row) => identified(row))
  const permissions = old.permissions.map((row) => identified(row))
  const ownMemberships = memberships.filter(({ role, member }) => isOurs(role) && isOurs(member))
  const ownPermissions = permissions.filter(({ role }) => isOurs(role))
  const foreignOwned = resources.filter(({ owner }) => !isOurs(owner)).map(({ id }) => id)
  return {
    rows: [
      ...rootRows(account, old),
      ...old.roles.map(({ id, policy }): Row => ({
        table: 'role',
        ...identified({ id, ...loadedThrough(policy) }),
      })),
      ...resources.map((row): Row => ({
        table: 'resource',
        ...row,
        owner: isOurs(row.owner) ? row.owner : admin,
      })),
      ...ownMemberships.map((row): Row => ({ table: 'membership', ...row })),
      ...ownPermissions.map((row): Row => ({ table: 'permission', ...row })),
      ...old.annotations.map((row): Row => ({ table: 'annotation', ...identified(row) })),
      ...old.enablements.map((row): Row => ({ table: 'enablement', ...identified(row) })),
      ...credentialRows(old, newGeneration),
    ],
    foreignRights:
      memberships.length - ownMemberships.length + (permissions.length - ownPermissions.length),
    foreignOwned,
  }
}

const loadedThrough = (policy: string | undefined): { readonly policy?: string } =>
  policy === undefined ? {} : { policy }

/** The members that are ids. */
type IdName = 'id' | 'owner' | 'role' | 'member' | 'resource' | 'policy'

type Identified<T> = { readonly [Name in keyof T]: Name extends IdName ? Id : T[Name] }

const ID_NAMES: ReadonlySet<string> = new Set<IdName>([
  'id',
  'owner',
  'role',
  'member',
  'resource',
  'policy',
])

/** `row` with its ids checked: what is there may have been written by hand. */
const identified = <T extends object>(row: T): Identified<T> =>
  // Only names of ids change their type, and these were checked.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [
      name,
      ID_NAMES.has(name) ? parseId(String(value)) : value,
    ]),
  ) as Identified<T>

/** A Conjur account has no root policy before the first load; ours always has. */
function rootRows(account: string, { resources }: ConjurAccount): readonly Row[] {
  const root = rootPolicyOf(account)
  const admin = adminOf(account)
  if (resources.some(({ id }) => id === root)) return []
  return [
    { table: 'role', id: root },
    { table: 'resource', id: root, owner: admin },
    ownership(root, admin).row,
  ]
}

const LOGS_IN: ReadonlySet<string> = new Set(['user', 'host'])

/** Whoever can log in at all gets a generation, so that a key can be made for those that had none yet. */
function credentialRows(
  { roles, credentials }: ConjurAccount,
  newGeneration: () => string,
): readonly Row[] {
  const generations = roles
    .map(({ id }) => parseId(id))
    .filter((role) => LOGS_IN.has(kindOf(role)))
    .map((role): Row => ({ table: 'credential', role, generation: newGeneration() }))
  const restrictions = credentials
    .filter(({ restrictedTo }) => restrictedTo.length > 0)
    .map(({ role, restrictedTo }): Row => ({
      table: 'restriction',
      role: parseId(role),
      cidrs: restrictedTo,
    }))
  return [...generations, ...restrictions]
}
