import { PATHS } from '#api/paths.ts'
import { ROOT } from '#app/branch-path.ts'
import type { ListBranches, ShowBranch } from '#app/branches.ts'
import type { CreateBranch, DeleteBranch, UpdateBranch } from '#app/change-branches.ts'
import { BRANCHES } from '#http/about/branches.ts'
import { empty } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import { COMPLAINTS, printBranch, readBranchUpdate, readNewBranch } from '#http/branch-body.ts'
import type { Call } from '#http/call.ts'
import { readObject } from '#http/json-object.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { mustAskOnly, v2Page } from '#http/v2-paging.ts'
import { v2Json } from '#http/v2.ts'

/** The use-cases behind the routes of branches. */
export interface BranchUses {
  readonly createBranch: CreateBranch
  readonly showBranch: ShowBranch
  readonly listBranches: ListBranches
  readonly updateBranch: UpdateBranch
  readonly deleteBranch: DeleteBranch
}

const V2 = { family: 'v2' } as const

/** Branches (reference/conjur-api.md 1.12). */
export const branchRoutes = (use: BranchUses): readonly Route[] => [
  route('POST', PATHS.branches, BRANCHES.create, (call) => create(use, call), V2),
  route('GET', PATHS.branches, BRANCHES.list, (call) => list(use, call), V2),
  route('GET', PATHS.branch, BRANCHES.show, (call) => show(use, call), V2),
  route('PATCH', PATHS.branch, BRANCHES.update, (call) => update(use, call), V2),
  route('DELETE', PATHS.branch, BRANCHES.remove, (call) => remove(use, call), V2),
]

async function create(use: BranchUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  const { account } = call.params
  mustAskOnly(call.query)
  const branch = readNewBranch(account, await readObject(call, COMPLAINTS))
  return v2Json(201, printBranch(await use.createBranch(session, account, branch)))
}

async function list(use: BranchUses, call: Call<'account'>): Promise<Answer> {
  const session = await call.session()
  mustAskOnly(call.query, ['limit', 'offset'])
  const { branches, total } = await use.listBranches(
    session,
    call.params.account,
    v2Page(call.query),
  )
  return v2Json(200, { branches: branches.map(printBranch), count: total })
}

async function show(use: BranchUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  return v2Json(200, printBranch(await use.showBranch(await call.session(), account, pathIn(id))))
}

async function update(use: BranchUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const session = await call.session()
  const { account, id } = call.params
  mustAskOnly(call.query)
  const asked = readBranchUpdate(account, await readObject(call, COMPLAINTS))
  return v2Json(200, printBranch(await use.updateBranch(session, account, pathIn(id), asked)))
}

async function remove(use: BranchUses, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  await use.deleteBranch(await call.session(), account, pathIn(id))
  return empty(204)
}

/** The path of a branch in a URL; none, or a slash, is the root. */
function pathIn(id: string | undefined): string {
  const path = (id ?? '').replace(/^\/+/, '')
  return path === '' ? ROOT : path
}
