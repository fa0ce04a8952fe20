import { PATHS } from '#api/paths.ts'
import type { CreateManagedAccount, DeleteAccount, ListAccounts } from '#app/account-management.ts'
import { Failure } from '#lib/failure.ts'
import { ACCOUNTS } from '#http/about/accounts.ts'
import { empty, json } from '#http/answer.ts'
import { readParameters } from '#http/parameters.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of accounts. */
export interface AccountUses {
  readonly createManagedAccount: CreateManagedAccount
  readonly listAccounts: ListAccounts
  readonly deleteAccount: DeleteAccount
}

/** Accounts (reference/conjur-api.md 1.5). */
export const accountRoutes = (use: AccountUses): readonly Route[] => [
  route('GET', PATHS.accounts, ACCOUNTS.list, async (call) =>
    json(200, await use.listAccounts(await call.session())),
  ),
  route('POST', PATHS.accounts, ACCOUNTS.create, async (call) => {
    const session = await call.session()
    const id = (await readParameters(call)).text('id')
    if (id === undefined) throw new Failure('parameter_missing', 'id is missing')
    return json(201, { id, api_key: await use.createManagedAccount(session, id) })
  }),
  route('DELETE', PATHS.account, ACCOUNTS.remove, async (call) => {
    await use.deleteAccount(await call.session(), call.params.account)
    return empty(204)
  }),
]
