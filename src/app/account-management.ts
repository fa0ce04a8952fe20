import type { Change, ResourceRow } from '#domain/change.ts'
import { accountOf, adminOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { accountDeed, makeAccount, mustBeAccountName, ownership } from './accounts.ts'
import type { AccountParts } from './accounts.ts'
import type { AuditEvent } from './audit.ts'
import type { Gate } from './gate.ts'
import { isPermitted } from './permission.ts'
import { notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** The account that holds what is above all accounts (reference/conjur-api.md 1.5). No role can log in to it. */
export const MANAGEMENT = '!'

/** The resource whose privileges allow to manage accounts, and its owner. */
export const ACCOUNTS: Id = makeId(MANAGEMENT, 'webservice', 'accounts')
const MANAGER: Id = makeId(MANAGEMENT, '!', 'root')

/** What managing accounts stands on. */
export interface AccountManagementParts extends AccountParts {
  readonly gate: Gate
}

/**
 * Creates an account whose administrator the caller owns, and returns that administrator's API key. Throws `forbidden` without `execute` on
 * {@link ACCOUNTS}, `conflict` when the account exists, `argument_error` for a name that cannot be one.
 */
export type CreateManagedAccount = (session: Session, account: string) => Promise<string>

export function createManagedAccount(parts: AccountManagementParts): CreateManagedAccount {
  return async (session, account) => {
    const deed = accountDeed('create', account)
    const { graph } = await parts.gate.enter(session)
    try {
      mustManage(graph, session, 'execute')
      mustBeAccountName(account)
      return await makeAccount(parts, account, {
        owner: session.role,
        events: () => inBothTrails(parts.recorder.done(session, deed), account),
      })
    } catch (error) {
      await parts.recorder.record([parts.recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** The names of all accounts. Throws `forbidden` without `read` on {@link ACCOUNTS}. */
export type ListAccounts = (session: Session) => Promise<readonly string[]>

export function listAccounts({ gate, store, recorder }: AccountManagementParts): ListAccounts {
  return async (session) => {
    const { graph } = await gate.enter(session)
    const deed = { kind: 'account', operation: 'list', subject: {} } as const
    return recorder.during(session, deed, async () => {
      mustManage(graph, session, 'read')
      return accountNames(store)
    })
  }
}

/** The names of the accounts that people use: all but {@link MANAGEMENT}. */
export async function accountNames(store: Pick<Store, 'accounts'>): Promise<readonly string[]> {
  return (await store.accounts()).filter((name) => name !== MANAGEMENT)
}

/**
 * Deletes an account with its keys, roles, resources and secrets; what its roles owned or held elsewhere goes to the administrators there or is
 * taken away. The trail stays. Throws `forbidden` without `update` on {@link ACCOUNTS}, `not_found` for an unknown account.
 */
export type DeleteAccount = (session: Session, account: string) => Promise<void>

export function deleteAccount(parts: AccountManagementParts): DeleteAccount {
  const { gate, store, recorder } = parts
  return async (session, account) => {
    const deed = accountDeed('delete', account)
    const { graph } = await gate.enter(session)
    try {
      mustManage(graph, session, 'update')
      mustBeOrdinary(account)
      await store.deleteAccount(account, async (transaction) => {
        // All accounts are locked now: this graph cannot change any more.
        const { graph: settled } = await gate.enter(session)
        mustManage(settled, session, 'update')
        await transaction.apply(removalOf(settled, account))
        await transaction.record(inBothTrails(recorder.done(session, deed), account))
      })
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** Deletes an account like {@link DeleteAccount}, for an operator. */
export async function deleteAccountAsOperator(
  { gate, store, recorder }: Pick<AccountManagementParts, 'gate' | 'store' | 'recorder'>,
  account: string,
): Promise<void> {
  mustBeOrdinary(account)
  const origin = { clientIp: '', request: 'delete-account' }
  const who = { account, user: 'operator', origin }
  await store.deleteAccount(account, async (transaction) => {
    const { graph } = await gate.pass()
    await transaction.apply(removalOf(graph, account))
    await transaction.record([recorder.attempt(who, accountDeed('delete', account))])
  })
}

/**
 * Gives a role privileges on {@link ACCOUNTS}, or with an empty list takes away all that it has, for an operator: there is no other way to
 * become a manager of accounts. Throws `not_found` for a role that does not exist.
 */
export async function permitAccounts(
  parts: AccountManagementParts,
  role: Id,
  privileges: readonly string[],
): Promise<void> {
  await ensureManagement(parts)
  const origin = { clientIp: '', request: 'permit-accounts' }
  await parts.store.change(MANAGEMENT, async (transaction) => {
    const { graph } = await parts.gate.pass()
    if (graph.role(role) === undefined) throw new Failure('not_found', `role ${role} is not found`)
    const held = graph.permissionsOn(ACCOUNTS).filter((row) => row.role === role)
    const changes: readonly Change[] =
      privileges.length === 0
        ? held.map((row) => ({ op: 'remove', row }))
        : privileges.map((privilege) => ({
            op: 'add',
            row: { table: 'permission', resource: ACCOUNTS, role, privilege },
          }))
    await transaction.apply(changes)
    const deed = {
      kind: 'account',
      operation: 'permit',
      subject: { role, privileges: privileges.join(' ') },
    } as const
    const who = { account: accountOf(role), user: 'operator', origin }
    await transaction.record([parts.recorder.attempt(who, deed)])
  })
}

/** Makes {@link MANAGEMENT} with its resource unless it is there. */
async function ensureManagement(parts: AccountManagementParts): Promise<void> {
  if ((await parts.store.accounts()).includes(MANAGEMENT)) return
  const key = await parts.newSigningKey(MANAGEMENT)
  try {
    await parts.store.createAccount(MANAGEMENT, key, (transaction) =>
      transaction.apply([
        { op: 'add', row: { table: 'role', id: MANAGER } },
        { op: 'add', row: { table: 'resource', id: ACCOUNTS, owner: MANAGER } },
      ]),
    )
  } catch (error) {
    // Another node made it meanwhile.
    if (!(error instanceof Failure) || error.code !== 'conflict') throw error
  }
}

/** Nobody learns of accounts but who manages them, so there is no difference between invisible and not permitted. */
function mustManage(graph: RoleGraph, session: Session, privilege: string): void {
  if (isPermitted(graph, session, privilege, ACCOUNTS)) return
  throw notPermitted(session.role, privilege, ACCOUNTS)
}

function mustBeOrdinary(account: string): void {
  if (account !== MANAGEMENT) return
  throw new Failure('not_found', `account "${MANAGEMENT}" is not found`)
}

/** Who did it finds it in their trail, and whoever reads the trail of the account in that one. */
const inBothTrails = (event: AuditEvent, account: string): readonly AuditEvent[] =>
  event.account === account ? [event] : [event, { ...event, account }]

/**
 * The changes that leave nothing of an account, in other accounts neither: rows that name its roles would be rights for whoever
 * creates an account of the same name.
 */
const removalOf = (graph: RoleGraph, account: string): readonly Change[] =>
  graph
    .rowsAbout(account)
    .flatMap((row) =>
      row.table === 'resource' && accountOf(row.id) !== account
        ? inheritance(graph, row)
        : [{ op: 'remove', row } satisfies Change],
    )

/** What a role of the deleted account owned in another one falls to the administrator there. */
function inheritance(graph: RoleGraph, row: ResourceRow): readonly Change[] {
  const heir = adminOf(accountOf(row.id))
  const owned: Change = { op: 'change', row: { ...row, owner: heir } }
  const isRole = row.id !== heir && graph.role(row.id) !== undefined
  return isRole ? [owned, ownership(row.id, heir)] : [owned]
}
